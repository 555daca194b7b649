"""How Streamlit gets a component, and the scripts and style sheets that every component shares."""
