"""Encoded images, wherever they lie, as one array: sizes and colours are looked at before anything is decoded.

Images become grey (N, 1, H, W) where all are, else colour (N, 3, H, W), of 256 levels. What cannot be read is left out,
and said.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.frames import Frame, check_memory
from explorer.datasets.labels import Labels
from explorer.datasets.options import Options

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
# Whatever a file's name says, nothing else is tried: of what Pillow reads, some is handed to other programs.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
# Of one image; more than any that a VAE is trained on, and what a header may claim.
MOST_PIXELS = 1 << 24
_GREY = frozenset({"1", "L", "LA"})
_COLOUR = frozenset({"P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB"})
_FAULTS = (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError)
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Encoded:
    """An image that was not decoded yet.

    Attributes:
        name: as errors tell it.
        opened: gives its bytes to read; raises OSError.
    """

    name: str
    opened: Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True)
class Decoded:
    """What came of a list of images.

    Attributes:
        values: (n, C, H, W) of those that could be read.
        places: (n,) theirs in the list, rising.
        notes: what was left out, and why.
    """

    values: NDArray[np.uint8]
    places: NDArray[np.int64]
    notes: tuple[str, ...]

    def as_dataset(self, name: str, labels: Labels, notes: Sequence[str] = ()) -> Dataset:
        """They as a whole data set; an image's id is its place in the list.

        Args:
            name: of the data set
            labels: of these n
            notes: on what came along with them
        """
        return Dataset(
            name=name,
            split="all",
            values=self.values,
            n_levels=256,
            labels=labels.of_examples,
            label_names=labels.names,
            example_ids=self.places,
            kind="grey image" if self.values.shape[1] == 1 else "colour image",
            n_in_file=len(self.values),
            notes=(*self.notes, *notes, *labels.notes),
            metadata=labels.metadata,
        )


@dataclass(frozen=True, slots=True)
class _Header:
    """Width, height, and whether it has no colours."""

    size: tuple[int, int]
    is_grey: bool


def decode(source: object, images: Sequence[Encoded], options: Options) -> Decoded:
    """All images that can be read, in one size.

    Args:
        source: where they are, named in errors
        images: in their order
        options: their crops and sizes, and whether they are made grey

    Raises:
        DatasetError: none can be read, several sizes, or more than half of the free memory
    """
    faults: dict[int, str] = {}
    headers: dict[int, _Header] = {}
    for i, image in enumerate(images):
        try:
            headers[i] = _header(image)
        except _FAULTS as error:
            faults[i] = str(error)
    is_grey = options.is_grey or all(header.is_grey for header in headers.values())
    height, width = _size(source, images, headers, options.frames)
    shape = (len(headers), 1 if is_grey else 3, height, width)
    check_memory(source, shape, 1)
    values = np.empty(shape, np.uint8)
    places: list[int] = []
    for i in headers:
        try:
            values[len(places)] = _pixels(images[i], is_grey, options.frames)
            places.append(i)
        except _FAULTS as error:
            faults[i] = str(error)
    if not places:
        raise DatasetError(source, "images", "one that can be read", next(iter(faults.values()), "none"))
    notes = _omitted(source, images, faults)
    return Decoded(values[: len(places)], np.array(places, np.int64), notes)


@contextmanager
def _opened(image: Encoded) -> Iterator[Image.Image]:
    """An image, not decoded yet; of tags that are damaged Pillow warns, and reads the pixels."""
    with warnings.catch_warnings(), image.opened() as file:
        warnings.simplefilter("ignore")
        with Image.open(file, formats=FORMATS) as found:
            yield found


def _header(encoded: Encoded) -> _Header:
    """Size and colours of an image, without its pixels."""
    with _opened(encoded) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise ValueError(f"{width} x {height} pixels, more than {MOST_PIXELS:,}")
        if image.mode not in _GREY | _COLOUR:
            raise ValueError(f"pixels of mode {image.mode}, not of 8 bits")
        return _Header(image.size, image.mode in _GREY)


def _size(
    source: object, images: Sequence[Encoded], headers: dict[int, _Header], frames: Sequence[Frame]
) -> tuple[int, int]:
    """Height and width that all images are to have."""
    if frames:
        return frames[-1].height, frames[-1].width
    sizes: dict[tuple[int, int], str] = {}
    for i, header in headers.items():
        sizes.setdefault(header.size, images[i].name)
    if len(sizes) > 1:
        (a, first), (b, second) = list(sizes.items())[:2]
        found = f"{len(sizes)} sizes: {first} is {a[1]} x {a[0]}, {second} {b[1]} x {b[0]}"
        advice = f"Bring them to one: {source}:resized-{a[1]}x{a[0]}"
        raise DatasetError(source, "images", "one size (height x width)", found, advice)
    width, height = next(iter(sizes), (1, 1))
    return height, width


def _pixels(encoded: Encoded, is_grey: bool, frames: Sequence[Frame]) -> NDArray[np.uint8]:
    """(C, H, W) of one image."""
    with _opened(encoded) as image:
        plain = image.convert("L" if is_grey else "RGB")
    for frame in frames:
        plain = frame.apply(plain)
    found = np.asarray(plain, np.uint8)
    return found[None] if is_grey else found.transpose(2, 0, 1)


def _omitted(source: object, images: Sequence[Encoded], faults: dict[int, str]) -> tuple[str, ...]:
    """A sentence on what was left out, and why; none where nothing was."""
    if not faults:
        return ()
    named = [f"{images[i].name} ({faults[i]})" for i in sorted(faults)[:_MOST_NAMED]]
    more = f" and {len(faults) - _MOST_NAMED:,} more" if len(faults) > _MOST_NAMED else ""
    return (f"{source}: {len(faults):,} of {len(images):,} images left out: {', '.join(named)}{more}",)
