"""Which paths a page may be given: those inside the folders that whoever started the app has named or stands in.

A page is shown to whoever can reach the app; without this, a path typed into it would read any file of its account.
`EXPLORER_ROOTS` names further folders, parted as those of `PATH`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pooch

from explorer.ui.state import workspace


def uploads() -> Path:
    """Where what is sent by a browser is kept."""
    return Path(os.environ.get("EXPLORER_UPLOADS") or Path(pooch.os_cache("vae-explorer")) / "uploads")


def roots() -> Sequence[Path]:
    """The folders, resolved."""
    there = workspace.current()
    named = filter(None, os.environ.get("EXPLORER_ROOTS", "").split(os.pathsep))
    around = (path.parent for path in there.models.values())
    found = [Path.cwd(), there.root, *filter(None, [there.data_root]), *map(Path, named), *around, uploads()]
    return tuple(dict.fromkeys(path.resolve() for path in found))


def allowed(text: str) -> Path:
    """A path that was typed into a page, with links followed.

    Raises:
        ValueError: it lies elsewhere, or there is nothing of this name; says which folders there are.
    """
    # What is not there is not told apart from what may not be read.
    try:
        path = Path(text.strip()).expanduser().resolve(strict=True) if text.strip() else None
    except (OSError, RuntimeError, ValueError):
        path = None
    if path is None or not any(path.is_relative_to(root) for root in roots()):
        folders = ", ".join(map(str, roots()))
        raise ValueError(
            f"{text.strip()[:200]!r}: expected a file or folder in one of {folders}; found none there"
        )
    return path
