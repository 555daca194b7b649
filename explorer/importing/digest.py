"""By which content a source is known."""

from __future__ import annotations

import hashlib
from pathlib import Path

from explorer.files import read

_BLOCK_BYTES = 1 << 20


def digest_of(*files: Path) -> str:
    """SHA-256 (hex) of plain files, one after the other.

    Raises:
        OSError: one is missing, or no plain file.
    """
    total = hashlib.sha256()
    for path in files:
        with read.opened(path) as file:
            while block := file.read(_BLOCK_BYTES):
                total.update(block)
    return total.hexdigest()
