"""What the browser and the socket say to each other.

In, JSON text, at most 16 KiB:

    {"id": "a", "seq": 17, "model": "digits-2d", "base": 4213 | null, "map": "umap", "x": 1.2, "y": -0.3,
     "offset": [0.5, -1], "round_trip": true, "likelihood": true, "version": "9f86..."}

`offset` is added to the code that the place lifts to: d numbers, or [] or nothing for none. `round_trip` asks
what the encoder makes of the picture. `version` is the digest of the atlas that the map was drawn from: a position on
another one is refused.

Out, binary: uint32 little-endian length n | n bytes of header, JSON in UTF-8 | the values of the image. The
header is

    {"id", "seq", "dtype", "shape", "log_prior_nats", "support": {"ratio", "level"}, "nearest_example_id",
     "round_trip": {"x", "y", "distance"} | null, "log_likelihood_nats",
     "top_features": [["CD3E", 4.1], ...]}

with dtype "uint8" and shape [H, W, C] for images, "float32" (little-endian) and [D] for vectors. `top_features` are
the largest of a vector whose features are too many to be drawn each, and none of others. The header is padded with
spaces to a multiple of four bytes, so that a Float32Array can look straight into the message.
JSON has no infinity: a number that is not finite is sent as null.

Out, text, when there is no answer: {"error", "id", "seq"}; the connection stays open.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from explorer.latent.support import Level, level
from explorer.live.limits import (
    MAX_COORDINATE,
    MAX_ID_LENGTH,
    MAX_INTEGER,
    MAX_MESSAGE_BYTES,
    MAX_NAME_LENGTH,
    MAX_OFFSET,
    is_coordinate,
    is_count,
    is_number,
    is_offset,
)

_HEADERS = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


class MessageError(ValueError):
    """A message that is not a position: what is wrong with it, and whose it was where that could be read."""

    def __init__(self, reason: str, id: str | None = None, seq: int | None = None):
        self.id, self.seq = id, seq
        super().__init__(reason)


@dataclass(frozen=True)
class Request:
    """One position of one handle.

    Attributes:
        id: the handle, chosen by the browser.
        seq: the browser's own count, echoed.
        model: a name of the workspace.
        base: the example_id that the handle belongs to; None for a free handle.
        map: "umap", "pca" or "axes:i,j".
        x, y: where the handle is, in the map's units.
        offset: what is added to the code, d numbers; none for nothing.
        round_trip: whether to say where the encoder puts the decoded picture.
        likelihood: whether to say log p(x|z) of the base's own x.
        version: digest of the atlas whose places these are; empty for whichever is open.
    """

    id: str
    seq: int
    model: str
    base: int | None
    map: str
    x: float
    y: float
    offset: tuple[float, ...] = ()
    round_trip: bool = False
    likelihood: bool = False
    version: str = ""


@dataclass(frozen=True)
class RoundTrip:
    """Where the encoder puts the picture of a code.

    Attributes:
        x, y: the end of an arrow from the handle, in the map's units; at the handle itself where the encoder
            finds the code again.
        distance: between the two codes, |z' - z|.
    """

    x: float
    y: float
    distance: float


@dataclass(frozen=True)
class DecodedPicture:
    """What is at one place of the latent space.

    Attributes:
        values: uint8 (H, W, C) for an image, float32 (D,) for a vector.
        log_prior_nats: log p(z).
        support_ratio: distance to the nearest codes over their own spacing.
        nearest_example_id: the example whose code is nearest.
        round_trip: None where nobody asked.
        log_likelihood_nats: log p(x|z) of the base's own x; NaN where nobody asked or there is no base.
        top_features: names and values of the largest.
    """

    values: NDArray[np.uint8] | NDArray[np.float32]
    log_prior_nats: float
    support_ratio: float
    nearest_example_id: int
    round_trip: RoundTrip | None = None
    log_likelihood_nats: float = math.nan
    top_features: tuple[tuple[str, float], ...] = ()

    @property
    def support_level(self) -> Level:
        """The ratio in a word."""
        return level(self.support_ratio)


def parse(raw: str | bytes) -> Request:
    """Reads one message.

    Raises:
        MessageError: it is too long, not JSON, or a field is missing or of the wrong kind; says which.
    """
    check_size(raw)
    fields = _object(raw)
    id, seq = _maybe(fields.get("id"), str), _maybe(fields.get("seq"), int)
    try:
        return Request(
            id=_text(fields, "id", MAX_ID_LENGTH),
            seq=_count(fields, "seq"),
            model=_text(fields, "model", MAX_NAME_LENGTH),
            base=None if fields.get("base") is None else _count(fields, "base"),
            map=_text(fields, "map", MAX_NAME_LENGTH),
            x=_coordinate(fields, "x"),
            y=_coordinate(fields, "y"),
            offset=_offset(fields),
            round_trip=_flag(fields, "round_trip"),
            likelihood=_flag(fields, "likelihood"),
            version="" if fields.get("version") is None else _text(fields, "version", MAX_NAME_LENGTH),
        )
    except MessageError as error:
        raise MessageError(str(error), id, seq) from None


def check_size(raw: str | bytes) -> None:
    """Refuses a message beyond 16 KiB before anything reads it."""
    size = len(raw) if isinstance(raw, bytes) else len(raw.encode("utf-8", "surrogatepass"))
    if size > MAX_MESSAGE_BYTES:
        raise MessageError(f"a message has at most {MAX_MESSAGE_BYTES} bytes, this one has {size}")


def pack_picture(request: Request, picture: DecodedPicture) -> bytes:
    """The binary reply to `request`."""
    header = {
        "id": request.id,
        "seq": request.seq,
        "dtype": picture.values.dtype.name,
        "shape": picture.values.shape,
        "log_prior_nats": _finite(picture.log_prior_nats),
        "support": {"ratio": _finite(picture.support_ratio), "level": picture.support_level},
        "nearest_example_id": picture.nearest_example_id,
        "round_trip": picture.round_trip and _trip(picture.round_trip),
        "log_likelihood_nats": _finite(picture.log_likelihood_nats),
        "top_features": picture.top_features,
    }
    text = _HEADERS.encode(header).encode()
    text += b" " * (-len(text) % 4)
    little = picture.values.astype(picture.values.dtype.newbyteorder("<"), copy=False)
    return struct.pack("<I", len(text)) + text + little.tobytes()


def pack_error(reason: str, id: str | None = None, seq: int | None = None) -> str:
    """The text that is sent when there is no picture."""
    return json.dumps({"error": reason, "id": id, "seq": seq})


def _object(raw: str | bytes) -> dict[str, Any]:
    try:
        fields = _MESSAGES.decode(raw if isinstance(raw, str) else raw.decode())
    except MessageError:
        raise
    # RecursionError: a thousand brackets, one in the other.
    except (ValueError, RecursionError):
        raise MessageError("a message is one JSON object in UTF-8") from None
    if not isinstance(fields, dict):
        raise MessageError(f"a message is one JSON object, not {type(fields).__name__}")
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise MessageError(f"a number is finite; {name} is not JSON")


# Made once: json.loads makes a new one at every call that names a hook.
_MESSAGES = json.JSONDecoder(parse_constant=_refuse_constant)


def _text(fields: dict[str, Any], key: str, longest: int) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise MessageError(f"{key!r} is a text of 1 to {longest} characters")
    return value


def _count(fields: dict[str, Any], key: str) -> int:
    value = fields.get(key)
    if not is_count(value):
        raise MessageError(f"{key!r} is an integer between 0 and {MAX_INTEGER}")
    return value


def _coordinate(fields: dict[str, Any], key: str) -> float:
    value = fields.get(key)
    if not is_number(value):
        raise MessageError(f"{key!r} is a number")
    if not is_coordinate(value):
        raise MessageError(f"{key!r} is a number between {-MAX_COORDINATE:g} and {MAX_COORDINATE:g}")
    return float(value)


def _offset(fields: dict[str, Any]) -> tuple[float, ...]:
    values = fields.get("offset")
    if values is None:
        return ()
    if not isinstance(values, list):
        raise MessageError("'offset' is a list of numbers, one a latent dimension")
    if not is_offset(values):
        raise MessageError(f"'offset' is a list of numbers between {-MAX_OFFSET:g} and {MAX_OFFSET:g}")
    return tuple(map(float, values))


def _flag(fields: dict[str, Any], key: str) -> bool:
    value = fields.get(key)
    if value is not None and not isinstance(value, bool):
        raise MessageError(f"{key!r} is true or false")
    return bool(value)


def _maybe(value: Any, kind: type) -> Any:
    """The id or seq of a message that is wrong elsewhere, when they themselves can be echoed."""
    if kind is str:
        return value if isinstance(value, str) and len(value) <= MAX_ID_LENGTH else None
    return value if type(value) is int and abs(value) <= MAX_INTEGER else None


def _trip(trip: RoundTrip) -> dict[str, float | None]:
    return {"x": _finite(trip.x), "y": _finite(trip.y), "distance": _finite(trip.distance)}


def _finite(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
