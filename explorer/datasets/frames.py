"""Images brought to one size: cut to their middle, or made larger or smaller (bicubic); colours made grey.

    grey = 0.299 red + 0.587 green + 0.114 blue

References:
    ITU-R BT.601, which is also what Pillow's grey is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.files import read

MOST_SIDE = 4096
_GREY = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Frame:
    """A size in pixels that an image is cut to, or resized to."""

    height: int
    width: int
    is_crop: bool = False

    def apply(self, image: Image.Image) -> Image.Image:
        """The image in this size.

        Raises:
            ValueError: it is smaller than what is to be cut out of it.
        """
        size = (self.width, self.height)
        if image.size == size:
            return image
        if not self.is_crop:
            return image.resize(size, Image.Resampling.BICUBIC)
        left, top = (image.width - self.width) // 2, (image.height - self.height) // 2
        if left < 0 or top < 0:
            found = f"{image.height} x {image.width} pixels"
            raise ValueError(f"{found}, fewer than the {self.height} x {self.width} to be cut out")
        return image.crop((left, top, left + self.width, top + self.height))


def framed(dataset: Dataset, frames: Sequence[Frame], is_grey: bool) -> Dataset:
    """A data set of images in another size, or without colours.

    Raises:
        DatasetError: vectors, images that are smaller than a crop, or more than half of the free memory
    """
    if dataset.kind == "vector":
        raise DatasetError(dataset.name, "option", "images to crop, resize or make grey", "vectors")
    n_channels = 1 if is_grey else dataset.shape[0]
    height, width = (frames[-1].height, frames[-1].width) if frames else dataset.shape[1:]
    shape = (len(dataset), n_channels, height, width)
    check_memory(dataset.name, shape, dataset.values.dtype.itemsize)
    found = np.empty(shape, dataset.values.dtype)
    for i in range(len(dataset)):
        found[i] = _reframed(dataset, i, frames, n_channels)
    kind = "grey image" if n_channels == 1 else "colour image"
    return replace(dataset, values=found, kind=kind)


def check_memory(path: object, shape: Sequence[int], n_bytes_each: int) -> None:
    """Raises `DatasetError` where an array would take more than half of the memory that is free."""
    n_bytes, free = n_bytes_each * int(np.prod(shape, dtype=np.float64)), read.available_memory()
    if n_bytes > free // 2:
        expected = f"at most {free // 2:,} bytes, half of the free memory"
        advice = "Read fewer or smaller examples, or save them as .npy, which is read as needed."
        raise DatasetError(path, "size", expected, f"{n_bytes:,} bytes", advice)


def _reframed(dataset: Dataset, i: int, frames: Sequence[Frame], n_channels: int) -> NDArray[Any]:
    """(C, H, W) of one example; levels stay levels."""
    image = np.asarray(dataset.values[i : i + 1][0], np.float32)
    if n_channels < len(image):
        image = np.tensordot(_GREY, image, 1)[None]
    try:
        found = np.stack([_channel(channel, frames) for channel in image])
    except ValueError as error:
        raise DatasetError(dataset.name, "images", "large enough to be cut", error) from error
    if dataset.n_levels is None:
        return found
    return np.clip(np.rint(found), 0, dataset.n_levels - 1).astype(np.uint8)


def _channel(channel: NDArray[np.float32], frames: Sequence[Frame]) -> NDArray[np.float32]:
    picture = Image.fromarray(channel)
    for frame in frames:
        picture = frame.apply(picture)
    return np.asarray(picture)
