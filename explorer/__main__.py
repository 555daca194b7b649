"""`python -m explorer COMMAND`."""

import os
import signal
import sys


def _leave(number: int, _frame: object) -> None:
    """Ends at once: what is being imported is not to be unwound, and nothing was begun that could be kept."""
    os.write(2, b"\nStopped before anything was begun.\n")
    os._exit(128 + number)


def _run() -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    from explorer.cli import main

    return main()


sys.exit(_run())
