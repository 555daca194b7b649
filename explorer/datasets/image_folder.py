"""A folder of images: a folder a class, or the images themselves without labels.

    flowers/rose/0001.png, flowers/rose/0002.jpg, flowers/tulip/0001.png        labels rose, tulip
    faces/0001.png, faces/0002.png                                              no labels

Images become grey (N, 1, H, W) where all are, else colour (N, 3, H, W), of 256 levels. They must have one size, or are
brought to one by the name: "flowers:resized-32x32" (height x width, bicubic). What cannot be read is left out and
named; an example's id is its place in the sorted listing, so that others keep theirs.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.datasets.dataset import UNKNOWN_LABEL, Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.splits import split_off
from explorer.files import read

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
# Whatever a file's name says, nothing else is tried: of what Pillow reads, some is handed to other programs.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
# Of one image; more than any that a VAE is trained on, and what a header may claim.
MOST_PIXELS = 1 << 24
MOST_SIDE = 4096
_GREY = frozenset({"1", "L", "LA"})
_COLOUR = frozenset({"P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB"})
_RESIZED = re.compile(r"(?P<folder>.+):resized-(?P<height>\d{1,4})x(?P<width>\d{1,4})", re.DOTALL)
_FAULTS = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
_MOST_NAMED = 5


@dataclass(frozen=True)
class _Listed:
    """An image of the listing.

    Attributes:
        path: the file.
        label: its class, or unknown.
        size: width and height.
        is_grey: whether it has no colours.
    """

    path: Path
    label: int
    size: tuple[int, int]
    is_grey: bool


def folder_of(name: str | Path) -> Path | None:
    """The folder that a data set's name stands for; None where it is none."""
    match = _RESIZED.fullmatch(str(name))
    folder = Path(match["folder"] if match else name)
    return folder if folder.is_dir() else None


def load(name: str | Path, split: str) -> Dataset:
    """The data set in a folder of images.

    Args:
        name: the folder, with ":resized-<height>x<width>" where its images are to be brought to one size.
        split: "train", "test" or "all".

    Raises:
        DatasetError: no images, of several sizes, beside folders of images, of more than 8 bits, or more than half of
            the free memory.
    """
    folder = folder_of(name)
    assert folder is not None, f"{name} is no folder"
    paths, labels, label_names = _listing(folder)
    listed: dict[int, _Listed] = {}
    faults: dict[int, str] = {}
    for i, (path, label) in enumerate(zip(paths, labels, strict=True)):
        try:
            listed[i] = _header(path, label)
        except _FAULTS as error:
            faults[i] = str(error)
    values = _decoded(name, folder, listed, faults)
    ids = np.array(sorted(listed), np.int64)
    whole = Dataset(
        name=str(name),
        split="all",
        values=values,
        n_levels=256,
        labels=np.array([listed[i].label for i in ids.tolist()], np.int64),
        label_names=label_names,
        example_ids=ids,
        kind="grey image" if values.shape[1] == 1 else "colour image",
        n_in_file=len(ids),
        notes=_omitted(folder, paths, faults),
    )
    return whole if split == "all" else split_off(whole, split)


def _listing(folder: Path) -> tuple[list[Path], list[int], tuple[str, ...]]:
    """Images in the order of their names, class by class, and their labels."""
    classes = sorted(e.name for e in os.scandir(folder) if e.is_dir() and not e.name.startswith("."))
    inside = {name: _images(folder / name) for name in classes}
    named = tuple(name for name in classes if inside[name])
    loose = _images(folder)
    if named and loose:
        found = f"{len(loose)} images beside {len(named)} folders of images"
        advice = "Move them into a folder of their own, or name one folder."
        raise DatasetError(folder, "folder", "images, or a folder of images for each class", found, advice)
    if not named and not loose:
        raise DatasetError(
            folder, "folder", f"images ({', '.join(SUFFIXES)})", "none", "Name another folder."
        )
    if loose:
        return loose, [UNKNOWN_LABEL] * len(loose), ()
    pairs = [(path, label) for label, name in enumerate(named) for path in inside[name]]
    return [path for path, _ in pairs], [label for _, label in pairs], named


def _images(folder: Path) -> list[Path]:
    names = (e.name for e in os.scandir(folder) if not e.name.startswith(".") and e.is_file())
    return [folder / name for name in sorted(names) if name.lower().endswith(SUFFIXES)]


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """An image, not decoded yet; of tags that are damaged Pillow warns, and reads the pixels."""
    with warnings.catch_warnings(), read.opened(path) as file:
        warnings.simplefilter("ignore")
        with Image.open(file, formats=FORMATS) as image:
            yield image


def _header(path: Path, label: int) -> _Listed:
    """Size and mode of an image, without its pixels."""
    with _opened(path) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise ValueError(f"{width} x {height} pixels, more than {MOST_PIXELS:,}")
        if image.mode not in _GREY | _COLOUR:
            raise ValueError(f"pixels of mode {image.mode}, not of 8 bits")
        return _Listed(path, label, image.size, image.mode in _GREY)


def _decoded(
    name: str | Path, folder: Path, listed: dict[int, _Listed], faults: dict[int, str]
) -> NDArray[np.uint8]:
    """The pixels (N, C, H, W) of what is listed; what cannot be decoded goes over to the faults."""
    width, height = _size(name, folder, listed)
    n_channels = 1 if all(each.is_grey for each in listed.values()) else 3
    shape = (len(listed), n_channels, height, width)
    if (n_bytes := int(np.prod(shape, dtype=np.int64))) > read.available_memory() // 2:
        advice = "Bring the images to a smaller size: FOLDER:resized-64x64."
        raise DatasetError(folder, "size", "at most half of the free memory", f"{n_bytes:,} bytes", advice)
    values = np.empty(shape, np.uint8)
    n_done = 0
    for i in sorted(listed):
        try:
            values[n_done] = _pixels(listed[i].path, n_channels, (width, height))
            n_done += 1
        except _FAULTS as error:
            faults[i] = str(error)
            del listed[i]
    if not n_done:
        raise DatasetError(folder, "images", "one that can be read", next(iter(faults.values()), "none"))
    return values[:n_done]


def _size(name: str | Path, folder: Path, listed: dict[int, _Listed]) -> tuple[int, int]:
    """Width and height that all images are to have."""
    if match := _RESIZED.fullmatch(str(name)):
        height, width = int(match["height"]), int(match["width"])
        if not (1 <= height <= MOST_SIDE and 1 <= width <= MOST_SIDE):
            raise DatasetError(name, "size", f"1 to {MOST_SIDE} pixels a side", f"{height} x {width}")
        return width, height
    sizes: dict[tuple[int, int], Path] = {}
    for each in listed.values():
        sizes.setdefault(each.size, each.path)
    if len(sizes) > 1:
        (a, first), (b, second) = list(sizes.items())[:2]
        found = f"{len(sizes)} sizes: {first.name} is {a[1]} x {a[0]}, {second.name} {b[1]} x {b[0]}"
        advice = f"Bring them to one: {folder}:resized-{a[1]}x{a[0]}"
        raise DatasetError(folder, "images", "one size (height x width)", found, advice)
    return next(iter(sizes), (1, 1))


def _pixels(path: Path, n_channels: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(C, H, W) of one image."""
    with _opened(path) as image:
        plain = image.convert("L" if n_channels == 1 else "RGB")
        if plain.size != size:
            plain = plain.resize(size, Image.Resampling.BICUBIC)
        found = np.asarray(plain, np.uint8)
    return found[None] if n_channels == 1 else found.transpose(2, 0, 1)


def _omitted(folder: Path, paths: Sequence[Path], faults: dict[int, str]) -> tuple[str, ...]:
    """A sentence on what was left out, and why; none where nothing was."""
    if not faults:
        return ()
    named = [f"{paths[i].relative_to(folder)} ({faults[i]})" for i in sorted(faults)[:_MOST_NAMED]]
    more = f" and {len(faults) - _MOST_NAMED:,} more" if len(faults) > _MOST_NAMED else ""
    return (f"{folder}: {len(faults):,} of {len(paths):,} images left out: {', '.join(named)}{more}",)
