"""The app as the installed package has it; `streamlit_app.py` of the repository is the same."""

import streamlit as st

from explorer.ui import served

app = st.App(**served.app_parts())
