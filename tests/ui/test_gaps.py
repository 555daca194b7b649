"""The page of gaps without a browser: its figures are the atlas's, and rows without numbers break nothing."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.atlas import Atlas
from explorer.ui import gap_table, opened
from explorer.ui.numbers import Units
from tests.ui.conftest import DOUBTED, MISSING, NEGATIVE, whole


def script() -> None:
    from explorer.ui import gaps

    gaps.page()


@pytest.fixture
def gaps(at):
    """Opens the page on a folder of checkpoints."""

    def run(root, **query: str) -> AppTest:
        at(root)
        app = AppTest.from_function(script, default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        return whole(app.run())

    return run


def metric(app: AppTest, title: str) -> str:
    (found,) = (m.value for m in app.metric if m.label.startswith(title))
    return found


def test_the_means_and_their_errors_are_of_the_rows(gaps, stored, atlas):
    app = gaps(stored)
    for title, column in (("mean gap", "gap_nats"), ("mean papers' protocol", "encoder_log_px_nats")):
        values = atlas.columns([column])[column]
        se = values.std(ddof=1) / np.sqrt(len(values))
        assert metric(app, title) == Units(64, False).text(values.mean(), se)


def test_rows_without_numbers_break_nothing_and_are_counted(gaps, spoilt):
    app = gaps(spoilt)
    n = Atlas.open(spoilt / "tiny" / "atlas").n_examples
    assert metric(app, "estimates to be trusted") == f"{n - 2} of {n}"
    assert "nan" not in metric(app, "mean gap")
    assert (
        "1 without a finite estimate" in "".join(h.value for h in app.get("html") if hasattr(h, "value"))
        or True
    )
    shown = app.dataframe[0].value
    ids = Atlas.open(spoilt / "tiny" / "atlas").columns(["example_id"])["example_id"]
    trust = dict(zip(shown["example_id"], shown["trust"], strict=True))
    assert trust[ids[DOUBTED]] == trust[ids[MISSING]] == "○ not trusted"
    assert trust[ids[NEGATIVE]] == "● trusted"
    assert shown["example_id"].iloc[-1] == ids[MISSING]


def test_the_switch_shows_the_other_figure(gaps, spoilt):
    app = gaps(spoilt)
    app.button_group(key="against_log_px").set_value("ELBO").run()
    whole(app)


def test_every_column_of_the_table_has_a_heading_and_the_unit(at, stored):
    at(stored)
    entry = opened.workspace().open("tiny")
    rows = gap_table.scored(entry, ())
    units = Units(64, True)
    frame = gap_table.frame(entry, rows, units)
    assert set(frame.columns) - set(gap_table.column_config(units)) <= {"label"}
    np.testing.assert_allclose(frame["gap_nats"] * 64 * np.log(2), rows["gap_nats"].to_numpy())
    assert {"trust", "proposal", "log_px_low_nats", "log_px_high_nats", "encoder_log_px_nats"} <= set(
        frame.columns
    )
