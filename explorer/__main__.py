"""`python -m explorer COMMAND`."""

import sys

from explorer.cli import main

sys.exit(main())
