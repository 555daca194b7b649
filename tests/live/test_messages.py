"""What is a position, and what is answered with an error."""

import json
import struct
from typing import Any

import numpy as np
import pytest

from explorer.live.limits import MAX_MESSAGE_BYTES
from explorer.live.messages import (
    DecodedPicture,
    MessageError,
    Request,
    RoundTrip,
    pack_picture,
    parse,
)

GOOD = {"id": "a", "seq": 17, "model": "grey", "base": 107, "map": "umap", "x": 1.5, "y": -2}


def _read(packed: bytes) -> tuple[dict, bytes]:
    (length,) = struct.unpack("<I", packed[:4])
    return json.loads(packed[4 : 4 + length]), packed[4 + length :]


def test_a_position_is_read() -> None:
    assert parse(json.dumps(GOOD)) == Request("a", 17, "grey", 107, "umap", 1.5, -2.0)
    assert parse(json.dumps(GOOD | {"base": None}).encode()).base is None


def test_an_offset_and_a_round_trip_are_read() -> None:
    found = parse(json.dumps(GOOD | {"offset": [0.5, -1], "round_trip": True}))
    assert found == Request("a", 17, "grey", 107, "umap", 1.5, -2.0, (0.5, -1.0), True)
    assert [type(number) for number in found.offset] == [float, float]


def test_the_version_of_the_map_is_read() -> None:
    assert parse(json.dumps(GOOD | {"version": "9f"})).version == "9f"


@pytest.mark.parametrize(
    "nothing",
    [{"offset": []}, {"offset": None}, {"round_trip": False}, {"round_trip": None}, {"version": None}],
)
def test_without_an_offset_or_a_round_trip_a_position_is_what_it_was(nothing: dict[str, Any]) -> None:
    assert parse(json.dumps(GOOD | nothing)) == parse(json.dumps(GOOD))


def test_an_offset_of_five_hundred_numbers_written_in_full_fits() -> None:
    offset = np.random.default_rng(0).normal(size=500).tolist()
    assert parse(json.dumps(GOOD | {"offset": offset})).offset == tuple(offset)


@pytest.mark.parametrize(
    "change, said",
    [
        ({"id": ""}, "'id'"),
        ({"version": ""}, "'version'"),
        ({"version": 3}, "'version'"),
        ({"id": "a" * 65}, "'id'"),
        ({"id": 3}, "'id'"),
        ({"seq": -1}, "'seq'"),
        ({"seq": 1.0}, "'seq'"),
        ({"seq": True}, "'seq'"),
        ({"seq": 2**60}, "'seq'"),
        ({"model": None}, "'model'"),
        ({"base": "107"}, "'base'"),
        ({"base": -1}, "'base'"),
        ({"map": ["umap"]}, "'map'"),
        ({"x": None}, "'x'"),
        ({"x": "1"}, "'x'"),
        ({"x": True}, "'x'"),
        ({"y": 1e300}, "'y'"),
        ({"y": 10**400}, "'y'"),
        ({"offset": 1.5}, "'offset'"),
        ({"offset": "1.5"}, "'offset'"),
        ({"offset": {"0": 1.5}}, "'offset'"),
        ({"offset": [1.5, None]}, "'offset'"),
        ({"offset": ["1.5"]}, "'offset'"),
        ({"offset": [[1.5]]}, "'offset'"),
        ({"offset": [True]}, "'offset'"),
        ({"offset": [0.0, 10001]}, "'offset'.*-10000 and 10000"),
        ({"offset": [-1e300]}, "'offset'"),
        ({"offset": [10**400]}, "'offset'"),
        ({"round_trip": 1}, "'round_trip'"),
        ({"round_trip": "true"}, "'round_trip'"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(MessageError, match=said):
        parse(json.dumps(GOOD | change))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_refused(number: str) -> None:
    with pytest.raises(MessageError):
        parse(json.dumps(GOOD).replace("1.5", number))
    with pytest.raises(MessageError):
        parse(json.dumps(GOOD | {"offset": [0.25]}).replace("0.25", number))


@pytest.mark.parametrize(
    "raw", ["", "{", "[]", "null", "17", '"x"', "[" * 16000, b"\xff\xfe\x00", '{"seq": ' + "9" * 4000 + "}"]
)
def test_what_is_not_an_object_is_refused(raw: str | bytes) -> None:
    with pytest.raises(MessageError):
        parse(raw)


def test_an_oversized_message_is_refused_by_its_bytes_not_its_characters() -> None:
    padding = "é" * (MAX_MESSAGE_BYTES // 2 - 8)
    assert len(padding) < MAX_MESSAGE_BYTES
    with pytest.raises(MessageError, match="16384 bytes"):
        parse(json.dumps(GOOD | {"note": padding}, ensure_ascii=False))


def test_an_error_says_whose_message_it_was_where_that_can_be_read() -> None:
    with pytest.raises(MessageError) as caught:
        parse(json.dumps(GOOD | {"x": None}))
    assert (caught.value.id, caught.value.seq) == ("a", 17)
    with pytest.raises(MessageError) as caught:
        parse(json.dumps(GOOD | {"id": 5}))
    assert (caught.value.id, caught.value.seq) == (None, 17)


@pytest.mark.parametrize("handle", ["a", "ab", "abc", "é", '"\\'])
def test_a_picture_survives_the_trip_and_its_values_are_aligned(handle: str) -> None:
    values = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    request = Request(handle, 4, "grey", None, "pca", 0.0, 0.0)
    packed = pack_picture(request, DecodedPicture(values, -3.25, 0.5, 121))
    header, rest = _read(packed)
    assert header == {
        "id": handle,
        "seq": 4,
        "dtype": "uint8",
        "shape": [2, 3, 3],
        "log_prior_nats": -3.25,
        "support": {"ratio": 0.5, "level": "good"},
        "nearest_example_id": 121,
        "round_trip": None,
        "log_likelihood_nats": None,
        "top_features": [],
    }
    assert (len(packed) - len(rest)) % 4 == 0
    assert rest == values.tobytes()


def test_a_vector_is_sent_as_float32() -> None:
    values = np.array([1.5, -2.25], dtype=np.float32)
    header, rest = _read(
        pack_picture(Request("a", 4, "v", None, "pca", 0, 0), DecodedPicture(values, 0, 0, 1))
    )
    assert (header["dtype"], header["shape"]) == ("float32", [2])
    assert (np.frombuffer(rest, "<f4") == values).all()


def test_the_largest_features_are_part_of_the_header() -> None:
    picture = DecodedPicture(np.zeros(2, np.float32), 0, 0, 1, top_features=(("<b>\u202e", 2.5), ("b", -1.0)))
    header, _ = _read(pack_picture(Request("a", 4, "v", None, "pca", 0, 0), picture))
    assert header["top_features"] == [["<b>\u202e", 2.5], ["b", -1.0]]


def test_infinity_is_null_since_json_has_none() -> None:
    picture = DecodedPicture(np.zeros((1, 1, 1), np.uint8), -np.inf, np.inf, 1)
    header, _ = _read(pack_picture(Request("a", 4, "v", None, "pca", 0, 0), picture))
    assert header["log_prior_nats"] is None
    assert header["support"] == {"ratio": None, "level": "outside"}


def test_a_round_trip_is_part_of_the_header_and_null_where_it_leads_nowhere() -> None:
    request, image = Request("a", 4, "v", None, "pca", 0, 0), np.zeros((1, 1, 1), np.uint8)
    header, _ = _read(pack_picture(request, DecodedPicture(image, -1, 1, 1, RoundTrip(1.5, -2, 0.25))))
    assert header["round_trip"] == {"x": 1.5, "y": -2, "distance": 0.25}
    header, _ = _read(
        pack_picture(request, DecodedPicture(image, -1, 1, 1, RoundTrip(np.nan, np.nan, np.inf)))
    )
    assert header["round_trip"] == {"x": None, "y": None, "distance": None}
