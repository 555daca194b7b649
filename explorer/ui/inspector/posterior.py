"""Posterior: what p(z|x) of the selected example looks like beside the encoder's q(z|x), on a plane."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go
import streamlit as st

from explorer.bounds.density import PlaneDensity, plane_density
from explorer.explain.figures.densities import SHARES, picture
from explorer.latent import Plane
from explorer.show.numbers import Units, number
from explorer.steps import Report, Step
from explorer.ui.example import inference
from explorer.ui.jobs import session_jobs
from explorer.ui.jobs.job import Job
from explorer.ui.jobs.session_jobs import JobKey
from explorer.ui.state.view import View
from explorer.workspace import Entry


@dataclass(frozen=True)
class PosteriorPicture:
    """A density and its figure, which takes longer to build than a rerun may."""

    density: PlaneDensity
    figure: go.Figure


def section(entry: Entry, view: View, example_id: int, units: Units) -> None:
    """The folded section; unfolding it is asking for it."""
    if entry.atlas.latent_dim < 2:
        return
    fold = st.expander("Posterior", key="posterior", on_change="rerun", icon=":material/blur_on:")
    if not fold.open:
        return
    plane_id = shown_plane(entry, view.map_id)
    job_key = session_jobs.of_example("posterior", entry, example_id, plane_id)
    with fold:
        session_jobs.once(job_key, lambda: _job(job_key, entry))
        found: PosteriorPicture | None = session_jobs.newest(job_key)
        if found is not None:
            _show(found, view.map_id, plane_id, units)
        elif not session_jobs.is_running(job_key, lambda _: "Looking for the posterior's mass"):
            st.button(
                "Draw again",
                key="posterior_again",
                icon=":material/refresh:",
                on_click=lambda: session_jobs.start(job_key, lambda: _job(job_key, entry)),
            )


def shown_plane(entry: Entry, map_id: str) -> str:
    """The plane of the map; where the map is none, the PCA plane, or the first two axes."""
    if isinstance(entry.chart(map_id), Plane):
        return map_id
    return entry.plane_id


def _job(job_key: JobKey, entry: Entry) -> Job[PosteriorPicture]:
    plane = entry.chart(job_key.detail)
    assert isinstance(plane, Plane), "only planes are asked for"
    titles = entry.map_kind(job_key.detail).axis_titles
    assert titles is not None, "planes have axes"
    seed = entry.atlas.manifest.settings.seed

    def work(report: Report[PosteriorPicture]) -> None:
        one = inference.example(entry, job_key.example_id)
        density = plane_density(entry.checkpoint.model, one, plane.origin, plane.basis, seed)
        report(Step(1.0, PosteriorPicture(density, go.Figure(picture(density, titles)))))

    return Job(work)


def _show(found: PosteriorPicture, map_id: str, plane_id: str, units: Units) -> None:
    st.plotly_chart(
        found.figure,
        key="posterior_picture",
        config={"displayModeBar": False},
        alt="Contours of the posterior p(z|x), filled, and of the encoder's q(z|x), dashed, with samples",
    )
    text = caption(found.density, units)
    if plane_id != map_id:
        text += " The map has no plane: this is the PCA plane." if plane_id == "pca" else ""
    st.html(f"<p class='lx-caption' data-testid='posterior-caption'>{escape(text)}</p>")


def caption(density: PlaneDensity, units: Units) -> str:
    """What is shown, and whether it is exact."""
    shares = ", ".join(f"{share:.0%}" for share in SHARES)
    if (exact := density.exact) is not None:
        return (
            f"Exact: log p(x, z) on a grid over all of latent space. KL(q‖p(z|x)) is {units.text(exact.kl_nats)} and "
            f"log p(x) {units.text(exact.log_px_nats)} {units.name}. Contours hold {shares} of the mass."
        )
    return (
        f"A marginal, estimated from {len(density.weights):,} weighted samples (ESS {number(density.ess, 0)}) by a "
        f"kernel density: p(z|x) has more dimensions than the plane. Contours hold {shares} of the mass."
    )
