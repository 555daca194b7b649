"""What is taken home holds what was selected, by name, in one order."""

from __future__ import annotations

import io
import json

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui.example.taken_home import FILE_COLUMNS
from explorer.ui.export import popover
from explorer.ui.state import selection, workspace
from explorer.ui.widgets.row_files import FILE_KINDS
from tests.ui.conftest import MISSING, whole


def script() -> None:
    from explorer.ui.export import popover
    from explorer.ui.pages.explore.linked_views import PYTHON_TEXTS
    from explorer.ui.state import opening, session, workspace

    opening.open_view("tiny")
    session.mirror()
    popover.popover(workspace.current().open("tiny"), session.view(), PYTHON_TEXTS)


@pytest.fixture
def entry(at, stored):
    at(stored)
    return workspace.current().open("tiny")


def test_every_column_of_the_selected_rows_in_the_atlas_order_with_labels_by_name(entry):
    rows = np.array([30, 2, 11])
    found = popover.rows(entry, selection.of_rows(rows))
    rows = np.sort(rows)
    assert found["example_id"].to_pylist() == entry.dataset.example_ids[rows].tolist()
    names = entry.dataset.label_names
    assert found["label"].to_pylist() == [names[i] for i in entry.dataset.labels[rows]]
    assert found["label_code"].to_pylist() == entry.dataset.labels[rows].tolist()
    assert set(FILE_COLUMNS) < set(found.column_names)
    np.testing.assert_array_equal(popover.means(entry, selection.of_rows(rows)), entry.atlas.means[rows])


def test_nothing_selected_exports_everything(entry):
    assert popover.rows(entry, selection.NOTHING).num_rows == entry.atlas.n_examples
    assert popover.means(entry, selection.NOTHING).shape == (40, 3)


@pytest.mark.parametrize(
    "ending, read",
    [
        ("csv", lambda content: pyarrow.csv.read_csv(io.BytesIO(content)).to_pylist()),
        ("parquet", lambda content: pq.read_table(io.BytesIO(content)).to_pylist()),
        ("json", json.loads),
    ],
)
def test_each_kind_of_file_holds_the_same_rows(at, spoilt, ending, read):
    at(spoilt)
    entry = workspace.current().open("tiny")
    rows = popover.rows(entry, selection.of_rows([MISSING, 4]))
    found = read(FILE_KINDS[ending].write(rows))
    assert [row["example_id"] for row in found] == rows["example_id"].to_pylist()
    assert [str(row["label"]) for row in found] == rows["label"].to_pylist()
    assert found[1]["elbo_nats"] == pytest.approx(rows["elbo_nats"][1].as_py(), rel=1e-12)
    missing = found[0]["elbo_nats"]
    assert missing is None or np.isnan(missing)


def test_arrays_are_read_back_bit_for_bit(entry):
    read = np.load(io.BytesIO(popover.to_npy(entry.atlas.means)), allow_pickle=False)
    assert read.dtype == np.float32
    assert read.tobytes() == entry.atlas.means.tobytes()


def test_nothing_is_written_before_it_is_opened(at, stored):
    at(stored)
    app = whole(AppTest.from_function(script, default_timeout=30).run())
    assert not app.get("code")
    assert not app.get("download_button")
    app.session_state.export = True
    whole(app.run())
    assert "load_checkpoint" in app.code[0].value
    keys = {"export_csv", "export_parquet", "export_json", "export_z", "export_handles"}
    assert {b.key for b in app.get("download_button")} == keys


def test_what_came_along_is_taken_home_under_names_of_its_own(at, described):
    at(described)
    entry = workspace.current().open("tiny")
    found = popover.rows(entry, selection.of_rows([0, 3]))
    assert found["site"].to_pylist() == ["<b>north</b>", "<b>north</b>"]
    assert found["count"].to_pylist() == [0, 3]
    assert np.isnan(found["weight"].to_numpy()[1])
    assert len(set(found.column_names)) == found.num_columns
