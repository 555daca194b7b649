"""The head of the inspector, without a browser."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.ui.conftest import view_in, whole


def script() -> None:
    from explorer.ui.inspector import inspector
    from explorer.ui.state import opening, workspace

    view = opening.open_view("tiny")
    entry = workspace.entry_of(view)
    ids = entry.dataset.example_ids
    for _ in range(2):
        inspector._step(entry, 1, int(ids[1]))


def test_a_press_that_is_told_twice_is_one_step(at, stored, atlas):
    at(stored)
    app = whole(AppTest.from_function(script, default_timeout=30).run())
    assert view_in(app).selected == atlas.columns(["example_id"])["example_id"][1]
