"""A draft that was stored: what another program wrote down of its own networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from explorer.importing import stored_draft
from explorer.importing.digest import digest_of
from explorer.importing.draft import Draft


def takes(path: Path) -> bool:
    """A folder that holds one."""
    return (path / stored_draft.DRAFT_FILE).is_file()


def read(path: Path) -> Draft:
    """The draft as it stands there.

    Raises:
        ImportFault, CheckpointError: it is damaged.
    """
    names = (stored_draft.DRAFT_FILE, stored_draft.TENSORS_FILE)
    draft = stored_draft.load(path)
    return replace(draft, source=path.name, sha256=digest_of(*(path / name for name in names)))
