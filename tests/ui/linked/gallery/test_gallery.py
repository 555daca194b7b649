"""The gallery's Python side: what goes to the browser, what is believed of what comes back, what an act changes."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui.browser.bridge import count_of
from explorer.ui.linked.gallery import gallery
from explorer.ui.linked.gallery.gallery import Choose, Inspect, after, parse, payload
from explorer.ui.state import opening, selection, session, workspace
from explorer.ui.state.selection import of_rows, to_base64
from explorer.workspace import Workspace

INSPECT = {"n": 4, "kind": "inspect", "id": 3}
CHOOSE = {"n": 5, "kind": "choose", "selection": to_base64(of_rows([1, 9]))}


def script() -> None:
    from explorer.ui.linked.gallery import gallery
    from explorer.ui.state import opening, session, workspace

    opening.open_view("tiny")
    gallery.section(workspace.current().open("tiny"), session.view())


@pytest.fixture
def opened(stored):
    """An entry and the first view of it."""
    entry = Workspace(stored).open("tiny")
    return entry, opening.default_view(entry)


def sent(entry, view, acknowledged: int = 0) -> Any:
    """What the browser reads."""
    return json.loads(json.dumps(payload(entry, view, acknowledged), allow_nan=False))


def test_the_browser_is_told_everything_that_it_reads(opened) -> None:
    entry, view = opened
    shown = sent(entry, replace(view, selection=of_rows([0, 8]), labels=(2,)), acknowledged=3)
    orders = shown.pop("orders")
    assert shown == {
        "model": "tiny",
        "version": entry.atlas.digest,
        "examples": entry.atlas.digest,
        "n_examples": 40,
        "label_names": list(entry.atlas.label_names),
        "visible_labels": [2],
        "thumbnails": {"tile": [8, 8], "columns": 32, "rows": 32},
        "selected": view.selected,
        "selection": "AQE=",
        "acknowledged": 3,
        "height": gallery.HEIGHT,
    }
    assert [order["name"] for order in orders] == ["id", "gap", "ELBO", "log p(x)", "label"]
    assert {order["column"] for order in orders} <= set(entry.atlas.column_names)


def test_what_is_sorted_by_follows_the_unit_switch(opened) -> None:
    entry, view = opened
    nats, bits = (sent(entry, replace(view, in_bits=in_bits))["orders"][1] for in_bits in (False, True))
    assert (nats["unit"], nats["scale"], nats["digits"]) == ("nats", 1.0, 2)
    assert (bits["unit"], bits["digits"]) == ("bits/dim", 4)
    assert bits["scale"] == pytest.approx(1 / (64 * 0.6931471805599453))


def test_a_label_of_any_length_goes_to_the_browser_as_one_short_line(opened, monkeypatch) -> None:
    entry, view = opened
    names = ("<b>a</b>\n", "x" * 10_000)
    data = replace(entry.atlas.manifest.data, label_names=names)
    atlas = replace(entry.atlas, manifest=replace(entry.atlas.manifest, data=data))
    first, second = sent(replace(entry, atlas=atlas), view)["label_names"]
    assert first == "<b>a</b>"
    assert len(second) == 80


@pytest.mark.parametrize(
    ("shape", "tile"), [((3, 8, 8), [8, 8]), ((64,), [48, 96]), ((2, 8, 8), None), ((4, 4), None)]
)
def test_images_and_vectors_have_thumbnails_and_nothing_else_has(opened, shape, tile) -> None:
    entry, view = opened
    found = sent(replace(entry, dataset=SimpleNamespace(shape=shape)), view)["thumbnails"]
    assert (found and found["tile"]) == tile


def test_an_act_becomes_a_record() -> None:
    assert parse(INSPECT) == Inspect(4, 3)
    assert parse(CHOOSE) == Choose(5, of_rows([1, 9]))


@pytest.mark.parametrize("raw", [None, 3, "inspect", [], {}, [INSPECT]])
def test_what_is_no_act_at_all_is_none(raw: object) -> None:
    assert parse(raw) is None
    assert count_of(raw) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"n": 0},
        {"n": -1},
        {"n": True},
        {"n": 1.0},
        {"n": 2**53},
        {"n": "4"},
        {"kind": "explode"},
        {"kind": ["inspect"]},
        {"id": -1},
        {"id": True},
        {"id": "3"},
        {"id": None},
        {"id": 2**60},
    ],
)
def test_an_inspection_with_a_bad_field_is_refused(change: dict[str, object]) -> None:
    assert parse({**INSPECT, **change}) is None


@pytest.mark.parametrize("bits", [None, 3, "%%%", "AQ", b"AQE=", ["AQE="], "\N{SNOWMAN}"])
def test_a_selection_that_is_no_base64_is_refused_and_still_count_of(bits: object) -> None:
    raw = {**CHOOSE, "selection": bits}
    assert parse(raw) is None
    assert count_of(raw) == 5


def test_inspecting_leaves_the_selection_alone(opened) -> None:
    entry, view = opened
    chosen, example_id = of_rows([1, 2]), int(entry.dataset.example_ids[7])
    now = after(replace(view, selection=chosen), Inspect(1, example_id), entry)
    assert (now.selected, now.selection) == (example_id, chosen)
    assert [handle.base for handle in now.handles] == [example_id]
    assert now.revision == view.revision + 1


def test_choosing_leaves_the_inspected_example_alone(opened) -> None:
    entry, view = opened
    now = after(view, Choose(1, of_rows([39])), entry)
    assert (now.selected, now.handles) == (view.selected, view.handles)
    assert selection.rows(now.selection).tolist() == [39]


def test_what_is_of_no_example_here_changes_nothing(opened) -> None:
    entry, view = opened
    assert after(view, Inspect(1, 10**9), entry) is view
    assert after(view, Choose(1, of_rows([40])), entry) is view


@pytest.fixture
def page(at, stored):
    at(stored)

    def run(act: object = None) -> AppTest:
        app = AppTest.from_function(script, default_timeout=30)
        if act is not None:
            app.session_state[gallery.KEY] = {"act": act}
        app.run()
        assert not app.exception
        return app

    return run


def props(app: AppTest) -> Any:
    return json.loads(app.get("bidi_component")[0].proto.json)[0]


def test_the_browser_is_told_which_act_the_page_has_count_of(page) -> None:
    assert props(page())["acknowledged"] == 0
    assert props(page(CHOOSE))["acknowledged"] == 5


@pytest.mark.parametrize("act", [{**CHOOSE, "selection": "<script>"}, "<script>", {"n": "1"}])
def test_a_forged_state_does_no_harm(page, act) -> None:
    assert props(page(act))["selection"] == ""


@pytest.fixture
def tab(at, stored, monkeypatch):
    """A session without a browser, and what its last act was."""
    at(stored)

    state: dict[str, object] = {}
    monkeypatch.setattr("streamlit.session_state", state)
    monkeypatch.setattr(session, "mirror", lambda: None)
    session.begin(opening.default_view(workspace.current().open("tiny")))
    return state


def test_an_act_is_a_step_that_can_be_undone(tab) -> None:
    before = session.view()
    tab[gallery.KEY] = {"act": CHOOSE}
    gallery.COMPONENT.hear(gallery.KEY, partial(gallery.acted, workspace.current().open("tiny")))
    assert selection.rows(session.view().selection).tolist() == [1, 9]
    session.undo()
    assert session.view().selection == before.selection


def test_an_act_on_a_model_that_is_no_longer_shown_is_let_go(tab) -> None:
    session.begin(before := replace(session.view(), model="another"))
    tab[gallery.KEY] = {"act": CHOOSE}
    gallery.COMPONENT.hear(gallery.KEY, partial(gallery.acted, workspace.current().open("tiny")))
    assert session.view() == before


def test_each_order_says_how_many_have_a_place_in_it(growing) -> None:
    entry = Workspace(growing).open("tiny")
    notes = {order["column"]: order["note"] for order in sent(entry, opening.default_view(entry))["orders"]}
    assert notes["gap_nats"] == notes["log_px_nats"] == "16 of 40 scored so far"
    assert notes["elbo_nats"] == "16 of 40 scored so far, a first look at 24 others"
    assert notes["example_id"] == notes["label"] == ""
