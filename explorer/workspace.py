"""What can be opened: checkpoints, each with its atlas, its data and its maps.

    <root>/<name>/config.json, model.safetensors, atlas/        and single ones from elsewhere

One workspace serves every page and every socket of a process; an entry is read once and shared.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from explorer import datasets
from explorer.atlas import Atlas, AtlasError
from explorer.atlas.build.control import partial_of
from explorer.atlas.build.versions import newest
from explorer.bounds.stand_ins import load_checkpoint
from explorer.datasets import Dataset, DatasetError
from explorer.files import Watch, read
from explorer.latent import Chart, MapError, Support, lift_handles
from explorer.latent.maps import MAPS, Layout, MapKind, map_kind
from explorer.latent.maps.axes import FIRST
from explorer.models import checkpoints, folders
from explorer.models.checkpoints import Checkpoint, CheckpointError

ATLAS_FOLDER = "atlas"


@dataclass(frozen=True, eq=False)
class Origin:
    """What an atlas keeps while it grows, rows, codes and maps, by the digest of the version that was opened first."""

    digest: str


@dataclass(frozen=True, eq=False)
class Entry:
    """A checkpoint with its atlas and the data behind it; row i of one is row i of the others.

    Attributes:
        origin: the same one in all versions of an atlas that is being built.
        earlier: digests of the same atlas with fewer numbers; its rows, codes and maps were these.
    """

    name: str
    checkpoint: Checkpoint
    atlas: Atlas
    dataset: Dataset
    origin: Origin
    earlier: frozenset[str] = frozenset()
    _watches: Mapping[str, Watch] = field(default_factory=dict, repr=False)
    # Made of the codes alone, which stay the same while an atlas grows.
    _charts: dict[str, Chart] = field(default_factory=dict, repr=False)
    _places: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    _supports: list[Support] = field(default_factory=list, repr=False)
    # Entered again by a chart that asks for coordinates.
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def replaced(self) -> tuple[str, ...]:
        """Which of "weights", "atlas" and "data" are not in their files any more; what is open stays what was read."""
        return tuple(name for name, watch in self._watches.items() if not watch.is_same())

    @property
    def is_growing(self) -> bool:
        """Whether its atlas is still being built, or was stopped before it was whole."""
        return self.atlas.manifest.growth is not None

    @property
    def first_map(self) -> str:
        """The map to open with: the latent plane itself where d = 2, else the first that was made."""
        return FIRST if self.atlas.latent_dim == 2 else self.atlas.maps[0]

    @property
    def plane_id(self) -> str:
        """The plane to draw densities on where the map is none: the first that is stored, or the first two axes."""
        return next((name for name in self.atlas.maps if MAPS[name].is_plane), FIRST)

    def map_kind(self, map_id: str) -> MapKind:
        """What a map is, by its id: one that is stored, or "axes:i,j".

        Raises:
            MapError: there is no such map here.
        """
        return map_kind(map_id, self.atlas.maps, self.atlas.latent_dim)

    def chart(self, map_id: str) -> Chart:
        """Both directions between a map and latent space.

        Raises:
            MapError: there is no such map here.
        """
        with self._lock:
            if map_id not in self._charts:
                layout = Layout(self.coordinates(map_id), self.atlas.manifest.parameters_of(map_id))
                self._charts[map_id] = self.map_kind(map_id).chart(layout, self.atlas.means)
            return self._charts[map_id]

    def coordinates(self, map_id: str) -> np.ndarray:
        """Where every example lies on a map, float32 (N, 2); of a stored map one array for all who ask.

        Raises:
            MapError: there is no such map here.
        """
        kind = self.map_kind(map_id)
        if map_id not in self.atlas.maps:
            # Latent axes: two columns of the codes, too cheap to keep a copy for each pair.
            return kind.fit(self.atlas.means, self.atlas.manifest.settings.fit, lambda share: None).places
        with self._lock:
            if map_id not in self._places:
                columns = self.atlas.columns(list(kind.columns))
                self._places[map_id] = np.stack(list(columns.values()), axis=1)
            return self._places[map_id]

    def lift(
        self,
        map_id: str,
        places: np.ndarray,
        bases: Sequence[int | None],
        offsets: Sequence[Sequence[float]] = (),
    ) -> np.ndarray:
        """The codes that handles decode from.

        Args:
            map_id: the map that the places are on.
            places: (n, 2).
            bases: the row of the example that each handle was dragged from, None for a free handle.
            offsets: what is added to each code, (d,) or () for nothing; none at all for no handle.

        Returns:
            float32 (n, d); a handle without offset that lies where its example lies has that example's code, bit for
            bit.
        """
        codes = self._home_codes(map_id, places, bases)
        if codes is None:
            codes = lift_handles(
                self.chart(map_id), places, bases, self.atlas.means, self.coordinates(map_id)
            )
        for i, offset in enumerate(offsets):
            if len(offset) not in (0, codes.shape[1]):
                raise MapError("an offset", f"{codes.shape[1]} numbers, or none", f"{len(offset)}")
            if len(offset):
                codes[i] += np.asarray(offset, codes.dtype)
        return codes

    def _home_codes(self, map_id: str, places: np.ndarray, bases: Sequence[int | None]) -> np.ndarray | None:
        """The codes of handles that all lie where their examples lie, as at the first look at a model: without a chart,
        which takes long to make. None where one of them does not."""
        if None in bases:
            return None
        rows = np.array(bases, np.intp)
        return self.atlas.means[rows] if np.array_equal(places, self.coordinates(map_id)[rows]) else None

    @property
    def support(self) -> Support:
        """Where the model has seen codes."""
        with self._lock:
            if not self._supports:
                radius = self.atlas.columns(["code_radius"])["code_radius"]
                self._supports.append(Support(self.atlas.means, radius))
            return self._supports[0]

    def grown(self, atlas: Atlas) -> Entry:
        """This entry with more numbers: another version of its atlas."""
        watches = {name: watch for name, watch in self._watches.items() if name != "atlas"}
        if atlas.manifest.growth is None:
            watches["atlas"] = atlas.watch()
        return replace(self, atlas=atlas, earlier=self.earlier | {self.atlas.digest}, _watches=watches)


class Workspace:
    """The checkpoints under one folder, and single ones from elsewhere under a name of their own. Entries are opened on
    first use and kept; safe to share among threads."""

    def __init__(self, root: Path | str, data_root: Path | None = None, models: Iterable[Path] = ()):
        self.root = Path(root)
        self.data_root = data_root
        self.models = folders.named(self.root, models)
        self._entries: dict[str, Entry] = {}
        self._reading: dict[str, threading.Lock] = {}

    def names(self) -> tuple[str, ...]:
        """Names of the checkpoints that are there, whole or not, and of those that are open though removed."""
        return tuple(sorted({*folders.listed(self.root), *self.models, *self._entries.copy()}))

    def add(self, folder: Path) -> str:
        """Has a checkpoint from elsewhere in the listing; returns the name that it has there.

        Raises:
            CheckpointError: it is none.
        """
        if not folders.is_checkpoint(folder):
            found = "a folder without it" if folder.is_dir() else "no folder"
            raise CheckpointError(
                folder, folders.CONFIG_FILE, "a checkpoint's", found, "Name a checkpoint's folder."
            )
        self.models = folders.named(self.root, dict.fromkeys([*self.models.values(), folder.resolve()]))
        return next(name for name, path in self.models.items() if path == folder.resolve())

    def folder(self, name: str) -> Path:
        """Where a checkpoint of the listing is."""
        return self.models.get(name, self.root / name)

    def open(self, name: str) -> Entry:
        """The entry of a checkpoint by its name.

        Raises:
            CheckpointError, AtlasError, DatasetError: something is missing or damaged; says what and what to do.
        """
        if (entry := self._entries.get(name)) is not None:
            return entry
        # A name from a URL is compared with the listing and never joined to a path unseen.
        if name not in self.names():
            known = ", ".join(self.names()) or "none"
            raise CheckpointError(self.root, "checkpoint", f"one of: {known}", repr(name))
        # A lock a name: nobody waits for another model to be read.
        with self._reading.setdefault(name, threading.Lock()):
            if name not in self._entries:
                self._entries[name] = self._read(name)
            return self._entries[name]

    def load_again(self, name: str) -> Entry:
        """Reads a model that is open from its files as they are now. Who has the earlier entry keeps it, and so do all
        where these files cannot be used.

        Raises:
            CheckpointError, AtlasError, DatasetError: something is missing or damaged; says what and what to do.
        """
        self.open(name)
        with self._reading[name]:
            # Whoever asked a moment before may have done it.
            if self._entries[name].replaced():
                self._entries[name] = self._read(name)
            return self._entries[name]

    def grow(self, name: str) -> Entry:
        """The entry of a model, with the numbers that have come since it was opened where its atlas is being built.

        Raises:
            CheckpointError, AtlasError, DatasetError: something is missing or damaged; says what and what to do.
        """
        entry = self.open(name)
        if not entry.is_growing or self._newest(name) in (None, entry.atlas.folder):
            return entry
        with self._reading[name]:
            entry = self._entries[name]
            atlas = self._open_atlas(name)
            if atlas.digest != entry.atlas.digest:
                same = atlas.manifest.identity == entry.atlas.manifest.identity
                self._entries[name] = entry.grown(atlas) if same else self._read(name)
            return self._entries[name]

    def atlas_folder(self, name: str) -> Path:
        """Where the atlas of a checkpoint is, or will be once it is whole."""
        return self.folder(name) / ATLAS_FOLDER

    def has_atlas(self, name: str) -> bool:
        """Whether a checkpoint of the listing is open, or has an atlas folder, whole or being built."""
        return name in self._entries or (name in self.names() and self._newest(name) is not None)

    def _newest(self, name: str) -> Path | None:
        """The folder with most numbers; None where there are no codes yet."""
        whole = self.atlas_folder(name)
        return whole if whole.is_dir() else newest(partial_of(whole))

    def _open_atlas(self, name: str) -> Atlas:
        folder = self._newest(name) or self.atlas_folder(name)
        try:
            return Atlas.open(folder)
        except AtlasError:
            # It got its name, or gave way to a newer one, while it was read.
            if (other := self._newest(name)) in (None, folder):
                raise
            return Atlas.open(other)

    def _read(self, name: str) -> Entry:
        checkpoint = load_checkpoint(self.folder(name))
        atlas = self._open_atlas(name)
        _check_model(atlas, checkpoint)
        watches = {"weights": checkpoints.watch(checkpoint)}
        if atlas.manifest.growth is None:
            watches["atlas"] = atlas.watch()
        file = datasets.file_of(atlas.manifest.data.name)
        stamp = None if file is None else read.stamp(file)
        data = data_of(atlas, self.data_root)
        if file is not None:
            watches["data"] = Watch((file,), (stamp,), lambda: self._has_data(atlas, data))
        return Entry(name, checkpoint, atlas, data, Origin(atlas.digest), _watches=watches)

    def _has_data(self, atlas: Atlas, data: Dataset) -> bool:
        """Whether the data that are open can still be read, and are those of their file."""
        try:
            # From a file that was written to, nothing more is read, whatever is in it now.
            data.x(0)
            data_of(atlas, self.data_root)
        except (DatasetError, AtlasError, OSError):
            return False
        return True


def data_of(atlas: Atlas, root: Path | None) -> Dataset:
    """The data that an atlas was built from, in its row order.

    Args:
        atlas: whose data.
        root: where a data set is looked for first.

    Raises:
        DatasetError: they cannot be had.
        AtlasError: they are others.
    """
    source = atlas.manifest.data
    data = datasets.load(source.name, source.split, root)
    ids = atlas.columns(["example_id"])["example_id"]
    if len(data) != len(ids) or not np.array_equal(data.example_ids, ids):
        data = data.take([data.position(i) for i in ids.tolist()])
    if data.digest != source.digest:
        advice = "The data has changed since the atlas was built: restore it, or build the atlas again."
        raise AtlasError(atlas.folder, "data digest", source.digest[:12], data.digest[:12], advice)
    # The same numbers: one array of them is kept, not two.
    return replace(data, example_ids=ids)


def _check_model(atlas: Atlas, checkpoint: Checkpoint) -> None:
    expected, found = checkpoint.digest, atlas.manifest.model_digest
    if expected != found:
        advice = "The weights have changed since the atlas was built: delete the atlas and build it again."
        raise AtlasError(atlas.folder, "model digest", expected[:12], found[:12], advice)
