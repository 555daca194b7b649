"""Every page of the registry opens on a model, and says what to do where there is none."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui.pages.registry import PAGES
from tests.ui.conftest import view_in, whole


def script(name: str) -> None:
    from explorer.ui.pages.registry import PAGES

    PAGES[name].draw()


def opened(name: str) -> AppTest:
    return whole(AppTest.from_function(script, args=(name,), default_timeout=30).run())


# All but the one that lists the models.
@pytest.mark.parametrize("name", sorted(PAGES.keys() - {"open"}))
def test_a_page_opens_on_the_model_of_its_link(at, stored, name):
    at(stored)
    app = opened(name)
    assert app.sidebar.selectbox(key="picked_model").value == "tiny"
    assert app.query_params["model"] == view_in(app).model == "tiny"
    assert len(app.main) > 1


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_a_model_says_how_to_make_one(at, tmp_path, name):
    at(tmp_path)
    assert "explorer train" in opened(name).code[0].value


def listing() -> None:
    import streamlit as st

    from explorer.ui.pages.registry import PAGES, page_of

    for page in map(page_of, PAGES):
        st.text(f"{page.title} at /{page.url_path}")


def test_the_first_page_is_at_the_root_and_each_other_at_its_name():
    written = [text.value for text in whole(AppTest.from_function(listing).run()).text]
    first, *others = PAGES
    at = [f"{PAGES[first].title} at /", *(f"{PAGES[name].title} at /{name}" for name in others)]
    assert written == at
