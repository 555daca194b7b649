"""A part of the page that the browser draws: what it is given, and what it says was done there.

    page -> browser   [data], at every run
    browser -> page   one record, once an act; it stays as the last value until the next one

Nothing from a browser is trusted: `parse` makes a record of what is well formed, and None of all else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

import streamlit as st

from explorer.live.limits import is_count

Act = TypeVar("Act")


class Bridge(Generic[Act]):
    """A Streamlit component (v2).

    - A fixed key is the identity: new data reach the same instance in the browser, which keeps what it holds.
    - With `isolate_styles` it lives in a shadow root: Streamlit's rules for buttons and svg do not reach in, ours do
      not reach out, and its theme comes in all the same, as CSS variables are inherited.

    Args:
        name: Streamlit's name of the component.
        sends: under what the browser sends its acts.
        parse: makes a record of what it sent.
        js: the component's script.
        css: its style sheet.
        isolate_styles: whether it has a shadow root.
    """

    def __init__(
        self,
        name: str,
        sends: str,
        parse: Callable[[object], Act | None],
        js: str,
        css: str,
        isolate_styles: bool = True,
    ):
        self._sends, self._parse = sends, parse
        self._component = st.components.v2.component(name, js=js, css=css, isolate_styles=isolate_styles)

    def draw(self, key: str, data: Mapping[str, Any], on_act: Callable[[Act], None]) -> None:
        """The component, where it is called.

        Args:
            key: fixed for as long as it is to be the same one.
            data: what the browser is given, JSON.
            on_act: called before the rerun that an act causes, with that act.
        """
        told: dict[str, Any] = {f"on_{self._sends}_change": partial(self.hear, key, on_act)}
        # In a list: Streamlit searches a dictionary for data frames, and imports pandas to know one, a quarter of a
        # second of the start.
        self._component(key=key, data=[dict(data)], **told)

    def hear(self, key: str, on_act: Callable[[Act], None]) -> None:
        """Hands on the last act, if it is one."""
        act = self.last(key)
        if act is not None:
            on_act(act)

    def last(self, key: str) -> Act | None:
        """The last act since the component was mounted; None where there was none, or it is not well formed."""
        return self._parse(self._sent(key))

    def n_heard(self, key: str) -> int:
        """`n` of the last act, whether the rest of it can be used or not; 0 for none."""
        return count_of(self._sent(key))

    def _sent(self, key: str) -> object:
        state = st.session_state.get(key)
        return state.get(self._sends) if isinstance(state, Mapping) else None


def count_of(raw: object) -> int:
    """`n` of what a browser sent, which grows with every act; 0 for none."""
    n = raw.get("n") if isinstance(raw, Mapping) else None
    return n if is_count(n) else 0
