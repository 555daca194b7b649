"""The map component's Python side: what goes to the browser, what is believed of what comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.show.sparkline import ValueRange
from explorer.ui.map import (
    Categorical,
    Continuous,
    Gesture,
    Handle,
    MapProps,
    MapSpec,
    Thumbnails,
    parse_gesture,
    payload,
)

PROPS = MapProps(
    model="digits-2d",
    version="abc",
    examples="rows",
    map=MapSpec("umap", "umap_x", "umap_y", "UMAP", exact=False),
    n_examples=30,
    colour=Categorical("label", "label", ("zero", "one"), ("#111111", "#222222")),
    label_names=("zero", "one"),
    thumbnails=Thumbnails(height=8, width=6),
    selected=7,
    handles=(Handle("a", 7, 0.5, -1.25), Handle("b", None, 2.0, 3.0, (0.5, -1.0))),
    selection=b"\x05",
    layers=("names",),
    contours=((0.5, ((0.0, 1.0), (2.0, 3.0))),),
    ellipses=((0.0, 1.0, 2.0, 0.5, 1.0),),
)
RAW = {
    "n": 12,
    "kind": "move",
    "selected": 7,
    "handles": [{"id": "a", "base": 7, "x": 0.5, "y": -1}, {"id": "b", "base": None, "x": 2, "y": 3.5}],
}


def sent(props: MapProps = PROPS, acknowledged: int = 0) -> Any:
    """What the browser reads."""
    return json.loads(json.dumps(payload(props, acknowledged), allow_nan=False))


def test_payload_holds_every_field_that_the_browser_reads() -> None:
    assert sent(acknowledged=3) == {
        "model": "digits-2d",
        "version": "abc",
        "examples": "rows",
        "map": {"id": "umap", "x": "umap_x", "y": "umap_y", "label": "UMAP", "exact": False},
        "axis_labels": None,
        "n_examples": 30,
        "colour": {
            "kind": "categorical",
            "column": "label",
            "label": "label",
            "names": ["zero", "one"],
            "colours": ["#111111", "#222222"],
        },
        "visible_labels": None,
        "label_names": ["zero", "one"],
        "thumbnails": {"tile": [8, 6], "columns": 32, "rows": 32},
        "vectors": None,
        "selected": 7,
        "handles": [
            {"id": "a", "base": 7, "x": 0.5, "y": -1.25, "offset": []},
            {"id": "b", "base": None, "x": 2.0, "y": 3.0, "offset": [0.5, -1.0]},
        ],
        "path": [],
        "hint": False,
        "revision": 0,
        "acknowledged": 3,
        "height": 720,
        "selection": "BQ==",
        "can_undo": False,
        "can_redo": False,
        "layers": ["names"],
        "contours": [[0.5, [[0.0, 1.0], [2.0, 3.0]]]],
        "ellipses": [[0.0, 1.0, 2.0, 0.5, 1.0]],
        "has_handles": True,
        "diagonal": False,
    }


def test_payload_states_how_the_limits_of_a_continuous_colour_were_chosen() -> None:
    colour = Continuous("gap_nats", "gap (nats)", (2.5, 12.0), ((0.0, "#000000"), (1.0, "#ffffff")))
    assert sent(replace(PROPS, colour=colour))["colour"] == {
        "kind": "continuous",
        "column": "gap_nats",
        "label": "gap (nats)",
        "limits": [2.5, 12.0],
        "stops": [[0.0, "#000000"], [1.0, "#ffffff"]],
        "note": "robust limits (2%–98%)",
        "digits": 2,
        "missing": "",
    }


def test_payload_of_vectors_says_what_they_are_drawn_over() -> None:
    found = sent(replace(PROPS, thumbnails=None, vectors=ValueRange(-1.5, 2.0, True)))
    assert found["thumbnails"] is None
    assert found["vectors"] == {"low": -1.5, "high": 2.0, "is_line": True}


def test_a_place_that_is_not_finite_does_not_reach_the_browser() -> None:
    with pytest.raises(AssertionError, match="finite"):
        payload(replace(PROPS, path=((0.0, float("nan")),)), 0)


def test_a_gesture_becomes_a_record() -> None:
    assert parse_gesture(RAW) == Gesture(
        n=12, kind="move", selected=7, handles=(Handle("a", 7, 0.5, -1.0), Handle("b", None, 2.0, 3.5))
    )


def test_a_gesture_carries_selection_labels_and_offsets() -> None:
    handles = [{"id": "a", "base": 7, "x": 0, "y": 1, "offset": [0.5, -2]}]
    raw = {**RAW, "kind": "choose", "handles": handles, "selection": "BQAA", "labels": [3, 1, 3]}
    assert parse_gesture(raw) == Gesture(
        12, "choose", 7, (Handle("a", 7, 0.0, 1.0, (0.5, -2.0)),), selection=b"\x05", labels=(1, 3)
    )


def test_a_gesture_may_leave_nothing_behind() -> None:
    assert parse_gesture({"n": 1, "kind": "remove", "selected": None, "handles": []}) == Gesture(
        1, "remove", None, ()
    )


@pytest.mark.parametrize("raw", [None, 3, "move", [], {}, [RAW]])
def test_what_is_no_gesture_at_all_is_none(raw: object) -> None:
    assert parse_gesture(raw) is None


@pytest.mark.parametrize(
    "change",
    [
        {"n": -1},
        {"n": 1.5},
        {"n": True},
        {"n": 2**53},
        {"n": None},
        {"kind": "explode"},
        {"kind": ["move"]},
        {"selection": 5},
        {"selection": "<b>"},
        {"selection": None},
        {"labels": [-1]},
        {"labels": ["1"]},
        {"labels": "12"},
        {"selected": "7"},
        {"selected": -7},
        {"selected": True},
        {"handles": None},
        {"handles": {"a": 1}},
        {"handles": "ab"},
        {"handles": [None]},
        {"handles": [{"id": "a", "base": 7, "x": 0.0, "y": 0.0}] * 2},
        {"handles": [{"id": f"a{i}", "base": 7, "x": 0.0, "y": 0.0} for i in range(33)]},
    ],
)
def test_a_gesture_with_a_bad_field_is_refused(change: dict[str, object]) -> None:
    assert parse_gesture({**RAW, **change}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"id": "A"},
        {"id": ""},
        {"id": "<b>"},
        {"id": "a\n"},
        {"id": 1},
        {"base": 1.0},
        {"base": -1},
        {"base": False},
        {"x": None},
        {"x": "1"},
        {"x": True},
        {"y": float("nan")},
        {"y": float("-inf")},
        {"y": 1e10},
        {"offset": "12"},
        {"offset": [None]},
        {"offset": [float("nan")]},
        {"offset": [1e5]},
        {"offset": [0.0] * 5000},
        {"y": 10**400},
    ],
)
def test_a_gesture_with_a_bad_handle_is_refused(change: dict[str, object]) -> None:
    handle = {"id": "a", "base": 7, "x": 0.0, "y": 0.0, **change}
    assert parse_gesture({**RAW, "handles": [handle]}) is None


def page() -> None:
    """A page with nothing but the map."""
    import streamlit as st

    from explorer.ui.map import Categorical, MapProps, MapSpec, latent_map
    from explorer.ui.map.component import COMPONENT

    plane = MapSpec("pca", "pca_x", "pca_y", "PCA", exact=True)
    colour = Categorical("label", "label", ("zero",), ("#111111",))
    props = MapProps("digits-2d", "abc", "rows", plane, 30, colour, ("zero",), None)
    latent_map(props, key="map", on_gesture=print)
    st.text(repr(COMPONENT.last("map")))


def mounted(state: object = None) -> tuple[Any, str]:
    """The props that reach the browser and the gesture that the page is given."""
    app = AppTest.from_function(page)
    if state is not None:
        app.session_state["map"] = state
    app.run()
    assert not app.exception
    return json.loads(app.get("bidi_component")[0].proto.json)[0], app.text[0].value


def test_a_map_that_nobody_has_touched_has_no_gesture() -> None:
    props, gesture = mounted()
    assert props["acknowledged"] == 0
    assert gesture == "None"


def test_the_map_is_told_which_gesture_the_page_has_heard_of() -> None:
    props, gesture = mounted({"gesture": RAW})
    assert props["acknowledged"] == 12
    assert gesture == repr(parse_gesture(RAW))


def test_a_forged_state_is_no_gesture_and_does_no_harm() -> None:
    props, gesture = mounted({"gesture": {**RAW, "handles": "<script>"}})
    assert props["acknowledged"] == 0
    assert gesture == "None"
