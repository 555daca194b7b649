"""A JSON object that another program wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from explorer.files import read
from explorer.importing.draft import ImportFault

MOST_BYTES = 1 << 20


def json_object(path: Path) -> tuple[dict[str, Any], bytes]:
    """A file's object, and its bytes.

    Raises:
        ImportFault: there is none, or it is too long or no object.
    """
    try:
        content = read.content(path, MOST_BYTES)
        found = json.loads(content.decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ImportFault(path, "file", "JSON", error, "Restore the file.") from error
    if not isinstance(found, dict):
        raise ImportFault(path, "content", "a JSON object", type(found).__name__)
    return found, content
