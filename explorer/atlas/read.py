"""Reads an atlas: whole columns as arrays, and pages of its table as queries (DuckDB reads the Parquet in place)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from explorer.atlas.format import MANIFEST_FILE, AtlasError, Manifest, read_manifest
from explorer.atlas.known_errors import Judge, judges
from explorer.atlas.shard_file import ShardFile, damaged
from explorer.datasets.metadata import is_free
from explorer.files import Stamp, Watch, read
from explorer.latent.maps import MAPS

_ROWS_AT_A_TIME = 8192
VECTOR_COLUMNS = ("mean", "log_variance")


@dataclass(frozen=True, eq=False)
class Atlas:
    """An atlas folder that was found whole. Rows keep the order of the data set."""

    folder: Path
    manifest: Manifest
    shards: tuple[ShardFile, ...]
    _manifest_stamp: Stamp | None = None
    _columns: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, folder: Path | str) -> Atlas:
        """Reads the manifest and checks that every shard is what it says.

        Raises:
            AtlasError: a file is missing, truncated, damaged or of another format.
        """
        folder = Path(folder)
        stamp = read.stamp(folder / MANIFEST_FILE)
        manifest = read_manifest(folder)
        shards = tuple(ShardFile(folder, shard) for shard in manifest.shards)
        for shard in shards:
            shard.check_schema(manifest)
        return cls(folder, manifest, shards, stamp)

    @property
    def digest(self) -> str:
        """sha256 that stands for the whole content."""
        return self.manifest.digest

    @property
    def n_examples(self) -> int:
        return self.manifest.n_examples

    @property
    def latent_dim(self) -> int:
        return self.manifest.latent_dim

    @property
    def label_names(self) -> tuple[str, ...]:
        return self.manifest.data.label_names

    @property
    def maps(self) -> tuple[str, ...]:
        return self.manifest.settings.maps

    @property
    def shard_paths(self) -> tuple[Path, ...]:
        """The Parquet files, in row order."""
        return tuple(shard.path for shard in self.shards)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Scalar columns that `columns` takes."""
        return tuple(n for n in self._schema.names if n not in VECTOR_COLUMNS)

    @property
    def texts(self) -> tuple[str, ...]:
        """The scalar columns that hold text."""
        return tuple(name for name in self.column_names if not self.is_number(name))

    @property
    def metadata(self) -> tuple[str, ...]:
        """The scalar columns that came along with the data."""
        return tuple(name for name in self.column_names if is_free(name))

    def is_number(self, name: str) -> bool:
        """Whether a scalar column holds numbers rather than text."""
        kind = self._schema.field(name).type
        return pa.types.is_integer(kind) or pa.types.is_floating(kind)

    def columns(self, names: Sequence[str]) -> Mapping[str, np.ndarray]:
        """Whole columns (N,), in row order, read once and kept; NaN for an error that is not known.

        Raises:
            AtlasError: there is no such column, or a shard cannot be read.
        """
        self.check_columns(names)
        missing = [n for n in dict.fromkeys(names) if n not in self._columns]
        if missing:
            self._columns.update(self._known(self._read(missing)))
        return {n: self._columns[n] for n in names}

    def example(self, row: int, names: Sequence[str]) -> Mapping[str, Any]:
        """Scalars of one example by name, as `columns` has them.

        They are read from its row group alone: of a million, no whole column is kept.

        Raises:
            AtlasError: there is no such column, or the shard cannot be read.
        """
        self.check_columns(names)
        read = list(dict.fromkeys([*names, *(self.judges[n].column for n in names if n in self.judges)]))
        n_shard = int(np.searchsorted(self._starts, row, side="right")) - 1
        row -= self._starts[n_shard]
        with self.shards[n_shard].reading(read) as file:
            group = 0
            while row >= (n_rows := file.metadata.row_group(group).num_rows):
                row, group = row - n_rows, group + 1
            found: dict[str, Any] = file.read_row_group(group, read).slice(row, 1).to_pylist()[0]
        return {n: found[n] if self._is_known(n, found) else math.nan for n in names}

    @cached_property
    def judges(self) -> Mapping[str, Judge]:
        """What says, of a column of errors, which of them are known."""
        found = judges(self.manifest.settings.n_samples)
        return {n: j for n, j in found.items() if {n, j.column} <= set(self.column_names)}

    def check_columns(self, names: Sequence[str]) -> None:
        """Raises `AtlasError` unless every name is a scalar column."""
        unknown = sorted(set(names) - set(self.column_names))
        if unknown:
            expected = ", ".join(self.column_names)
            raise AtlasError(self.folder, "column", expected, unknown[0], "Name one of these.")

    @cached_property
    def means(self) -> np.ndarray:
        """Posterior means, float32 (N, d)."""
        return self._vectors("mean")

    @cached_property
    def log_variances(self) -> np.ndarray:
        """Posterior log-variances, float32 (N, d)."""
        return self._vectors("log_variance")

    def row(self, example_id: int) -> int:
        """The row of an example.

        Raises:
            KeyError: no example has this id.
        """
        row = self._find(int(example_id))
        if row is None:
            raise KeyError(example_id)
        return row

    def has(self, example_id: int) -> bool:
        """Whether an example has this id."""
        return self._find(int(example_id)) is not None

    def verify(self) -> None:
        """Compares every shard with its checksum, unless that was done since it was last written.

        Raises:
            AtlasError: one differs.
        """
        for shard in self.shards:
            shard.compare()

    def watch(self) -> Watch:
        """Notices when the folder holds another atlas, a damaged one, or none."""
        paths = (self.folder / MANIFEST_FILE, *self.shard_paths)
        stamps = (self._manifest_stamp, *(shard.stamp for shard in self.shards))
        return Watch(paths, stamps, self._is_there)

    def _is_there(self) -> bool:
        try:
            for shard in self.shards:
                shard.check_same()
            return read_manifest(self.folder).digest == self.digest
        except (AtlasError, OSError):
            return False

    def _find(self, example_id: int) -> int | None:
        """The row of an id, or None; a million ids are searched, not kept in a dictionary of 100 MB."""
        ids, order = self.columns(["example_id"])["example_id"], self._by_id
        if not ids.min() <= example_id <= ids.max():
            return None
        place = np.searchsorted(ids, example_id, sorter=order)
        row = int(place if order is None else order[place])
        return row if ids[row] == example_id else None

    @cached_property
    def _by_id(self) -> np.ndarray | None:
        """The rows in the order of their ids; None where that is their own order."""
        ids = self.columns(["example_id"])["example_id"]
        return None if (ids[1:] > ids[:-1]).all() else np.argsort(ids, kind="stable")

    def _known(self, read: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Columns as they are stored, with NaN for an error that is not known."""
        for name in read.keys() & self.judges.keys():
            beside = self.columns([self.judges[name].column])[self.judges[name].column]
            read[name] = np.where(self.judges[name].is_known(beside), read[name], np.nan)
        return read

    def _is_known(self, name: str, scalars: Mapping[str, Any]) -> bool:
        judge = self.judges.get(name)
        return judge is None or bool(judge.is_known(np.array([scalars[judge.column]]))[0])

    def _vectors(self, name: str) -> np.ndarray:
        found = self._read([name])[name]
        expected = (self.n_examples, self.latent_dim)
        if found.shape != expected:
            raise damaged(self.folder, name, f"shape {expected}", f"shape {found.shape}", self.folder)
        return found

    @cached_property
    def _starts(self) -> list[int]:
        """The first row of each shard."""
        return [0, *accumulate(shard.n_rows for shard in self.manifest.shards)][:-1]

    @property
    def _schema(self) -> pa.Schema:
        return self.shards[0].schema

    def _read(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Whole columns, filled a few rows at a time: Arrow keeps what larger pieces were unpacked in."""
        filled: dict[str, np.ndarray] = {}
        words: dict[str, str] = {}
        for start, shard in zip(self._starts, self.shards, strict=True):
            end = start + shard.shard.n_rows
            with shard.reading(names) as file:
                for batch in file.iter_batches(_ROWS_AT_A_TIME, columns=list(names), use_threads=False):
                    for name in names:
                        part = _array(batch.column(name), words)
                        if name not in filled:
                            filled[name] = np.empty((self.n_examples, *part.shape[1:]), part.dtype)
                        filled[name][start : start + len(part)] = part
                    start += len(batch)
                # Else what no batch has filled would be whatever was in memory before.
                if start != end:
                    raise pa.ArrowInvalid(f"{end - start} rows fewer")
        for name, values in filled.items():
            self._check(name, values)
        return filled

    def _check(self, name: str, values: np.ndarray) -> None:
        """What a column of this name holds anywhere: ids are not given twice, labels have names, places are numbers."""
        fault = ""
        if name == "example_id" and len(np.unique(values)) < len(values):
            fault = "an id twice"
        elif name == "label" and not (values.min() >= -1 and values.max() < len(self.label_names)):
            fault = f"{values.min()}..{values.max()} for {len(self.label_names)} names"
        elif name in self._finite and not np.isfinite(values).all():
            fault = "NaN or infinity"
        if fault:
            raise damaged(self.folder, name, "what an atlas holds there", fault, self.folder)

    @cached_property
    def _finite(self) -> frozenset[str]:
        """Columns without which nothing can be drawn; a score may be missing."""
        maps = (column for name in self.maps for column in MAPS[name].columns)
        return frozenset((*VECTOR_COLUMNS, "code_radius", *maps))


def _array(column: pa.Array, words: dict[str, str]) -> np.ndarray:
    """A piece of a column without nulls; of a text's copies, as in a column of verdicts, the one in `words` is kept."""
    if column.null_count:
        raise pa.ArrowInvalid(f"{column.null_count} missing values")
    # By DLPack: Arrow's own ways to numpy import pandas, or all that Arrow can compute, 0.3 s of the app's start.
    if pa.types.is_fixed_size_list(column.type):
        width = column.type.list_size
        return np.from_dlpack(column.values.slice(column.offset * width, len(column) * width)).reshape(
            -1, width
        )
    if not pa.types.is_dictionary(column.type):
        return np.from_dlpack(column)
    kept = [words.setdefault(word, word) for word in column.dictionary.to_pylist()]
    return np.array(kept, dtype=object)[np.from_dlpack(column.indices)]
