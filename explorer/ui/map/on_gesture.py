"""What a finished gesture on a map of the latent space does to the view, on whichever page the map is."""

from __future__ import annotations

import streamlit as st

from explorer.ui.map import Gesture
from explorer.ui.path import waypoint
from explorer.ui.state import session
from explorer.ui.state.view import after_gesture


def gestured(gesture: Gesture) -> None:
    """A step back or forth, or the view that the gesture leaves; one that names what is not there is let go."""
    view = st.session_state.view
    if gesture.kind == "undo":
        session.undo()
    elif gesture.kind == "redo":
        session.redo()
    elif session.fits(gesture, view):
        session.heard(waypoint.settled(session.entry(view), view, after_gesture(view, gesture)))
