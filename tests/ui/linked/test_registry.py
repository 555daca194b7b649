"""What every linked view of the registry keeps to."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui.linked.registry import LINKED_VIEWS
from explorer.ui.state import selection
from tests.ui.conftest import whole


def script() -> None:
    import streamlit as st

    from explorer.ui.linked.registry import LINKED_VIEWS
    from explorer.ui.state import session
    from explorer.ui.state.workspace import workspace

    view = session.current("tiny")
    session.mirror()
    st.html("<hr data-testid='before'>")
    LINKED_VIEWS[view.linked_view].section(workspace().open("tiny"), view)


@pytest.mark.parametrize("name", LINKED_VIEWS)
def test_it_draws_itself_for_all_examples_for_some_and_for_one(name, at, stored, atlas):
    at(stored)
    app = AppTest.from_function(script, default_timeout=60)
    app.query_params["shelf"] = name
    whole(app.run())
    assert len(app.main.children) > 1, "nothing was drawn"
    for rows in (np.arange(5), np.array([atlas.n_examples - 1])):
        view = app.session_state["view"]
        app.session_state["view"] = replace(view, selection=selection.of_rows(rows))
        whole(app.run())


@pytest.mark.parametrize("name", LINKED_VIEWS)
def test_its_name_stands_in_a_link_as_it_is(name):
    assert re.fullmatch(r"[a-z_]+", name)
    assert LINKED_VIEWS[name].title
