"""The IDX format of MNIST and its relatives.

Big-endian: two zero bytes, a type code (0x08: unsigned byte), the number of axes, one uint32 an
axis, then the bytes in C order.

References:
    Y. LeCun, C. Cortes, C. Burges, The MNIST database, section "File formats".
"""

import math
import struct

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.error import DatasetError

UNSIGNED_BYTE = 0x08
MAX_BYTES = 1 << 30
ADVICE = "Get the file again from its source."


def parse(content: bytes, n_axes: int, path: str) -> NDArray[np.uint8]:
    """The array in an IDX file.

    Args:
        content: the whole file, uncompressed
        n_axes: 3 for images, 1 for labels
        path: named in errors

    Returns:
        uint8 array with n_axes axes

    Raises:
        DatasetError: foreign magic, other number of axes, over 1 GiB, truncated or too long
    """
    magic = struct.pack(">HBB", 0, UNSIGNED_BYTE, n_axes)
    if content[:4] != magic:
        raise DatasetError(path, "magic", f"0x{magic.hex()}", f"0x{content[:4].hex()}", ADVICE)
    start = 4 + 4 * n_axes
    if len(content) < start:
        raise DatasetError(path, "header", f"{start} bytes", f"{len(content)} bytes", ADVICE)
    shape = struct.unpack(f">{n_axes}I", content[4:start])
    if 0 in shape:
        raise DatasetError(path, "shape", "at least one of everything", shape, ADVICE)
    n_bytes = math.prod(shape)
    if n_bytes > MAX_BYTES:
        raise DatasetError(path, "size", f"at most {MAX_BYTES} bytes", f"{n_bytes} bytes", ADVICE)
    if len(content) - start != n_bytes:
        raise DatasetError(path, "content", f"{n_bytes} bytes after the header", len(content) - start, ADVICE)
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)
