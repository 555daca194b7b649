"""The map as a Streamlit component: a fixed key keeps zoom, points and socket."""

from __future__ import annotations

from collections.abc import Callable

from explorer.ui.browser.bridge import Bridge
from explorer.ui.browser.component import stub, style
from explorer.ui.map.props import MapProps, payload
from explorer.ui.state.gesture import Gesture, parse_gesture

COMPONENT = Bridge(
    "latent_map",
    "gesture",
    parse_gesture,
    js=stub("ui/map/mount.js"),
    css=style("ui/browser", "ui/map"),
)


def latent_map(props: MapProps, *, key: str, on_gesture: Callable[[Gesture], None]) -> None:
    """The map, where it is called.

    Args:
        props: what it shows.
        key: fixed for as long as it is to be the same map.
        on_gesture: called before the rerun that a gesture causes, with that gesture.
    """
    last = COMPONENT.last(key)
    COMPONENT.draw(key, payload(props, last.n if last else 0), on_gesture)
