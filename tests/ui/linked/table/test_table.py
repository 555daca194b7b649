"""The linked table without a browser: its pages are all the rows, and its ticks are the selection."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from explorer.atlas import Atlas
from explorer.ui.example.taken_home import FILE_COLUMNS
from explorer.ui.linked.table import columns, listing, table
from explorer.ui.linked.table.listing import Listing, RowFilter
from explorer.ui.linked.table.scratch import TableScratch
from explorer.ui.state import selection, workspace
from explorer.ui.state.selection import NOTHING
from explorer.ui.widgets import row_files
from tests.ui.conftest import DOUBTED, MISSING, kept, look_at, view_in, whole

PAGE = 15
NAMES = [
    "<img src=x onerror=alert(1)>",
    'it\'s "quoted" **bold**',
    "\N{GRINNING FACE}",
    "שלום",
    "x" * 10_000,
    *(f"class {i}" for i in range(5)),
]


def script() -> None:
    from explorer.ui.linked.table import table
    from explorer.ui.state import opening, session, workspace

    opening.open_view("tiny")
    session.mirror()
    table.section(workspace.current().open("tiny"), session.view())


@pytest.fixture
def opened(at, monkeypatch):
    """Opens the table on a folder of checkpoints, few rows a page."""
    for module in (listing, table):
        monkeypatch.setattr(module, "PAGE_ROWS", PAGE)
    listing.page.cache_clear()

    def run(root) -> AppTest:
        at(root)
        return whole(AppTest.from_function(script, default_timeout=30).run())

    yield run
    listing.page.cache_clear()


def ids(app: AppTest) -> list[int]:
    return app.dataframe[0].value["example_id"].tolist()


def html(app: AppTest) -> str:
    return "".join(each.proto.body for each in app.get("html"))


def press(app: AppTest, key: str) -> AppTest:
    return whole(app.button(key=key).click().run())


def select(app: AppTest, rows) -> AppTest:
    look_at(app, replace(view_in(app), selection=selection.of_rows(rows)))
    return whole(app.run())


def tick(app: AppTest, rows: list[int]) -> AppTest:
    app.session_state[f"examples_table_{kept(app, TableScratch).n_tables}"] = {
        "selection": {"rows": rows, "columns": [], "cells": []}
    }
    return whole(app.run())


def selected(app: AppTest) -> list[int]:
    return selection.rows(view_in(app).selection).tolist()


def of_ids(atlas: Atlas, found: list[int]) -> list[int]:
    return sorted(atlas.row(i) for i in found)


def test_the_pages_are_all_rows_the_loosest_first(opened, stored, atlas):
    app = opened(stored)
    seen, texts = [], []
    while True:
        seen += ids(app)
        texts.append(html(app))
        if app.button(key="table_next").disabled:
            break
        press(app, "table_next")
    columns = atlas.columns(["gap_nats", "example_id"])
    assert seen == columns["example_id"][np.lexsort((columns["example_id"], -columns["gap_nats"]))].tolist()
    for text, rows in zip(texts, ("1–15", "16–30", "31–40"), strict=True):
        assert f"rows {rows} of 40" in text
    assert app.dataframe[0].value["place"].tolist() == list(range(31, 41))
    press(app, "table_previous")
    assert "rows 16–30 of 40" in html(app)
    whole(app.number_input[0].set_value(1).run())
    assert app.button(key="table_previous").disabled


def test_a_browser_that_has_not_heard_of_a_turn_does_not_undo_it(opened, stored, atlas):
    """With a press that comes soon after a turn it says once more what the field for the page held before."""
    app = press(opened(stored), "table_next")
    old = app.number_input[0]._widget_state
    app.selectbox(key="table_sort").set_value("elbo_nats").run()
    app.toggle(key="table_descending").set_value(False)
    said = app._tree.get_widget_states()
    new = app.number_input[0].id
    rest = [state for state in said.widgets if state.id != new]
    whole(app._run(type(said)(widgets=[*rest, old])))
    columns = atlas.columns(["elbo_nats", "example_id"])
    assert ids(app) == columns["example_id"][np.argsort(columns["elbo_nats"])][:PAGE].tolist()


def test_whoever_writes_in_the_field_for_the_page_keeps_it(opened, stored):
    app = opened(stored)
    key = app.number_input[0].key
    whole(app.number_input[0].set_value(2).run())
    assert "rows 16–30 of 40" in html(app)
    assert app.number_input[0].key == key


def test_a_control_sorts_all_rows_and_begins_with_the_first(opened, stored, atlas):
    app = press(opened(stored), "table_next")
    app.selectbox(key="table_sort").set_value("elbo_nats").run()
    whole(app.toggle(key="table_descending").set_value(False).run())
    columns = atlas.columns(["elbo_nats", "example_id"])
    assert ids(app) == columns["example_id"][np.argsort(columns["elbo_nats"])][:PAGE].tolist()


@pytest.mark.parametrize("column", columns.SORTS)
def test_every_choice_sorts(at, spoilt, column):
    at(spoilt)
    entry = workspace.current().open("tiny")
    for descending in (True, False):
        rows = listing.page(entry, Listing(RowFilter("tiny", NOTHING, ()), column, descending))
        assert rows.num_rows == 40
        if column == "gap_nats":
            missing = entry.atlas.columns(["example_id"])["example_id"][MISSING]
            assert rows["example_id"][-1].as_py() == missing


def test_what_is_selected_is_listed_and_the_rest_on_demand(opened, stored, atlas):
    app = press(opened(stored), "table_next")
    select(app, [2, 7, 30])
    assert of_ids(atlas, ids(app)) == [2, 7, 30]
    assert "rows 1–3 of 3" in html(app)
    whole(app.toggle(key="table_everything").set_value(True).run())
    assert "rows 1–15 of 40" in html(app)
    shown = app.dataframe[0].value
    marked = shown["example_id"][shown["selected"]].tolist()
    assert set(of_ids(atlas, marked)) == {2, 7, 30} & set(of_ids(atlas, ids(app)))
    select(app, [])
    assert "selected" not in app.dataframe[0].value
    assert "rows 1–15 of 40" in html(app)


def test_ticks_become_the_selection(opened, stored, atlas):
    app = opened(stored)
    assert app.button(key="table_replace").disabled
    first = ids(app)
    tick(app, [0, 4])
    assert "2 ticked" in html(app)
    revision = view_in(app).revision
    press(app, "table_add")
    assert selected(app) == of_ids(atlas, [first[0], first[4]])
    assert view_in(app).revision > revision
    assert "0 ticked" in html(app)
    whole(app.toggle(key="table_everything").set_value(True).run())
    tick(app, [0, 1])
    press(app, "table_remove")
    assert selected(app) == of_ids(atlas, [first[4]])
    tick(app, [2])
    press(app, "table_replace")
    assert selected(app) == of_ids(atlas, [first[2]])


def test_ticks_are_gone_with_their_page(opened, stored):
    app = tick(opened(stored), [0, 1])
    press(app, "table_next")
    assert "0 ticked" in html(app)
    tick(app, [3])
    select(app, [1, 2, 3, 4, 5])  # on the map, while rows are ticked here
    assert "0 ticked" in html(app)


def test_a_press_on_an_image_or_a_number_inspects_once(monkeypatch):
    state = {"rows": [], "cells": []}
    monkeypatch.setattr(table.st, "session_state", {"examples_table_0": {"selection": state}})
    told: list[int] = []
    pressed = table._pressed([10, 11, 12], told.append)
    for cell in ((0, "place"), (1, "image"), (1, "image"), (2, "example_id"), (2, "gap_nats"), (9, "image")):
        state["cells"] = [cell]
        pressed()
    assert told == [11, 12]


def test_inspecting_selects_on_the_map(opened, stored, atlas):
    def inspecting() -> None:
        from explorer.ui.state import opening, session, workspace

        opening.open_view("tiny")
        entry = workspace.current().open("tiny")
        session.inspect(entry, int(entry.dataset.example_ids[5]))

    opened(stored)
    app = whole(AppTest.from_function(inspecting, default_timeout=30).run())
    example_id = int(atlas.columns(["example_id"])["example_id"][5])
    assert view_in(app).selected == example_id
    assert [handle.base for handle in view_in(app).handles] == [example_id]


def renamed(root, names) -> None:
    path = root / "tiny" / "atlas" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["data"]["label_names"] = names
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize("names", [NAMES, [f"class {i}" for i in range(10_000)]])
def test_names_from_files_are_text_of_a_bounded_length(opened, copied, names):
    renamed(copied, names)
    app = opened(copied)
    found = set(app.dataframe[0].value["label"])
    assert found <= {name if len(name) <= 80 else f"{name[:79]}…" for name in names}
    assert max(map(len, found)) <= columns.MAX_LABEL


def test_labels_that_no_selected_example_has_leave_a_way_on(opened, stored, atlas):
    app = opened(stored)
    labels = atlas.columns(["label"])["label"]
    other = int(next(label for label in labels if label != labels[0]))
    look_at(app, replace(view_in(app), selection=selection.of_rows([0]), labels=(other,)))
    whole(app.run())
    assert "No example that is selected" in app.info[0].value
    whole(app.toggle(key="table_everything").set_value(True).run())
    assert f"of {(labels == other).sum()}" in html(app)


def test_files_have_all_the_rows_in_their_order(at, spoilt):
    at(spoilt)
    entry = workspace.current().open("tiny")
    rows = np.array([0, 1, 2, 9, 30])
    meant = Listing(RowFilter("tiny", selection.of_rows(rows), ()), "example_id", descending=False)
    table = listing.whole(entry, meant)
    written = {name: kind.write(table) for name, kind in row_files.FILE_KINDS.items()}
    back = json.loads(written["json"])
    assert pq.read_table(io.BytesIO(written["parquet"])).to_pandas().equals(table.to_pandas())
    expected = sorted(entry.dataset.example_ids[rows].tolist())
    assert pyarrow.csv.read_csv(io.BytesIO(written["csv"]))["example_id"].to_pylist() == expected
    assert [row["example_id"] for row in back] == expected
    assert set(back[0]) == {*FILE_COLUMNS, "label_code", "trust_code", "encoder_trust"}
    names = entry.dataset.label_names
    for row in back:
        assert row["label"] == names[row["label_code"]]
        words = {"good": "trusted", "usable": "usable", "unreliable": "not trusted"}
        assert row["trust"] == words[row["trust_code"]]
    doubted = entry.dataset.example_ids[DOUBTED]
    (row,) = [row for row in back if row["example_id"] == doubted]
    assert (row["trust"], row["log_px_se"], row["encoder_trust"]) == ("not trusted", None, "not trusted")
    missing = entry.dataset.example_ids[MISSING]
    assert [row["gap_nats"] for row in back if row["example_id"] == missing] == [None]
    first = back[0]
    assert first["elbo_nats"] == pytest.approx(table["elbo_nats"][0].as_py(), rel=1e-14)


def test_files_are_of_the_rows_that_are_ticked_if_any_are(opened, stored, monkeypatch):
    offered = []
    monkeypatch.setattr(row_files, "buttons", lambda place, stem, rows: offered.append((stem, rows)))
    app = opened(stored)
    assert "0 ticked; the files are of all 40 rows" in html(app)
    shown = ids(app)
    tick(app, [4, 1])
    assert "2 ticked; the files are of these" in html(app)
    (all_stem, everything), *_, (stem, ticked) = offered
    assert (all_stem, stem) == ("tiny", "tiny-ticked")
    assert everything()["example_id"].to_pylist()[: len(shown)] == shown
    assert everything().num_rows == 40
    assert ticked()["example_id"].to_pylist() == [shown[1], shown[4]]


def test_an_error_that_is_not_known_has_a_word_in_its_place(opened, spoilt):
    (table,) = opened(spoilt).dataframe
    doubted = table.value[table.value["trust"] == "○ not trusted"]
    assert np.isnan(doubted["log_px_se"]).all()
    assert table.proto.placeholder == "not known"


def test_json_of_many_rows_or_none_is_one_array(at, stored, monkeypatch):
    at(stored)
    entry = workspace.current().open("tiny")
    table = listing.whole(entry, Listing(RowFilter("tiny", NOTHING, ())))
    monkeypatch.setattr(row_files, "_BLOCK", 7)
    assert [row["example_id"] for row in json.loads(row_files.to_json(table))] == table[
        "example_id"
    ].to_pylist()
    assert json.loads(row_files.to_json(table.slice(0, 0))) == []


def test_rows_that_are_not_scored_yet_say_so_come_last_and_have_no_counts(opened, growing):
    app = opened(growing)
    assert "16 of 40 scored so far, the others come last" in app.caption[0].value
    first = app.dataframe[0].value
    assert len(first) == PAGE
    assert first["n_samples"].notna().all()
    press(app, "table_next")
    shown = app.dataframe[0].value
    assert shown["trust"].tolist()[1:] == ["· not scored yet"] * (PAGE - 1)
    assert shown["n_samples"].isna().tolist()[1:] == [True] * (PAGE - 1)
    assert "Sort by" not in first


def test_files_of_a_part_say_which_rows_are_scored(at, growing):
    at(growing)
    entry = workspace.current().open("tiny")
    found = listing.whole(
        entry, Listing(RowFilter("tiny", NOTHING, ()), order_by="example_id", descending=False)
    )
    assert found["trust"].to_pylist()[16:] == ["not scored yet"] * 24
    assert "not scored yet" not in found["trust"].to_pylist()[:16]
    assert found["trust_code"].to_pylist()[16:] == [""] * 24
    assert found["n_samples"].null_count == found["n_spent"].null_count == 24
    # The papers' protocol is there, from its first look.
    assert "not scored yet" not in found["encoder_trust"].to_pylist()


def test_columns_of_the_data_are_listed_sorted_by_and_taken_home(opened, described):
    app = opened(described)
    shown = app.dataframe[0].value
    assert shown.columns.tolist()[-3:] == ["weight", "count", "site"]
    app.selectbox(key="table_sort").set_value("count").run()
    whole(app)
    assert app.dataframe[0].value["count"].tolist() == list(range(39, 39 - PAGE, -1))
    entry = workspace.current().open("tiny")
    found = listing.whole(entry, kept(app, TableScratch).listing)
    assert found["site"].to_pylist()[0] == "<b>north</b>"
    assert found["count"].to_pylist() == list(range(39, -1, -1))


def test_of_many_columns_the_first_are_shown_and_a_person_chooses(opened, described, monkeypatch):
    monkeypatch.setattr(listing, "MOST_AT_FIRST", 1)
    app = opened(described)
    assert "site" not in app.dataframe[0].value
    whole(app.multiselect(key="table_further").set_value(["site"]).run())
    assert app.dataframe[0].value.columns.tolist()[-1] == "site"
    assert "weight" not in app.dataframe[0].value


def test_what_another_model_was_sorted_by_is_let_go(at, stored):
    at(stored)
    entry = workspace.current().open("tiny")
    found = listing.fitting(entry, Listing(order_by="count", further=("count",)))
    assert (found.order_by, found.further) == ("gap_nats", ())
