"""The inspected example of an atlas that is being built is scored at once."""

from __future__ import annotations

import math
import time

from streamlit.testing.v1 import AppTest

from explorer.ui.jobs.session_jobs import Jobs
from tests.ui.conftest import kept, whole


def script() -> None:
    import streamlit as st

    from explorer.ui.example import scored_now
    from explorer.ui.state import opening, workspace

    entry = workspace.entry_of(opening.open_view("tiny"))
    score = scored_now.read(entry, int(entry.dataset.example_ids[30]))
    scored_now.progress(entry, int(entry.dataset.example_ids[30]))
    st.text(f"{score.log_px_nats} {score.is_pending}")


def test_its_numbers_are_worked_out_for_the_tab(at, growing):
    at(growing)
    app = whole(AppTest.from_function(script, default_timeout=30).run())
    (job,) = kept(app, Jobs).by_key.values()
    deadline = time.monotonic() + 30
    while job.is_running and time.monotonic() < deadline:
        time.sleep(0.05)
    assert job.error is None
    value, is_pending = whole(app.run()).text[0].value.split()
    assert math.isfinite(float(value))
    assert is_pending == "False"
