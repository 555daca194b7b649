"""Undo and redo of whole views."""

from __future__ import annotations

from dataclasses import replace

import pytest
import streamlit as st

from explorer.ui.state import history
from explorer.ui.state.view import View

FIRST = View("m", "umap")
SECOND = replace(FIRST, colour="gap_nats", revision=3)
THIRD = replace(SECOND, map_id="pca")


@pytest.fixture(autouse=True)
def session(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})


def test_steps_are_taken_back_and_forth_in_order():
    history.note(FIRST, SECOND)
    history.note(SECOND, THIRD)
    assert history.back(THIRD) == SECOND
    assert history.back(SECOND) == FIRST
    assert not history.can_undo()
    assert history.back(FIRST) == FIRST
    assert history.forth(FIRST) == SECOND
    assert history.forth(SECOND) == THIRD
    assert not history.can_redo()
    assert history.forth(THIRD) == THIRD


def test_a_new_step_ends_what_was_undone():
    history.note(FIRST, SECOND)
    history.back(SECOND)
    assert history.can_redo()
    history.note(FIRST, THIRD)
    assert not history.can_redo()


def test_a_view_that_says_the_same_is_no_step():
    history.note(FIRST, replace(FIRST, revision=9))
    assert not history.can_undo()


def test_another_model_starts_anew():
    history.note(FIRST, SECOND)
    history.note(SECOND, View("other", "umap"))
    assert not history.can_undo()


def test_only_so_many_steps_are_kept():
    for i in range(history.MAX_STEPS + 20):
        history.note(replace(FIRST, selected=i), replace(FIRST, selected=i + 1))
    now, n_steps = replace(FIRST, selected=-1), 0
    while history.can_undo():
        now, n_steps = history.back(now), n_steps + 1
    assert (n_steps, now.selected) == (history.MAX_STEPS, 20)
