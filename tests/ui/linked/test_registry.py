"""Every linked view draws, whatever is selected."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui.linked.registry import LINKED_VIEWS
from explorer.ui.state import selection
from tests.ui.conftest import look_at, view_in, whole


def script(name: str) -> None:
    from explorer.ui.linked.registry import LINKED_VIEWS
    from explorer.ui.state import opening, workspace

    view = opening.open_view("tiny")
    LINKED_VIEWS[name].section(workspace.entry_of(view), view)


@pytest.mark.parametrize("name", LINKED_VIEWS)
def test_a_linked_view_draws_with_a_selection_and_without(at, stored, name):
    at(stored)
    app = whole(AppTest.from_function(script, args=(name,), default_timeout=30).run())
    assert len(app.main) > 0
    look_at(app, replace(view_in(app), selection=selection.of_rows([1, 5, 39]), selected=None, handles=()))
    whole(app.run())
    assert len(app.main) > 0
    assert selection.size(view_in(app).selection) == 3


@pytest.mark.parametrize("name", LINKED_VIEWS)
def test_its_name_stands_in_a_link_as_it_is(name):
    assert re.fullmatch(r"[a-z_]+", name)
    assert LINKED_VIEWS[name].title
