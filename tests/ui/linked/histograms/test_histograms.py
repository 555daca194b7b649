"""The histograms' Python side: counts, what is believed of what comes back, which examples a range selects."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from explorer.ui.browser.bridge import count_of
from explorer.ui.linked.histograms import histograms
from explorer.ui.linked.histograms.histograms import (
    COLUMNS,
    N_BINS,
    Brush,
    Clear,
    after,
    parse,
    payload,
)
from explorer.ui.state import opening, selection, session, workspace
from explorer.ui.state.selection import NOTHING, of_rows
from explorer.workspace import Workspace
from tests.ui.conftest import MISSING

RAW = {"n": 7, "kind": "brush", "column": "gap_nats", "low": -1, "high": 2.5, "how": "add"}


@pytest.fixture
def opened(stored):
    """An entry and the first view of it."""
    entry = Workspace(stored).open("tiny")
    return entry, opening.default_view(entry)


def panels(entry, view, brush: Brush | None = None) -> dict[str, Any]:
    """What the browser reads of each column."""
    props = json.loads(json.dumps(payload(entry, view, 0, brush), allow_nan=False))
    return {panel["column"]: panel for panel in props["panels"]}


def values_of(entry, column: str) -> np.ndarray:
    return np.asarray(entry.atlas.columns([column])[column], np.float64)


def test_every_example_is_in_one_bin_of_each_histogram(opened) -> None:
    entry, view = opened
    shown = panels(entry, view)
    assert list(shown) == list(COLUMNS)
    for panel in shown.values():
        assert len(panel["counts"]) == N_BINS == len(panel["edges"]) - 1
        assert sum(panel["counts"]) + panel["n_missing"] == 40
        assert sum(panel["selected"]) == 0


def test_the_selection_is_counted_in_the_same_bins(opened) -> None:
    entry, view = opened
    rows = [0, 3, 4, 17, 39]
    shown = panels(entry, replace(view, selection=of_rows(rows)))
    for column, panel in shown.items():
        clipped = np.clip(values_of(entry, column)[rows], panel["edges"][0], panel["edges"][-1])
        assert panel["selected"] == np.histogram(clipped, panel["edges"])[0].tolist()
    everything = panels(entry, replace(view, selection=selection.everything(40)))
    assert all(panel["selected"] == panel["counts"] for panel in everything.values())


def test_values_that_are_missing_are_counted_and_stay_out_of_the_bins(spoilt) -> None:
    entry = Workspace(spoilt).open("tiny")
    panel = panels(entry, opening.default_view(entry))["log_px_nats"]
    assert np.isnan(values_of(entry, "log_px_nats")[MISSING])
    assert (panel["n_missing"], sum(panel["counts"])) == (1, 39)


def test_the_bins_at_the_ends_reach_to_the_farthest_values(opened) -> None:
    entry, view = opened
    for column, panel in panels(entry, view).items():
        values = values_of(entry, column)
        assert panel["lowest"] <= values.min()
        assert panel["highest"] >= values.max()
        now = after(view, Brush(1, column, panel["lowest"], panel["highest"], "replace"), entry)
        assert selection.size(now.selection) == 40


def test_what_is_in_nats_follows_the_unit_switch_and_the_rest_does_not(opened) -> None:
    entry, view = opened
    shown = panels(entry, replace(view, in_bits=True))
    assert shown["kl_nats"]["unit"] == "bits/dim"
    assert shown["kl_nats"]["scale"] == pytest.approx(1 / (64 * math.log(2)))
    assert (shown["ess"]["unit"], shown["ess"]["scale"]) == ("draws", 1.0)
    assert (shown["pareto_k"]["unit"], shown["pareto_k"]["scale"]) == ("", 1.0)


def test_the_range_in_force_goes_to_the_browser(opened) -> None:
    entry, view = opened
    brush = Brush(7, "gap_nats", -1.0, 2.5, "add")
    props = payload(entry, view, 7, brush)
    assert props["brush"] == asdict(brush)
    assert props["acknowledged"] == 7


def test_an_act_becomes_a_record() -> None:
    assert parse(RAW) == Brush(7, "gap_nats", -1.0, 2.5, "add")
    assert parse({"n": 8, "kind": "clear"}) == Clear(8)


@pytest.mark.parametrize("raw", [None, 3, "brush", [], {}, [RAW], {"kind": "clear"}])
def test_what_is_no_act_at_all_is_none(raw: object) -> None:
    assert parse(raw) is None


@pytest.mark.parametrize(
    "change",
    [
        {"n": 0},
        {"n": True},
        {"n": 7.0},
        {"n": 2**53},
        {"kind": "explode"},
        {"kind": None},
        {"column": "label"},
        {"column": 'gap_nats" OR 1=1 --'},
        {"column": None},
        {"column": ["gap_nats"]},
        {"low": None},
        {"low": "0"},
        {"low": True},
        {"low": math.nan},
        {"low": -math.inf},
        {"high": math.inf},
        {"high": 10**400},
        {"low": 3, "high": 2.5},
        {"how": "explode"},
        {"how": None},
        {"how": ["add"]},
    ],
)
def test_a_range_with_a_bad_field_is_refused(change: dict[str, object]) -> None:
    assert parse({**RAW, **change}) is None


def test_a_refused_act_is_still_count_of() -> None:
    assert count_of({**RAW, "column": "label"}) == 7


@pytest.mark.parametrize("how", ["replace", "add", "remove"])
def test_a_range_changes_the_selection_as_it_says(opened, how) -> None:
    entry, view = opened
    values = values_of(entry, "elbo_nats")
    low, high = np.quantile(values, [0.25, 0.75])
    found, old = set(np.flatnonzero((values >= low) & (values <= high)).tolist()), set(range(20))
    now = after(replace(view, selection=of_rows(sorted(old))), Brush(1, "elbo_nats", low, high, how), entry)
    expected = {"replace": found, "add": old | found, "remove": old - found}[how]
    assert set(selection.rows(now.selection).tolist()) == expected
    assert (now.selected, now.handles) == (view.selected, view.handles)


def test_the_bins_of_a_range_are_what_it_selects(opened) -> None:
    entry, view = opened
    panel = panels(entry, view)["gap_nats"]
    low, high = panel["edges"][3], np.nextafter(panel["edges"][9], -np.inf)
    now = after(view, Brush(1, "gap_nats", low, high, "replace"), entry)
    assert selection.size(now.selection) == sum(panel["counts"][3:9]) > 0


def test_clearing_leaves_nothing_selected(opened) -> None:
    entry, view = opened
    assert after(replace(view, selection=of_rows([1])), Clear(1), entry).selection == NOTHING


@pytest.fixture
def tab(at, stored, monkeypatch):
    """A session without a browser."""
    at(stored)

    state: dict[str, object] = {}
    monkeypatch.setattr("streamlit.session_state", state)
    monkeypatch.setattr(session, "mirror", lambda: None)
    session.begin(opening.default_view(workspace.current().open("tiny")))
    return state


def in_force(tab) -> Brush | None:
    return histograms.in_force(workspace.current().open("tiny"), session.view())


def told(tab, act: object) -> None:
    tab[histograms.KEY] = {"act": act}
    histograms.COMPONENT.hear(histograms.KEY, partial(histograms.acted, workspace.current().open("tiny")))


def test_a_range_is_in_force_for_as_long_as_the_selection_is_its_own(tab) -> None:
    entry = workspace.current().open("tiny")
    values = values_of(entry, "gap_nats")
    told(tab, {**RAW, "low": float(values.min()), "high": float(np.median(values)), "how": "replace"})
    assert selection.size(session.view().selection) == 20
    assert in_force(tab) is not None
    session.undo()
    assert in_force(tab) is None
    session.redo()
    assert in_force(tab) is not None
    told(tab, {"n": 9, "kind": "clear"})
    assert session.view().selection == NOTHING
    assert in_force(tab) is None


def test_a_forged_act_changes_nothing(tab) -> None:
    before = session.view()
    told(tab, {**RAW, "column": "proposal"})
    told(tab, "<script>")
    assert session.view() is before
    assert in_force(tab) is None


def test_an_act_on_a_model_that_is_no_longer_shown_is_let_go(tab) -> None:
    session.begin(before := replace(session.view(), model="another"))
    told(tab, RAW)
    assert session.view() is before


def test_what_is_still_to_come_is_counted_apart_from_what_has_no_value(growing) -> None:
    entry = Workspace(growing).open("tiny")
    view = opening.default_view(entry)
    shown = panels(entry, view)
    assert payload(entry, view, 0, None)["note"] == "16 of 40 scored so far"
    assert [shown[name]["n_to_come"] for name in ("gap_nats", "elbo_nats", "ess")] == [24, 0, 24]
    for panel in shown.values():
        assert sum(panel["counts"]) + panel["n_missing"] + panel["n_to_come"] == 40


def test_a_brush_stays_in_force_while_the_atlas_grows(growing, monkeypatch) -> None:
    entry = Workspace(growing).open("tiny")
    monkeypatch.setattr(session.st, "session_state", {})
    monkeypatch.setattr(session, "mirror", lambda: None)
    session.begin(opening.default_view(entry))
    histograms.acted(entry, Brush(1, "gap_nats", -1e9, 1e9, "replace"))
    assert selection.size(session.view().selection) == 16
    manifest = replace(entry.atlas.manifest, omitted={"umap": "another digest"})
    later = entry.grown(replace(entry.atlas, manifest=manifest))
    assert histograms.in_force(later, session.view()) is not None


def test_columns_of_numbers_that_came_along_have_a_histogram_and_can_be_brushed(described) -> None:
    entry = Workspace(described).open("tiny")
    view = opening.default_view(entry)
    shown = panels(entry, view)
    assert list(shown) == [*COLUMNS, "weight", "count"]
    assert (shown["weight"]["unit"], shown["weight"]["scale"]) == ("", 1.0)
    assert sum(shown["weight"]["counts"]) == 39
    assert shown["weight"]["n_missing"] == 1
    brush = parse({**RAW, "column": "count", "low": 3, "high": 5, "how": "replace"})
    assert brush is not None
    assert selection.rows(after(view, brush, entry).selection).tolist() == [3, 4, 5]


def test_a_column_that_this_model_does_not_have_is_not_brushed(opened, monkeypatch) -> None:
    entry, view = opened
    monkeypatch.setattr(session.st, "session_state", {})
    monkeypatch.setattr(session, "mirror", lambda: None)
    session.begin(view)
    histograms.acted(entry, Brush(1, "count", 3, 5, "replace"))
    assert session.view() == view
