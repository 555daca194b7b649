"""The page of gaps without a browser: its figures are the atlas's, of what is selected, and rows without numbers break
nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.atlas import Atlas
from explorer.show.numbers import Units
from explorer.ui.linked.table import columns, listing
from explorer.ui.linked.table.listing import Listing, RowFilter
from explorer.ui.pages.gaps import numbers, page
from explorer.ui.state import selection, workspace
from explorer.ui.state.selection import NOTHING
from tests.browser.servers import SHIPPED
from tests.ui.conftest import DOUBTED, MISSING, NEGATIVE, look_at, view_in, whole

NATS = Units(64, False)


def script() -> None:
    from explorer.ui.pages.gaps import page

    page.page()


@pytest.fixture
def opened(at):
    """Opens the page on a folder of checkpoints."""

    def run(root, **query: str) -> AppTest:
        at(root)
        app = AppTest.from_function(script, default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        return whole(app.run())

    return run


@pytest.fixture
def spoilt_entry(at, spoilt):
    at(spoilt)
    return workspace.current().open("tiny")


def metric(app: AppTest, title: str) -> str:
    (found,) = (m.value for m in app.metric if m.label.startswith(title))
    return found


def html(app: AppTest) -> str:
    return "".join(each.proto.body for each in app.get("html"))


def select(app: AppTest, rows) -> AppTest:
    look_at(app, replace(view_in(app), selection=selection.of_rows(rows)))
    return whole(app.run())


def mean_of(values) -> str:
    values = values[np.isfinite(values)]
    return NATS.text(values.mean(), values.std(ddof=1) / np.sqrt(len(values)))


def test_the_means_and_their_errors_are_of_the_rows(opened, stored, atlas):
    app = opened(stored)
    for title, column in (("mean gap", "gap_nats"), ("mean papers' protocol", "encoder_log_px_nats")):
        assert metric(app, title) == mean_of(atlas.columns([column])[column])


def test_the_means_are_of_what_is_selected_and_of_its_labels(opened, stored, atlas):
    app = opened(stored)
    rows = np.arange(5, 25)
    select(app, rows)
    columns = atlas.columns(["gap_nats", "label"])
    assert metric(app, "mean gap") == mean_of(columns["gap_nats"][rows])
    assert "20 selected" in html(app)
    assert len(app.dataframe[0].value) == 20
    few = (0, 1, 2)
    look_at(app, replace(view_in(app), labels=few))
    whole(app.run())
    both = rows[np.isin(columns["label"][rows], few)]
    assert metric(app, "mean gap") == mean_of(columns["gap_nats"][both])
    assert len(app.dataframe[0].value) == len(both)


def test_a_button_clears_the_selection(opened, stored):
    app = select(opened(stored), [3])
    assert "1 selected" in html(app)
    assert metric(app, "estimates without a warning").endswith("of 1")
    assert "nan" not in metric(app, "mean gap")
    whole(app.button(key="gaps_clear").click().run())
    assert view_in(app).selection == NOTHING
    assert "n-selected" not in html(app)
    assert len(app.dataframe[0].value) == 40


def test_a_selection_without_the_labels_says_so(opened, stored, atlas):
    labels = atlas.columns(["label"])["label"]
    app = select(opened(stored, labels=str(labels[0])), np.flatnonzero(labels != labels[0])[:3])
    assert "No example that is selected has one of these labels" in app.info[0].value


def test_rows_without_numbers_break_nothing_and_are_counted(opened, spoilt):
    app = opened(spoilt)
    n = Atlas.open(spoilt / "tiny" / "atlas").n_examples
    assert metric(app, "estimates without a warning") == f"{n - 2} of {n}"
    assert "nan" not in metric(app, "mean gap")
    assert "1 without a finite estimate" in html(app)
    shown = app.dataframe[0].value
    ids = Atlas.open(spoilt / "tiny" / "atlas").columns(["example_id"])["example_id"]
    trust = dict(zip(shown["example_id"], shown["trust"], strict=True))
    assert trust[ids[DOUBTED]] == trust[ids[MISSING]] == "○ not trusted"
    assert trust[ids[NEGATIVE]] == "● trusted"
    assert shown["example_id"].iloc[-1] == ids[MISSING]


def test_the_switch_shows_the_other_figure(opened, spoilt):
    app = opened(spoilt)
    app.button_group(key="against_log_px").set_value("ELBO").run()
    whole(app)


def test_the_histogram_is_of_every_finite_gap_by_trust(spoilt_entry):
    for rows in (np.arange(40), np.arange(7)):
        found = numbers.gap_counts(spoilt_entry, RowFilter("tiny", selection.of_rows(rows), ()), NATS)
        assert found.doubted.sum() == 1  # the other one that is not trusted has no gap at all
        assert found.trusted.sum() == len(rows) - 2


def test_a_scatter_of_many_is_a_sample_that_stays_the_same(spoilt_entry, monkeypatch):
    monkeypatch.setattr(numbers, "N_POINTS", 11)
    row_filter = RowFilter("tiny", NOTHING, ())
    drawn = numbers.points(spoilt_entry, row_filter, NATS)
    assert len(set(drawn.ids.tolist())) == 11
    again = numbers.points(spoilt_entry, row_filter, Units(64, True))
    np.testing.assert_array_equal(again.ids, drawn.ids)
    np.testing.assert_allclose(again.gap * 64 * np.log(2), drawn.gap)


def test_the_most_extreme_are_always_among_the_points(spoilt_entry, monkeypatch):
    monkeypatch.setattr(numbers, "N_POINTS", 11)
    found = spoilt_entry.atlas.columns(["example_id", "gap_nats", "elbo_nats", "log_px_nats"])
    ids = set(numbers.points(spoilt_entry, RowFilter("tiny", NOTHING, ()), NATS).ids.tolist())
    for name in ("gap_nats", "elbo_nats", "log_px_nats"):
        assert {found["example_id"][at(found[name])] for at in (np.nanargmin, np.nanargmax)} <= ids


def test_every_garment_is_a_point_the_worst_among_them(at):
    at(SHIPPED)
    entry = workspace.current().open("fashion-mnist-16d")
    drawn = numbers.points(entry, RowFilter(entry.name, NOTHING, ()), NATS)
    assert len(drawn.ids) == entry.atlas.n_examples
    assert drawn.gap.max() == pytest.approx(671.44, abs=0.01)


def test_a_scatter_that_is_not_of_all_says_so_and_where_the_others_are(opened, stored, monkeypatch):
    assert "n-points" not in html(opened(stored))
    monkeypatch.setattr(page, "N_POINTS", 11)
    assert "11 of 40 examples: the most extreme of each figure" in html(opened(stored))


def test_it_is_said_of_how_many_the_error_of_the_protocol_is_known(opened):
    app = opened(SHIPPED, model="fashion-mnist-16d")
    assert "The error of the papers' protocol is known for 9 of 10,000" in html(app)


def test_every_column_of_the_table_has_a_heading_and_the_unit(at, stored):
    at(stored)
    entry = workspace.current().open("tiny")
    rows = listing.page(entry, Listing(RowFilter("tiny", NOTHING, ())))
    units = Units(64, True)
    frame = columns.frame(entry, rows, units)
    assert set(frame.columns) - set(columns.column_config(units)) <= {"label"}
    np.testing.assert_allclose(frame["gap_nats"] * 64 * np.log(2), rows["gap_nats"].to_numpy())
    assert {"trust", "proposal", "log_px_low_nats", "log_px_high_nats", "encoder_log_px_nats"} <= set(
        frame.columns
    )


def test_means_counts_and_figures_are_of_what_is_scored_and_say_so(opened, growing):
    app = opened(growing)
    assert "16 of 40 scored so far: means, counts and figures are over the 16 that are" in html(app)
    entry = workspace.current().open("tiny")
    elbo = entry.atlas.columns(["elbo_nats"])["elbo_nats"]
    assert metric(app, "mean ELBO") == mean_of(elbo[:16])
    assert metric(app, "estimates without a warning").endswith("of 16")
    assert "without a finite estimate" not in html(app)
    drawn = numbers.points(entry, RowFilter("tiny", NOTHING, ()), NATS)
    assert sorted(drawn.ids.tolist()) == sorted(entry.dataset.example_ids[:16].tolist())


def test_a_selection_of_which_nothing_is_scored_has_no_figures_yet(opened, growing):
    app = select(opened(growing), np.arange(30, 40))
    assert [info.value for info in app.info] == [
        "0 of 10 scored so far: figures come with the first trusted numbers."
    ]
    assert not app.metric


def test_an_atlas_that_is_whole_does_not_speak_of_so_far(opened, stored):
    assert "so far" not in html(opened(stored))


def test_the_means_of_a_model_without_calibration_are_not_called_trusted(opened, stored):
    app = opened(stored)
    assert "estimates to be trusted" not in {each.label for each in app.metric}
    assert "This model is not calibrated" in html(app)


def test_the_means_of_a_calibrated_model_are(opened):
    app = opened(SHIPPED, model="digits-2d")
    assert metric(app, "estimates to be trusted")
    assert "This model is not calibrated" not in html(app)
