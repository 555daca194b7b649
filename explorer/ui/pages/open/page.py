"""Open: the models that are there with the state of their atlases, and how others come in."""

from __future__ import annotations

import streamlit as st

from explorer.ui.frame import frame
from explorer.ui.pages.open import add, foreign, models


def page() -> None:
    models.leave_if_pressed()
    frame.tell_problems()
    st.subheader("Models")
    models.models()
    st.subheader("Add a model or data")
    foreign.section()
    add.add()
