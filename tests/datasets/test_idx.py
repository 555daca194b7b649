"""IDX parsing: what is written is read, and every broken file is named."""

import struct

import numpy as np
import pytest

from explorer.datasets import DatasetError
from explorer.datasets.idx import parse

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def idx(array: np.ndarray, magic: bytes | None = None, shape: tuple[int, ...] | None = None) -> bytes:
    header = magic if magic is not None else bytes([0, 0, 8, array.ndim])
    shape = shape if shape is not None else array.shape
    return header + struct.pack(f">{len(shape)}I", *shape) + array.tobytes()


def test_images_are_read_as_they_were_written() -> None:
    np.testing.assert_array_equal(parse(idx(IMAGES), 3, "f"), IMAGES)


def test_labels_are_read_as_they_were_written() -> None:
    np.testing.assert_array_equal(parse(idx(IMAGES.ravel()), 1, "f"), IMAGES.ravel())


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "magic: expected 0x00000803, found 0x"),
        (b"\x89PNG....", "found 0x89504e47"),
        (idx(IMAGES.ravel()), "found 0x00000801"),
        (idx(IMAGES, magic=bytes([0, 0, 0x0D, 3])), "found 0x00000d03"),
        (idx(IMAGES)[:9], "header: expected 16 bytes, found 9"),
        (idx(IMAGES)[:-1], "content: expected 24 bytes after the header, found 23"),
        (idx(IMAGES) + b"x", "found 25"),
        (idx(IMAGES, shape=(2**31, 2**31, 2**31)), "size: expected at most 1073741824 bytes"),
        (idx(IMAGES, shape=(0, 2, 3)), "shape: expected at least one of everything"),
    ],
)
def test_a_broken_file_says_what_is_wrong(content: bytes, message: str) -> None:
    with pytest.raises(DatasetError, match=message) as caught:
        parse(content, 3, "train-images-idx3-ubyte.gz")
    assert str(caught.value).startswith("train-images-idx3-ubyte.gz: ")
    assert str(caught.value).endswith("Get the file again from its source.")
