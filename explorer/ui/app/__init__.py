"""The script that Streamlit is started on, and its settings. Alone in its folder, which Streamlit puts on the path."""
