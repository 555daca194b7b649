"""Registers the map with Streamlit (components v2) and mounts it.

- The JavaScript given to Streamlit is a stub that imports the real modules from the app's own live routes, at
  an address relative to the page, so that the app works below a base path. Streamlit keys a component's
  script by its text: modules fetched by address can be many files, and are revalidated at every load.
- Styles are isolated in a shadow root: Streamlit's rules for buttons and svg do not reach in, ours do not
  reach out, and its theme comes in all the same, as CSS variables are inherited.
- A fixed key is the identity: new props reach the same instance, which keeps zoom, points and socket.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.ui.browser.component import stub, style
from explorer.ui.map.props import MapProps, payload
from explorer.ui.state.gesture import Gesture, parse_gesture

_mount = st.components.v2.component(
    "latent_map",
    js=stub("ui/map/mount.js"),
    css=style("ui/browser", "ui/map"),
    isolate_styles=True,
)


def latent_map(
    props: MapProps, *, key: str, on_gesture: Callable[[Gesture], None] | None = None
) -> Gesture | None:
    """The map, where it is called.

    Args:
        props: what it shows.
        key: fixed for as long as it is to be the same map.
        on_gesture: called before the rerun that a gesture causes, with that gesture.

    Returns:
        The last gesture since the map was mounted.
    """

    def told() -> None:
        gesture = _last_gesture(key)
        if gesture is not None and on_gesture is not None:
            on_gesture(gesture)

    last = _last_gesture(key)
    _mount(
        key=key,
        data=payload(props, last.n if last else 0),
        on_gesture_change=told,
    )
    return last


def _last_gesture(key: str) -> Gesture | None:
    state = st.session_state.get(key)
    return parse_gesture(state.get("gesture")) if isinstance(state, dict) else None
