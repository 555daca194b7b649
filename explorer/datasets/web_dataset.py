"""A WebDataset: a .tar, or a folder of them, in which the files that share a name up to its first dot are one example.

    0001.png  0001.cls  0001.json  0001.txt         an image, its class, its metadata, a text on it
    0002.png  0002.cls  0002.json  0002.txt

Nothing is extracted to the disk: what an example needs is read from its place in the file.

References:
    The WebDataset format, github.com/webdataset/webdataset.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.images import SUFFIXES, Encoded, decode
from explorer.datasets.labels import labels_and_metadata
from explorer.datasets.metadata import columns_of_rows
from explorer.datasets.options import Options
from explorer.datasets.shards import files_of
from explorer.files import read

SUFFIX = ".tar"
MOST_MEMBERS = 4_000_000
# Of one image, and of what is said of it.
MOST_IMAGE_BYTES, MOST_TEXT_BYTES = 64 << 20, 1 << 20
_FAULTS = (OSError, EOFError, ValueError, OverflowError, tarfile.TarError)


@dataclass(frozen=True)
class _Member:
    """A file in a tar: where its bytes are."""

    archive: Path
    offset: int
    n_bytes: int

    def content(self, most_bytes: int) -> bytes:
        """Raises `OSError` where it is larger, or not there any more."""
        if self.n_bytes > most_bytes:
            raise OSError(f"{self.n_bytes:,} bytes, more than {most_bytes:,}")
        with read.opened(self.archive) as file:
            file.seek(self.offset)
            found = file.read(self.n_bytes)
        if len(found) < self.n_bytes:
            raise OSError(f"{self.archive} was cut short")
        return found

    def opened(self) -> io.BytesIO:
        """Of an image."""
        return io.BytesIO(self.content(MOST_IMAGE_BYTES))


# By their extensions, in small letters: "png", "cls", "seg.png".
Example = dict[str, _Member]


def load(name: str, options: Options) -> Dataset:
    """The data set in a .tar, or in all those of a folder.

    Args:
        name: the path
        options: what is to be done to its images, and which column gives the labels

    Raises:
        DatasetError: damaged, no images, of several sizes, or more than half of the free memory
    """
    # A name may come again in another tar, and is then another example.
    examples = [found for path in files_of(name, SUFFIX) for found in _examples(path).items()]
    pictured = [(key, example, image) for key, example in examples if (image := _image(example)) is not None]
    if not pictured:
        expected = f"images ({', '.join(SUFFIXES)})"
        raise DatasetError(name, "members", expected, f"none in {len(examples):,} examples")
    images = [Encoded(key, partial(_Member.opened, image)) for key, _, image in pictured]
    decoded = decode(name, images, options)
    kept = [pictured[place][:2] for place in decoded.places.tolist()]
    told: list[str] = []
    columns, left_out = columns_of_rows([_row(key, example, told) for key, example in kept])
    labels = labels_and_metadata(name, columns, len(kept), options.label)
    return decoded.as_dataset(name, labels, list(_said(name, len(examples) - len(pictured), told, left_out)))


def _said(name: str, n_without: int, told: list[str], left_out: tuple[str, ...]) -> Iterator[str]:
    if n_without:
        yield f"{name}: {n_without:,} examples without an image are left out"
    if told:
        yield f"{name}: of {len(told):,} files nothing is known, the first is {told[0]}"
    yield from (f"{name}: {note}" for note in left_out)


def _examples(path: Path) -> dict[str, Example]:
    """What a tar holds, in its order; of two files of one name the first."""
    found: dict[str, Example] = {}
    try:
        with read.opened(path) as file:
            for name, member in _members(path, file):
                folder, _, base = name.rpartition("/")
                stem, _, extension = base.partition(".")
                if stem:
                    key = f"{folder}/{stem}" if folder else stem
                    found.setdefault(key, {}).setdefault(extension.lower(), member)
    except _FAULTS as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(path, "file", "a readable .tar file", error, "Write it again.") from error
    return found


def _members(path: Path, file: io.BufferedReader) -> Iterator[tuple[str, _Member]]:
    """Plain files by name; links, folders and files with holes are none."""
    with tarfile.open(fileobj=file, mode="r:", errors="replace") as archive:
        n_members = 0
        while (info := archive.next()) is not None:
            # The archive would keep all of them.
            archive.members.clear()  # type: ignore[attr-defined]  # not in typeshed
            n_members += 1
            if n_members > MOST_MEMBERS:
                raise DatasetError(path, "members", f"at most {MOST_MEMBERS:,}", "more", "Split it.")
            if info.type in (tarfile.REGTYPE, tarfile.AREGTYPE):
                yield info.name, _Member(path, info.offset_data, info.size)
        file.seek(archive.offset)
        # At a damaged header it ends as if there were no more.
        if file.read(tarfile.BLOCKSIZE).strip(b"\0"):
            raise OSError(f"a damaged header at byte {archive.offset:,}")


def _image(example: Example) -> _Member | None:
    """The image of an example: the one with the shortest extension, such as "png" before "seg.png"."""
    kinds = sorted(
        (kind for kind in example if f".{kind}".endswith(SUFFIXES)), key=lambda kind: kind.count(".")
    )
    return example[kinds[0]] if kinds else None


def _row(key: str, example: Example, told: list[str]) -> dict[str, Any]:
    """What is known of an example; what cannot be read is told."""
    row: dict[str, Any] = {"key": key}
    for kind, read_kind in (("json", _object), ("txt", _text), ("cls", _class)):
        if kind in example:
            try:
                row |= read_kind(example[kind].content(MOST_TEXT_BYTES).decode())
            except (OSError, ValueError, RecursionError) as error:
                told.append(f"{key}.{kind} ({error})")
    return row


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


def _text(text: str) -> dict[str, Any]:
    return {"text": text}


def _class(text: str) -> dict[str, Any]:
    plain = text.strip()
    return {"label": int(plain) if plain.isdecimal() and len(plain) < 19 else plain}
