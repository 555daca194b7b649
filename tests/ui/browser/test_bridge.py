"""What comes back from a component: handed on once it is a record, and nothing else of it is believed."""

from __future__ import annotations

import pytest
import streamlit as st

from explorer.ui.browser.bridge import Bridge, count_of

KEY = "abacus"


@pytest.fixture
def session(monkeypatch) -> dict[str, object]:
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


@pytest.fixture(scope="module")
def bridge() -> Bridge[int]:
    """A component that sends counts."""

    def parse(raw: object) -> int | None:
        return count_of(raw) or None

    return Bridge("abacus", "bead", parse, "export default\nfunction () {}", "p { color: red; }\n")


def heard(bridge: Bridge[int]) -> list[int]:
    acts: list[int] = []
    bridge.hear(KEY, acts.append)
    return acts


def test_an_act_is_handed_on(bridge, session):
    session[KEY] = {"bead": {"n": 3}, "other": {"n": 9}}
    assert heard(bridge) == [3]
    assert bridge.last(KEY) == bridge.n_heard(KEY) == 3


@pytest.mark.parametrize(
    "state", [None, {}, 3, "bead", [], {"bead": None}, {"bead": {"n": -1}}, {"other": {"n": 3}}]
)
def test_what_is_no_act_is_not_handed_on(bridge, session, state):
    if state is not None:
        session[KEY] = state
    assert heard(bridge) == []
    assert bridge.last(KEY) is None
    assert bridge.n_heard(KEY) == 0


@pytest.mark.parametrize("n", [True, 1.0, "1", None, -1, 2**53])
def test_a_count_is_a_whole_number_that_javascript_counts_exactly(n):
    assert count_of({"n": n}) == 0
