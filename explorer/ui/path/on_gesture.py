"""What a finished gesture on a map of the latent space does to the view and its path, on whichever page the map is."""

from __future__ import annotations

from explorer.ui.path import waypoint
from explorer.ui.state import session, workspace
from explorer.ui.state.gesture import Gesture, fits
from explorer.ui.state.view import after_gesture


def change_view(gesture: Gesture) -> None:
    """A step back or forth, or the view that the gesture leaves; one that names what is not there is let go."""
    view = session.view()
    entry = workspace.entry_of(view)
    if gesture.kind == "undo":
        session.undo()
    elif gesture.kind == "redo":
        session.redo()
    elif fits(gesture, entry):
        session.change(waypoint.settle(entry, view, after_gesture(view, gesture)))
