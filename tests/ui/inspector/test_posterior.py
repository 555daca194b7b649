"""The picture of the posterior: contours hold the mass that they say, and the caption whether it is exact."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.bounds.density import Exact, PlaneDensity
from explorer.explain.figures import densities
from explorer.explain.figures.densities import SHARES
from explorer.show.numbers import Units
from explorer.ui.inspector import posterior
from explorer.ui.state import workspace

NATS = Units(64, False)


def normal(x, y, mean=(0.0, 0.0)):
    u = np.stack(np.meshgrid(x, y), -1) - mean
    return np.exp(-0.5 * (u**2).sum(-1)) / (2 * np.pi)


def shown(density, titles):
    """The picture, checked by Plotly."""
    return go.Figure(densities.picture(density, titles))


@pytest.fixture
def density():
    x, y = np.linspace(-6, 6, 121), np.linspace(-6, 6, 101)
    rng = np.random.default_rng(0)
    samples, weights = rng.normal(size=(1000, 2)), rng.random(1000)
    q = normal(x, y, (1.0, 0.0))
    return PlaneDensity(x, y, normal(x, y), q, samples, weights / weights.sum(), None)


def test_mass_of_a_normal_is_that_of_its_circles(density):
    """A standard normal in the plane has the mass 1 - exp(-r^2/2) inside the radius r."""
    r2 = (np.stack(np.meshgrid(density.x, density.y), -1) ** 2).sum(-1)
    np.testing.assert_allclose(densities.mass(density.posterior), 1 - np.exp(-r2 / 2), atol=0.015)


def test_contours_lie_where_the_shares_are(density):
    drawn, dashed, _ = shown(density, ("across", "up")).data
    mass = densities.mass(density.posterior)
    for height, share in enumerate(reversed(SHARES), start=1):
        np.testing.assert_array_equal(np.array(drawn.z) > height, mass.astype(np.float32) < np.float32(share))
    assert (drawn.contours.start, drawn.contours.end, drawn.contours.size) == (1, len(SHARES), 1)
    assert dashed.contours.coloring == "none"
    assert np.unravel_index(np.argmax(dashed.z), dashed.z.shape)[1] > 61  # q's peak is to the right


def test_samples_show_their_weights(density):
    *_, samples = shown(density, ("", "")).data
    area = np.array(samples.marker.size) ** 2
    weights = density.weights[: len(area)]
    np.testing.assert_allclose(area / area.max(), weights / weights.max())
    assert samples.name == "weighted samples"
    even = replace(density, weights=np.full(1000, 1e-3))
    assert shown(even, ("", "")).data[2].name == "samples"


def test_a_density_of_nothing_is_still_a_picture(density):
    nothing = np.zeros_like(density.posterior)
    figure = shown(replace(density, posterior=nothing, q=nothing * np.nan), ("", ""))
    assert not np.array(figure.data[0].z).any()


def test_the_caption_says_whether_it_is_exact(density):
    text = posterior.caption(density, NATS)
    assert "marginal, estimated from 1,000 weighted samples" in text
    assert "Exact" not in text
    text = posterior.caption(replace(density, exact=Exact(-107.137, 1e-6, 2.257, 1e-6)), NATS)
    assert text.startswith("Exact")
    assert "2.26" in text
    assert "−107.14" in text


def test_a_map_without_a_plane_shows_that_of_pca(at, stored):
    at(stored)
    entry = workspace.current().open("tiny")
    assert posterior.shown_plane(entry, "pca") == "pca"
    assert posterior.shown_plane(entry, "axes:0,2") == "axes:0,2"
    assert entry.map_kind("axes:0,2").axis_titles == ("z₀", "z₂")
