"""Whether this model's estimates were calibrated: held against data that were simulated from the model itself."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

from explorer.atlas import AtlasError, calibration
from explorer.atlas.calibration import StoredCalibration
from explorer.bounds import Reliability
from explorer.bounds.calibration import Calibration
from explorer.bounds.intervals import LEVEL
from explorer.models.capabilities import capabilities_of
from explorer.models.checkpoints import TRAINING
from explorer.models.fit_data import other_data
from explorer.ui.example import trust, uncalibrated
from explorer.ui.widgets.markdown import plain
from explorer.workspace import Entry


def badge(entry: Entry) -> None:
    """In the sidebar, below the model."""
    try:
        found = of(entry)
    except (AtlasError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    path = _as_typed(entry.checkpoint.path) if capabilities_of(entry.checkpoint.model).fits else None
    st.html(html(None if found is None else found.calibration, path))
    if assumed := uncalibrated.assumptions(entry):
        sentences = "".join(f"<p data-testid='assumed'>{escape(sentence)}</p>" for sentence in assumed)
        st.html(f"<details class='lx-caption'><summary>How it was read</summary>{sentences}</details>")
    for note in capabilities_of(entry.checkpoint.model).notes:
        st.html(f"<p class='lx-caption' data-testid='model-lacks'>{escape(note)}</p>")
    if note := other_data(entry.atlas.manifest.data.name, entry.name, entry.checkpoint.config[TRAINING]):
        st.html(f"<p class='lx-caption' data-testid='other-data'>{escape(note)}</p>")


def of(entry: Entry) -> StoredCalibration | None:
    """What is known of the model's errors; None where nothing is.

    Raises:
        AtlasError, OSError: its file cannot be used.
    """
    return calibration.of(entry.atlas.folder, entry.checkpoint.path, entry.checkpoint.digest)


def is_calibrated(entry: Entry) -> bool:
    """Whether the model's errors were held against data whose log p(x) is known, and stood."""
    try:
        found = of(entry)
    except (AtlasError, OSError):
        return False
    return found is not None and not found.calibration.reason


def _as_typed(path: Path) -> str:
    """The path as it would be typed where the app was started."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def html(found: Calibration | None, checkpoint: str | None) -> str:
    """The badge; nothing in it comes from the file but numbers. `checkpoint` is None where none can be calibrated."""
    if found is None and checkpoint is None:
        title = "Calibration is made of fits, and nothing can be fitted to this model's examples."
        return _line("none", "not calibrated", "", title)
    if found is None:
        command = f"python -m explorer calibrate {checkpoint}"
        title = f"Estimates of log p(x) can be held against data simulated from the model: {command}"
        return _line("none", "not calibrated", f"<code>{escape(command)}</code>", title)
    if found.reason:
        return _line(Reliability.UNRELIABLE, "not calibrated well", escape(found.reason), _figures(found))
    return _line(Reliability.GOOD, "calibrated", _figures(found), _TITLE)


_TITLE = (
    "On data simulated from the model an exact draw of p(z|x) is known, which gives an upper bound beside the "
    "estimate, a lower one in expectation. Real data may be harder."
)


def _figures(found: Calibration) -> str:
    se = f" ± {100 * found.coverage_se:.0f}" if found.coverage_se == found.coverage_se else ""
    return (
        f"{LEVEL:.0%} intervals cover {100 * found.coverage:.0f}{se}%; lower and upper bound "
        f"{abs(found.sandwich_nats):.2f} nats apart ({found.n_examples:,} simulated examples)"
    )


def _line(kind: str, head: str, text: str, title: str) -> str:
    dot = trust.dot(Reliability(kind)) if kind != "none" else "<span class='lx-dot lx-none'></span>"
    return (
        f"<div class='lx-badge lx-badge-{kind}' data-testid='calibration' title='{escape(title)}'>{dot}"
        f"<p><b>{head}</b><small>{text}</small></p></div>"
    )
