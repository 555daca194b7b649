"""A fault of a person's file is told in its place, with a way on; the rest of the app stays up."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.ui.state import session, workspace
from explorer.ui.widgets.markdown import plain


def guarded(run: Callable[[], None]) -> None:
    """Runs a page or a part of it."""
    try:
        run()
    # The named errors of the rooms below are ValueErrors with a text for the person.
    except (ValueError, OSError) as error:
        st.error(f"**This could not be opened.** {plain(str(error))}", icon=":material/error:")
        _other_models()


def _other_models() -> None:
    """A way on from a model that cannot be opened."""
    session.close()
    for name in workspace.current().names():
        if st.button(f"Open {plain(name)}", key=f"open-{name}"):
            st.query_params.from_dict({"model": name})
            st.rerun()
