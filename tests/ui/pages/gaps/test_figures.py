"""Figures over many examples: what is not trusted is hollow, what is not a number is nowhere."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.ui.pages.gaps import figures
from explorer.ui.pages.gaps.figures import ExamplePoints, GapCounts

SCATTERS = (figures.gap_against_log_px, figures.elbo_against_log_px)


@pytest.fixture
def points():
    n = 60
    rng = np.random.default_rng(0)
    log_px, gap = rng.normal(-90, 10, n), rng.exponential(2, n)
    gap[0] = -0.02
    is_trusted = np.arange(n) % 10 != 3
    names = ["<b>x"] * n
    return ExamplePoints(np.arange(n) + 100, names, log_px - gap, log_px, gap, gap / 3, is_trusted, "nats")


def drawn(figure, symbol):
    """Ids of the examples with a symbol."""
    traces = [t for t in figure.data if t.customdata is not None and t.marker.symbol == symbol]
    return sorted(int(i) for t in traces for i in t.customdata)


@pytest.mark.parametrize("scatter", SCATTERS)
def test_what_is_not_trusted_is_hollow(scatter, points):
    figure = scatter(points)
    assert drawn(figure, "circle-open") == points.ids[~points.is_trusted].tolist()
    assert drawn(figure, "circle") == points.ids[points.is_trusted].tolist()
    assert figure.layout.showlegend
    assert not scatter(replace(points, is_trusted=np.full(60, True))).layout.showlegend


@pytest.mark.parametrize("scatter", SCATTERS)
def test_the_worst_of_the_protocol_is_on_top(scatter, points):
    colour = np.array(scatter(points).data[0].marker.color)
    assert (np.diff(colour) >= 0).all()


@pytest.mark.parametrize("scatter", SCATTERS)
def test_examples_without_a_number_are_left_out(scatter, points):
    log_px, gap = points.log_px.copy(), points.gap.copy()
    log_px[:5], gap[:5] = np.nan, np.nan
    log_px[5], gap[5] = -np.inf, -np.inf
    missing = replace(points, log_px=log_px, gap=gap, shortfall=log_px - points.elbo)
    figure = scatter(missing)
    assert len(drawn(figure, "circle")) + len(drawn(figure, "circle-open")) == 54


@pytest.mark.parametrize("scatter", SCATTERS)
def test_nothing_at_all_is_still_a_figure(scatter, points):
    nothing = {name: np.full(60, np.nan) for name in ("elbo", "log_px", "gap", "shortfall")}
    assert scatter(replace(points, **nothing)).data


def test_the_histogram_stacks_what_is_not_trusted_hollow():
    gaps = GapCounts(np.linspace(0, 6, 4), np.array([5, 0, 2]), np.array([0, 1, 0]), "bits/dim")
    trusted, doubted = figures.histogram(gaps).data
    assert trusted.y.tolist() == [5, 0, 2]
    assert trusted.x.tolist() == [1, 3, 5]
    assert doubted.y.tolist() == [0, 1, 0]
    assert doubted.marker.color == "rgba(0,0,0,0)"


def test_the_histogram_of_nothing_is_still_a_figure():
    none = np.zeros(3, np.int64)
    figure = figures.histogram(GapCounts(np.linspace(0, 1, 4), none, none, "nats"))
    assert len(figure.data) == 1
    assert not figure.layout.showlegend


@pytest.mark.parametrize("scatter", SCATTERS)
def test_labels_in_hover_text_are_escaped(scatter, points):
    figure = scatter(points)
    assert "<b>" not in "".join(t for trace in figure.data if trace.text is not None for t in trace.text)
