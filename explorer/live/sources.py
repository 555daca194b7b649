"""What the live routes ask of the rooms below them, and no more.

The workspace and the atlas fulfil these by their shape, and so do the thirty points of the tests.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.atlas import AtlasError
from explorer.datasets import DatasetError, Features
from explorer.latent import Chart, MapError, Support
from explorer.models.checkpoints import CheckpointError
from explorer.models.latent_model import LatentModel

# A name, a file or a number from outside is at fault, and the text says to the person what to do.
OUTSIDE_FAULTS = (CheckpointError, AtlasError, DatasetError, MapError, OSError)


class Atlas(Protocol):
    """The stored examples, a row each: N rows, latent size d, posterior means (N, d)."""

    @property
    def digest(self) -> str: ...

    @property
    def n_examples(self) -> int: ...

    @property
    def latent_dim(self) -> int: ...

    @property
    def means(self) -> NDArray[np.float32]: ...

    @property
    def column_names(self) -> tuple[str, ...]: ...

    def is_number(self, name: str) -> bool: ...

    def columns(self, names: Sequence[str]) -> Mapping[str, NDArray[Any]]: ...

    def has(self, example_id: int) -> bool: ...

    def row(self, example_id: int) -> int: ...


class Checkpoint(Protocol):
    @property
    def model(self) -> LatentModel: ...


class Dataset(Hashable, Protocol):
    """The examples themselves, in the atlas's row order."""

    @property
    def digest(self) -> str: ...

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def features(self) -> Features | None: ...

    def x(self, index: Any) -> NDArray[np.float32]: ...


class Entry(Hashable, Protocol):
    """One model with its atlas and its examples."""

    @property
    def name(self) -> str: ...

    @property
    def checkpoint(self) -> Checkpoint: ...

    @property
    def atlas(self) -> Atlas: ...

    @property
    def dataset(self) -> Dataset: ...

    @property
    def earlier(self) -> frozenset[str]: ...

    @property
    def support(self) -> Support: ...

    def chart(self, map_id: str) -> Chart: ...

    def coordinates(self, map_id: str) -> NDArray[Any]: ...


class Workspace(Protocol):
    """All models that this process may open."""

    def names(self) -> tuple[str, ...]: ...

    def open(self, name: str) -> Entry: ...


class UnknownModelError(LookupError):
    """A model that is not in the workspace: names those that are."""

    def __init__(self, name: str, known: Sequence[str]):
        self.name, self.known = name, tuple(known)
        super().__init__(name, self.known)

    def __str__(self) -> str:
        return f"there is no model {self.name!r} here; there are: {', '.join(self.known) or 'none'}"


def fault_of_version(entry: Entry, version: str) -> str | None:
    """What is wrong with something drawn from an atlas of this digest; None where that is the one that is open, or was
    with fewer numbers.

    The files of a model may be loaded again while a page that shows the earlier ones is still open: rows, places and
    codes of the two do not belong together.
    """
    if not version or version == entry.atlas.digest or version in entry.earlier:
        return None
    return f"this map shows other files of {entry.name} than are open now: load the page again"


def open_entry(workspace: Workspace, name: str) -> Entry:
    """The entry of a name that came from a browser.

    Raises:
        UnknownModelError: there is no such name.
        CheckpointError, AtlasError, DatasetError: there is, and its files cannot be used.
    """
    try:
        return workspace.open(name)
    except OUTSIDE_FAULTS:
        known = workspace.names()
        if name in known:
            raise
        raise UnknownModelError(name, known) from None
