"""Reads an atlas: whole columns as arrays, and pages of its table as queries (DuckDB reads the Parquet in place)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.atlas.format import AtlasError, Manifest, read_manifest, sha256

VECTOR_COLUMNS = ("mean", "log_variance")


@dataclass(frozen=True, eq=False)
class Atlas:
    """An atlas folder that was found whole. Rows keep the order of the data set."""

    folder: Path
    manifest: Manifest
    _columns: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, folder: Path | str) -> Atlas:
        """Reads the manifest and checks that every shard is there with its size.

        Raises:
            AtlasError: a file is missing, truncated, damaged or of another format.
        """
        folder = Path(folder)
        atlas = cls(folder, read_manifest(folder))
        for shard in atlas.manifest.shards:
            path = folder / shard.file
            n_bytes = path.stat().st_size if path.is_file() else 0
            if n_bytes != shard.n_bytes:
                raise damaged(path, "size", f"{shard.n_bytes} bytes", f"{n_bytes} bytes", folder)
        return atlas

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
        return tuple(self.folder / s.file for s in self.manifest.shards)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Scalar columns that `columns` takes."""
        return tuple(n for n in self._schema.names if n not in VECTOR_COLUMNS)

    def is_number(self, name: str) -> bool:
        """Whether a scalar column holds numbers rather than text."""
        kind = self._schema.field(name).type
        return pa.types.is_integer(kind) or pa.types.is_floating(kind)

    def columns(self, names: Sequence[str]) -> Mapping[str, np.ndarray]:
        """Whole columns (N,), in row order, read once and kept.

        Raises:
            AtlasError: there is no such column, or a shard cannot be read.
        """
        self.check_columns(names)
        missing = [n for n in dict.fromkeys(names) if n not in self._columns]
        if missing:
            table = self._read(missing)
            self._columns.update({n: table[n].to_numpy() for n in missing})
        return {n: self._columns[n] for n in names}

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
        return self._rows[int(example_id)]

    def has(self, example_id: int) -> bool:
        """Whether an example has this id."""
        return example_id in self._rows

    def verify(self) -> None:
        """Compares every shard with its checksum.

        Raises:
            AtlasError: one differs.
        """
        for shard in self.manifest.shards:
            found = sha256(self.folder / shard.file)
            if found != shard.sha256:
                raise damaged(self.folder / shard.file, "sha256", shard.sha256, found, self.folder)

    @cached_property
    def _rows(self) -> dict[int, int]:
        ids = self.columns(["example_id"])["example_id"]
        return {example_id: row for row, example_id in enumerate(ids.tolist())}

    def _vectors(self, name: str) -> np.ndarray:
        column = self._read([name])[name].combine_chunks()
        shape = (self.n_examples, self.latent_dim)
        if column.values is None or len(column.values) != math.prod(shape):
            raise damaged(
                self.folder, name, f"vectors of shape {shape}", "another number of values", self.folder
            )
        return column.values.to_numpy().reshape(shape)

    @cached_property
    def _schema(self) -> pa.Schema:
        try:
            return pq.read_schema(self.shard_paths[0])
        except (pa.ArrowException, OSError) as error:
            raise damaged(self.shard_paths[0], "content", "Parquet", str(error), self.folder) from error

    def _read(self, names: list[str]) -> pa.Table:
        tables = []
        for path in self.shard_paths:
            try:
                tables.append(pq.read_table(path, columns=names))
            except (pa.ArrowException, OSError) as error:
                raise damaged(
                    path, "content", f"columns {', '.join(names)}", str(error), self.folder
                ) from error
        return pa.concat_tables(tables)


def damaged(path: Path, key: str, expected: str, found: str, folder: Path) -> AtlasError:
    """The error of a file that is not what the manifest says it is."""
    advice = (
        f"Delete {folder} and build it again: python -m explorer atlas CHECKPOINT --data NAME --out {folder}"
    )
    return AtlasError(path, key, expected, found, advice)
