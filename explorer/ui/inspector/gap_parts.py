"""Take the gap apart: what the encoder, the diagonal family and the Gaussian family each cost on this example.

gap = amortization + mean-field + residual
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

import numpy as np
import streamlit as st

from explorer.bounds import Reliability
from explorer.bounds.split import NEEDED, GapParts, split
from explorer.models.capabilities import capabilities_of
from explorer.show.numbers import Units, number
from explorer.steps import Step
from explorer.ui.example import inference
from explorer.ui.example.stored_score import Score
from explorer.ui.jobs import session_jobs
from explorer.ui.jobs.job import Job, each
from explorer.ui.jobs.session_jobs import JobKey
from explorer.workspace import Entry

PARTS: Mapping[str, str] = {
    "amortization": "The encoder answers for all examples at once; the best diagonal Gaussian for this one alone "
    "would win this back.",
    "mean-field": "A diagonal Gaussian has no correlations between latent dimensions; the best one with a full "
    "covariance would win this back.",
    "residual": "What no Gaussian reaches: skewness, bends and further modes of p(z|x).",
}


def section(entry: Entry, example_id: int, score: Score, units: Units) -> None:
    """The folded section; unfolding it is asking for it."""
    fold = st.expander("Take the gap apart", key="split", on_change="rerun", icon=":material/call_split:")
    if not fold.open:
        return
    if why := capabilities_of(entry.checkpoint.model).why_no_fits:
        fold.caption(why)
        return
    if score.is_pending:
        fold.caption("The gap comes with log p(x), which this example does not have yet.")
        return
    job_key = session_jobs.of_example("split", entry, example_id)
    with fold:
        session_jobs.once(job_key, lambda: _job(job_key, entry, score))
        found: GapParts | None = session_jobs.newest(job_key)
        if found is not None:
            st.html(html(found, score, units))
        elif not session_jobs.is_running(job_key, _sentence):
            st.button(
                "Take apart",
                key="split_again",
                icon=":material/play_arrow:",
                on_click=_again,
                args=(job_key, entry, score),
            )


def _sentence(found: GapParts | None) -> str:
    return "Looking for the best Gaussians for this example"


def _job(job_key: JobKey, entry: Entry, score: Score) -> Job[GapParts]:
    return Job(each(_parts(entry, job_key.example_id, score)))


def _again(job_key: JobKey, entry: Entry, score: Score) -> None:
    session_jobs.start(job_key, lambda: _job(job_key, entry, score))


def _parts(entry: Entry, example_id: int, score: Score) -> Iterator[Step[GapParts]]:
    # Of the score that is shown: the atlas may not have it yet.
    known = {name: np.array([getattr(score, name)]) for name in NEEDED}
    seed = entry.atlas.manifest.settings.seed
    yield from split(entry.checkpoint.model, inference.example(entry, example_id), known, seed)


def html(found: GapParts, score: Score, units: Units) -> str:
    """One bar, then each part with its error, its share and what it means."""
    parts = {name: _nats(found, name) for name in PARTS}
    said = ", ".join(f"{name} {units.text(*part)}" for name, part in parts.items())
    # A part that comes out below nothing has no length.
    lengths = {name: max(nats, 0) if np.isfinite(nats) else 0 for name, (nats, _) in parts.items()}
    bar = "".join(
        f"<i class='lx-part-{name}' style='flex-grow:{length:.6g}' title='{name} {units.text(*parts[name])}'></i>"
        for name, length in lengths.items()
    )
    rows = "".join(_row(name, parts[name], score, units) for name in PARTS)
    gap = units.text(score.gap_nats, score.gap_se)
    doubt = " lx-doubtful" if score.verdict is Reliability.UNRELIABLE else ""
    total = (
        f"<tr class='lx-strong lx-apart{doubt}'><th scope='row'>gap</th>"
        f"<td data-testid='split-gap'>{gap}</td></tr>"
    )
    return (
        f"<p class='lx-caption lx-unit'>{units.name}, ± one standard error</p>"
        f"<div class='lx-parts' role='img' aria-label='{escape(said)} {units.name}'>{bar}</div>"
        f"<table class='lx-figures lx-split'>{rows}{total}</table>"
    )


def _nats(found: GapParts, name: str) -> tuple[float, float]:
    """A part of the only example, and its error."""
    column = name.replace("-", "_")
    return float(getattr(found, f"{column}_nats")[0]), float(getattr(found, f"{column}_se")[0])


def _row(name: str, part: tuple[float, float], score: Score, units: Units) -> str:
    share = part[0] / score.gap_nats if score.gap_nats > 0 else float("nan")
    # Only the last part has log p(x) in it.
    is_doubted = name == "residual" and score.verdict is Reliability.UNRELIABLE
    percent = "" if np.isnan(share) else f"{number(100 * share, 0)}% of the gap"
    doubt = "○ not trusted, as log p(x) is not" if is_doubted else percent
    kind = " class='lx-doubtful'" if is_doubted else ""
    return (
        f"<tr{kind}><th scope='row'><i class='lx-swatch lx-part-{name}'></i>{name}</th>"
        f"<td data-testid='split-{name}'>{units.text(*part)}</td></tr>"
        f"<tr class='lx-minor'><td colspan='2'><span>{doubt}</span>{PARTS[name]}</td></tr>"
    )
