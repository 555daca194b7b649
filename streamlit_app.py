"""`streamlit run streamlit_app.py`: what `python -m explorer` serves, where options of Streamlit are to be given."""

import streamlit as st

from explorer.ui import served

app = st.App(**served.app_parts())
