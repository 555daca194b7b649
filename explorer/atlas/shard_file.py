"""One Parquet file of an atlas: what the manifest says of it is checked before anything reads it, and at every reading
whether it still is that file.

A small file is compared with its checksum when it is opened. Of a large one each page is compared with its own checksum
when it is read, where it has one, and the whole file before it is given to somebody who does not compare pages.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from explorer.atlas.format import TEXTS, UNITS, AtlasError, Manifest, Shard, rows_folder
from explorer.files import Stamp, read
from explorer.latent.maps import MAPS

# A twentieth of a second to compare.
SMALL_BYTES = 64 << 20
_NAME = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_FAULTS = (pa.ArrowException, OSError, ValueError, LookupError)


class ShardFile:
    """A shard of an atlas that is open.

    Args:
        folder: of the atlas.
        shard: what the manifest says of the file.

    Raises:
        AtlasError: there is no such file, or it is another one.
    """

    def __init__(self, folder: Path, shard: Shard):
        self.path, self.shard, self._folder = rows_folder(folder) / shard.file, shard, folder
        self._stamp = read.stamp(self.path)
        self._is_compared = False
        n_bytes = self._stamp.n_bytes if self._stamp else 0
        if n_bytes != shard.n_bytes:
            raise self.damaged("size", f"{shard.n_bytes} bytes", f"{n_bytes} bytes")
        if n_bytes <= SMALL_BYTES:
            self.compare()

    @property
    def stamp(self) -> Stamp | None:
        """Of the file that was taken for the one that the manifest names."""
        return self._stamp

    @cached_property
    def schema(self) -> pa.Schema:
        """Names and types of its columns."""
        with self.reading(()) as file:
            return file.schema_arrow

    def compare(self) -> None:
        """Compares the whole file with its checksum; once is enough for as long as it is the same file.

        Raises:
            AtlasError: it has another one.
        """
        if not self._is_compared:
            self._adopt()

    def check_same(self) -> None:
        """Compares it again where something was written or renamed since.

        Raises:
            AtlasError: it is another file now.
        """
        if read.stamp(self.path) != self._stamp:
            self._adopt()

    @contextmanager
    def reading(self, names: Sequence[str]) -> Iterator[pq.ParquetFile]:
        """The file, open, with these columns; texts as codes of a dictionary.

        Raises:
            AtlasError: it lacks one of them, is damaged, or was changed while it was read.
        """
        self.check_same()
        texts = [name for name in names if pa.types.is_string(self.schema.field(name).type)] if names else []
        try:
            with pq.ParquetFile(
                self.path, read_dictionary=texts, page_checksum_verification=not self._is_compared
            ) as file:
                lacking = sorted(set(names) - set(file.schema_arrow.names))
                if lacking:
                    raise pa.ArrowInvalid(f"no column {lacking[0]}")
                yield file
        except _FAULTS as error:
            if isinstance(error, AtlasError):
                raise
            expected = f"{self.shard.n_rows} rows of {', '.join(names) or 'Parquet'}"
            raise self.damaged("content", expected, error) from error
        self.check_same()

    def check_schema(self, manifest: Manifest) -> None:
        """Compares rows, names and types of the columns with what an atlas has.

        Raises:
            AtlasError: names the column.
        """
        with self.reading(()) as file:
            metadata, schema = file.metadata, file.schema_arrow
            n_rows = sum(metadata.row_group(i).num_rows for i in range(metadata.num_row_groups))
        if not metadata.num_rows == n_rows == self.shard.n_rows:
            found = f"{metadata.num_rows} rows, {n_rows} in its groups"
            raise self.damaged("rows", f"{self.shard.n_rows} rows", found)
        wanted = _types(manifest)
        for name in wanted:
            if name not in schema.names:
                raise self.damaged("content", f"a column {name}", "none")
        for field in schema:
            self._check_column(field, wanted)

    def damaged(self, key: str, expected: str, found: object) -> AtlasError:
        """The error of this file when it is not what the manifest says it is."""
        return damaged(self.path, key, expected, found, self._folder)

    def _check_column(self, field: pa.Field, wanted: dict[str, pa.DataType]) -> None:
        if not _NAME.fullmatch(field.name):
            raise self.damaged("column", "a name of letters, digits and _", repr(field.name))
        kind = wanted.get(field.name)
        fits = field.type == kind if kind is not None else _is_scalar(field)
        if not fits:
            raise self.damaged(field.name, str(kind or _expected(field.name)), str(field.type))

    def _adopt(self) -> None:
        """Takes the file that is there now for the one that the manifest names, if it is."""
        stamp, found = read.stamp(self.path), "no file"
        if stamp is not None and stamp.n_bytes == self.shard.n_bytes:
            with read.opened(self.path) as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self.shard.sha256 or read.stamp(self.path) != stamp:
            raise self.damaged("sha256", self.shard.sha256, found)
        self._stamp, self._is_compared = stamp, True


def damaged(path: Path, key: str, expected: str, found: object, folder: Path) -> AtlasError:
    """The error of a file that is not what the manifest says it is."""
    advice = (
        f"Delete {folder} and build it again: python -m explorer atlas CHECKPOINT --data NAME --out {folder}"
    )
    return AtlasError(path, key, expected, found, advice)


def _types(manifest: Manifest) -> dict[str, pa.DataType]:
    """The columns that every atlas of this manifest has."""
    vector = pa.list_(pa.float32(), manifest.latent_dim)
    maps = {column: pa.float32() for name in manifest.settings.maps for column in MAPS[name].columns}
    ids = {"example_id": pa.int64(), "label": pa.int32()}
    return ids | {"mean": vector, "log_variance": vector, "code_radius": pa.float32()} | maps


def _is_scalar(field: pa.Field) -> bool:
    """Whether a column that an atlas may have or not is of its kind: a score a number, a verdict a text."""
    if field.name in TEXTS:
        return bool(pa.types.is_string(field.type))
    is_number = pa.types.is_floating(field.type) or pa.types.is_integer(field.type)
    return bool(is_number or (field.name not in UNITS and pa.types.is_string(field.type)))


def _expected(name: str) -> str:
    if name in TEXTS:
        return "text"
    return "numbers" if name in UNITS else "numbers or text"
