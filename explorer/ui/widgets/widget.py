"""The value of a widget, which Streamlit keeps in the session under the widget's key, with its type.

    _COLOUR = Widget[str]("colour")

    st.selectbox("Colour", COLOURS, key=_COLOUR.showing(view.colour), on_change=_picked)  # and in the callback
    session.change(replace(session.view(), colour=_COLOUR.value))

A widget forgets its value when its page is left, so it is given the durable one before it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

Value = TypeVar("Value")
# Under which the session has the page that each widget was last drawn on.
_DRAWN_ON = "widgets_drawn_on"


@dataclass(frozen=True)
class Widget(Generic[Value]):
    """A widget by its key."""

    key: str

    def showing(self, value: Value) -> str:
        """Its key, once it has the value that it is to be drawn with.

        Given only where it has another: what is given goes to the browser, in place of what a person chooses meanwhile,
        and comes back with their next act as if it had been chosen. On another page it is another widget for Streamlit.
        """
        drawn_on = st.session_state.setdefault(_DRAWN_ON, {})
        is_there = drawn_on.get(self.key) == _page() and self.key in st.session_state
        if not is_there or st.session_state[self.key] != value:
            st.session_state[self.key] = value
        drawn_on[self.key] = _page()
        return self.key

    def given(self, value: Value) -> str:
        """Its key, once it has been given the value, the same or not: for one whose choices change with the view."""
        st.session_state[self.key] = value
        return self.key

    def beginning_with(self, value: Value) -> str:
        """Its key, once it has been given a value where it has none of its own."""
        st.session_state.setdefault(self.key, value)
        return self.key

    @property
    def has_value(self) -> bool:
        """Whether it is on the page, or was at the last run."""
        return self.key in st.session_state

    @property
    def value(self) -> Value:
        """What a person has chosen."""
        value: Value = st.session_state[self.key]
        return value


def _page() -> str:
    """Streamlit's name of the page whose script runs."""
    context = get_script_run_ctx()
    return "" if context is None else context.page_script_hash
