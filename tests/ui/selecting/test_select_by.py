"""Selecting without a mouse, and keeping what is selected."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer import datasets
from explorer.atlas import AtlasSettings
from explorer.atlas.build.builder import build
from explorer.models import checkpoints
from explorer.ui.selecting import select_by
from explorer.ui.state import selection, workspace
from explorer.ui.state.history import Steps
from tests import tiny
from tests.ui.conftest import kept, view_in, whole

N_MANY, N_USED = 10_000, 500


def script() -> None:
    from explorer.ui.selecting import select_by
    from explorer.ui.state import opening, session, workspace

    opening.open_view("tiny")
    session.mirror()
    select_by.controls(workspace.current().open("tiny"), session.view())


@pytest.fixture
def app(at, stored) -> AppTest:
    at(stored)
    return whole(AppTest.from_function(script, default_timeout=30).run())


@pytest.fixture
def labels(at, stored) -> np.ndarray:
    at(stored)
    return workspace.current().open("tiny").dataset.labels


def rows(app: AppTest) -> list[int]:
    return selection.rows(view_in(app).selection).tolist()


def press(app: AppTest, key: str) -> AppTest:
    return whole(app.button(key=key).click().run())


def look_for(app: AppTest, text: str) -> AppTest:
    return whole(app.text_input(key="choose_text").set_value(text).run())


def by_label(app: AppTest, *codes: int) -> AppTest:
    whole(app.multiselect(key="choose_labels").set_value(list(codes)).run())
    return press(app, "choose_labelled")


def how(app: AppTest, word: str) -> AppTest:
    return whole(app.button_group(key="choose_how").set_value(word).run())


def with_label(labels: np.ndarray, *codes: int) -> list[int]:
    return np.flatnonzero(np.isin(labels, codes)).tolist()


def count(app: AppTest) -> str:
    return "".join(each.proto.body for each in app.get("html"))


def test_labels_select_all_their_examples(app, labels):
    by_label(app, 3, 5)
    assert rows(app) == with_label(labels, 3, 5)
    assert f"<b>{len(rows(app))}</b> of 40 selected" in count(app)


def test_what_is_found_is_added_or_removed(app, labels):
    by_label(app, 3)
    how(app, "add")
    by_label(app, 5)
    assert rows(app) == with_label(labels, 3, 5)
    how(app, "remove")
    by_label(app, 3)
    assert rows(app) == with_label(labels, 5)


def test_a_text_selects_what_holds_it(app, labels):
    look_for(app, "7")
    ids = workspace.current().open("tiny").dataset.example_ids
    assert rows(app) == [i for i in range(40) if labels[i] == 7 or "7" in str(ids[i])]
    assert f"{len(rows(app))} found" in app.caption[0].value


def test_a_text_that_nothing_holds_leaves_the_selection(app):
    press(app, "choose_all")
    look_for(app, "<b>'; DROP TABLE x --")
    assert len(rows(app)) == 40
    assert "None found" in app.caption[0].value


def test_all_invert_and_clear(app, labels):
    by_label(app, 1)
    press(app, "choose_invert")
    assert rows(app) == np.flatnonzero(labels != 1).tolist()
    press(app, "choose_all")
    assert len(rows(app)) == 40
    press(app, "choose_clear")
    assert rows(app) == []
    assert app.button(key="choose_clear").disabled


def test_the_map_takes_over_what_the_row_selects(app):
    before = view_in(app).revision
    press(app, "choose_all")
    assert view_in(app).revision > before


def test_two_selections_are_kept_and_tell_their_sizes(app, labels):
    assert app.button(key="keep_a").disabled
    by_label(app, 1)
    press(app, "keep_a")
    by_label(app, 2)
    press(app, "keep_b")
    a, b = view_in(app).groups
    assert selection.rows(a).tolist() == with_label(labels, 1)
    assert selection.rows(b).tolist() == with_label(labels, 2)
    assert app.button(key="keep_a").label == f"Keep as A · {selection.size(a)}"
    assert rows(app) == with_label(labels, 2)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A model of data with ten thousand labels' names; every twentieth has an example."""
    root = tmp_path_factory.mktemp("many")
    values = np.random.default_rng(0).integers(0, 17, (N_USED, 8, 8)).astype(np.uint8)
    values[0, 0, 0] = 16
    file = root / "many.npz"
    names = np.array([f"<b>kind</b> {i}" for i in range(N_MANY)])
    np.savez(file, x=values, y=np.arange(N_USED) * (N_MANY // N_USED), label_names=names)
    build(
        checkpoints.load(tiny.save(root / "tiny")),
        datasets.load(file, "all"),
        root / "tiny" / "atlas",
        AtlasSettings(n_samples=16, max_samples=256, maps=("pca",)),
    )
    return root


@pytest.mark.slow
def test_ten_thousand_labels_are_searched_and_not_listed(at, many):
    at(many)
    app = whole(AppTest.from_function(script, default_timeout=30).run())
    assert len(app.multiselect(key="choose_labels").options) == select_by.MAX_LABELS
    assert "of 500 labels" in app.caption[0].value
    whole(app.text_input(key="find_label").set_value("KIND</b> 988").run())
    assert app.multiselect(key="choose_labels").options[0] == "<b>kind</b> 9880"
    whole(app.multiselect(key="choose_labels").set_value([9880]).run())
    whole(app.text_input(key="find_label").set_value("kind</b> 12").run())
    # What was chosen stays chosen, whatever is looked for next.
    assert app.multiselect(key="choose_labels").value == [9880]
    press(app, "choose_labelled")
    assert rows(app) == [9880 // 20]


def test_keeping_and_selecting_are_steps_that_can_be_undone(app, labels):
    by_label(app, 1)
    press(app, "keep_a")
    assert len(kept(app, Steps).past) == 2


@pytest.fixture
def described_app(at, described) -> AppTest:
    at(described)
    return whole(AppTest.from_function(script, default_timeout=30).run())


def test_texts_that_came_along_are_selected_by_value(described_app):
    app = whole(described_app.selectbox(key="choose_column").set_value("site").run())
    whole(app.multiselect(key="choose_values_site").set_value(["<b>north</b>"]).run())
    press(app, "choose_by_values")
    assert rows(app) == list(range(0, 40, 3))
    whole(app.multiselect(key="choose_values_site").set_value([""]).run())
    press(app, "choose_by_values")
    assert rows(app) == list(range(2, 40, 3))


def test_numbers_that_came_along_are_selected_by_a_range(described_app):
    app = whole(described_app.selectbox(key="choose_column").set_value("count").run())
    whole(app.number_input(key="choose_from_count").set_value(7.0).run())
    whole(app.number_input(key="choose_to_count").set_value(9.0).run())
    press(app, "choose_by_range")
    assert rows(app) == [7, 8, 9]


def test_texts_that_came_along_are_searched(described_app):
    assert rows(look_for(described_app, "NORTH")) == list(range(0, 40, 3))
    assert "site" in described_app.text_input(key="choose_text").placeholder


def test_without_such_columns_there_is_nothing_to_choose(app):
    assert not [box for box in app.selectbox if box.key == "choose_column"]
