"""A selection: a set of examples, one bit a row of the atlas.

Row r is bit r mod 8 of byte r // 8, the lowest bit first; zero bytes at the end are cut off, so that equal sets are
equal bytes and b"" is nothing. A row here is an example's place in the whole atlas, which never changes; what leaves
the app (files, code) names example ids.

In a link the bits are compressed: a set of ten thousand examples always fits; one that does not is left out of it.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

Selection = bytes
Rows = npt.NDArray[np.int64]
How = Literal["replace", "add", "remove"]

NOTHING: Selection = b""
# What a browser's address bar takes without complaint, with room for the rest of the view.
MAX_TEXT = 1800

_COMBINED: Mapping[How, Callable[[npt.NDArray[np.uint8], npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]] = {
    "replace": lambda old, new: new,
    "add": lambda old, new: old | new,
    "remove": lambda old, new: old & ~new,
}


def of_rows(rows: npt.ArrayLike) -> Selection:
    """The selection of some rows, in any order."""
    found = np.asarray(rows, dtype=np.int64)
    mask = np.zeros(int(found.max()) + 1 if found.size else 0, dtype=bool)
    mask[found] = True
    return of_mask(mask)


def of_mask(mask: npt.NDArray[np.bool_]) -> Selection:
    """The selection of the rows where a mask (N,) is true."""
    return np.packbits(mask, bitorder="little").tobytes().rstrip(b"\0")


def everything(n_examples: int) -> Selection:
    """All rows."""
    return of_mask(np.ones(n_examples, dtype=bool))


def rows(selection: Selection) -> Rows:
    """The rows that are selected, in rising order."""
    return np.flatnonzero(np.unpackbits(_bits(selection), bitorder="little")).astype(np.int64)


def rows_or_all(selection: Selection) -> Rows | None:
    """The rows that are selected; None, for all, where nothing is."""
    return rows(selection) if selection else None


def mask(selection: Selection, n_examples: int) -> npt.NDArray[np.bool_]:
    """True (N,) where a row is selected."""
    whole = selection.ljust((n_examples + 7) // 8, b"\0")
    return np.unpackbits(_bits(whole), count=n_examples, bitorder="little").astype(bool)


def size(selection: Selection) -> int:
    """How many are selected."""
    return int(np.bitwise_count(_bits(selection)).sum())


def combined(old: Selection, new: Selection, how: How) -> Selection:
    """`new` in the place of `old`, added to it, or taken out of it."""
    length = max(len(old), len(new))
    both = (np.frombuffer(each.ljust(length, b"\0"), np.uint8) for each in (old, new))
    return _COMBINED[how](*both).tobytes().rstrip(b"\0")


def inverted(selection: Selection, n_examples: int) -> Selection:
    """All that was not selected."""
    return combined(everything(n_examples), selection, "remove")


def within(selection: Selection, n_examples: int) -> bool:
    """Whether no row beyond the last example is selected."""
    return len(combined(selection, everything(n_examples), "remove")) == 0


def to_base64(selection: Selection) -> str:
    """The bits as the map's props and gestures carry them."""
    return base64.b64encode(selection).decode()


def from_base64(text: object) -> Selection | None:
    """The bits that a browser sent, or None for what are none."""
    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode(text, validate=True).rstrip(b"\0")
    except (binascii.Error, ValueError):
        return None


def to_text(selection: Selection) -> str | None:
    """The bits for a link, or None where they are too long for one."""
    text = base64.urlsafe_b64encode(zlib.compress(selection, 9)).decode().rstrip("=")
    return text if len(text) <= MAX_TEXT else None


def from_text(text: str, n_examples: int) -> Selection:
    """The selection that a link names.

    Raises:
        ValueError: it names none of this atlas.
    """
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        # A few bytes can unpack to gigabytes: no more is unpacked than there are examples.
        unpacking = zlib.decompressobj()
        found = unpacking.decompress(packed, (n_examples + 7) // 8 + 1).rstrip(b"\0")
    except (ValueError, zlib.error):
        raise ValueError("it is damaged") from None
    if not (unpacking.eof or unpacking.unconsumed_tail):
        raise ValueError("it is damaged")
    if not within(found, n_examples):
        raise ValueError(f"it names more than the {n_examples} examples here")
    return found


def _bits(selection: Selection) -> npt.NDArray[np.uint8]:
    return np.frombuffer(selection, np.uint8)
