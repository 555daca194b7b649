"""Which checkpoints there are, each under a name of its own; read without waiting for torch.

<root>/<name>/config.json       and folders from elsewhere, given by their paths
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

from explorer.files import read

# What makes a checkpoint of a folder.
CONFIG_FILE = "config.json"
_MOST_BYTES = 16 << 20
_PACKAGE = Path(__file__).parents[1]
# An installed package holds the small one of those that lie beside it in the repository.
_CARRIED = _PACKAGE / "checkpoints"
SHIPPED = _CARRIED if _CARRIED.is_dir() else _PACKAGE.parent / "checkpoints"


def is_checkpoint(folder: Path) -> bool:
    """Whether a folder is a checkpoint, whole or not."""
    return (folder / CONFIG_FILE).is_file()


def is_ours(folder: Path) -> bool:
    """Whether it is a checkpoint of this program: others call their configuration so too."""
    try:
        found = json.loads(read.content(folder / CONFIG_FILE, _MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "format_version" in found and "model_type" in found


def listed(root: Path) -> dict[str, Path]:
    """The checkpoints of one folder by name; none where there is no such folder."""
    found = root.glob(f"*/{CONFIG_FILE}") if root.is_dir() else ()
    return {path.parent.name: path.parent for path in found}


def named(root: Path, others: Iterable[Path]) -> dict[str, Path]:
    """Folders from elsewhere by a name that none of `root` and no other of them has.

    The name is the folder's own, with that of the folder around it where it is taken: "vae", "vae (runs)". A folder
    that lies in `root` has the name that it has there.
    """
    found = listed(root)
    names = []
    for folder in (other.resolve() for other in others):
        name = next(n for n in _candidates(folder) if n not in found or found[n].resolve() == folder)
        found[name] = folder
        names.append(name)
    return {name: found[name] for name in names}


def _candidates(folder: Path) -> Iterator[str]:
    yield folder.name
    yield f"{folder.name} ({folder.parent.name})"
    yield from (f"{folder.name} ({folder.parent.name} {n})" for n in count(2))
