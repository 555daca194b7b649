"""Directions: the active handle moved along an attribute vector, and along latent dimensions one by one."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.show.numbers import Units
from explorer.ui.linked.directions import attribute_vector, latent_sliders, traversal
from explorer.ui.linked.directions.dimension_usage import usage
from explorer.ui.state import active_handle
from explorer.ui.state.view import View
from explorer.workspace import Entry


def section(entry: Entry, view: View) -> None:
    """The linked view; what it moves is the first handle, or that of the selected example."""
    handle = active_handle.current(entry, view)
    attribute_vector.part(entry, view, handle)
    if handle is None:
        st.markdown("Click a point on the map: its handle is what the sliders here move.")
        return
    units, found = Units(int(np.prod(entry.dataset.shape)), view.in_bits), usage(entry)
    left, right = st.columns(2, gap="medium")
    with left:
        latent_sliders.part(entry, view, handle, found, units)
    with right:
        traversal.part(entry, view, handle, found)
