"""What a path is made of, on the shipped two-dimensional model."""

from pathlib import Path

import numpy as np
import pytest

from explorer.steps import last
from explorer.ui.example import inference
from explorer.ui.path import computation, figures
from explorer.ui.path.computation import KnownPath
from explorer.ui.state.gesture import Handle
from explorer.ui.state.view import PATH_KINDS, View
from explorer.workspace import Workspace

SHIPPED = Path(__file__).parents[3] / "checkpoints"


@pytest.fixture(scope="module")
def entry():
    return Workspace(SHIPPED).open("digits-2d")


@pytest.fixture(scope="module")
def anchors(entry):
    ids = entry.dataset.example_ids[[0, 50, 9]].tolist()
    places = entry.coordinates("axes:0,1")[[0, 50, 9]]
    handles = tuple(
        Handle(name, i, float(x), float(y)) for name, i, (x, y) in zip("abc", ids, places, strict=True)
    )
    return computation.anchors(entry, View("digits-2d", "axes:0,1", handles=handles))


@pytest.fixture(scope="module")
def found(entry, anchors):
    return last(computation.geodesics(entry, anchors))


@pytest.fixture(params=PATH_KINDS)
def path(request, anchors, found):
    return KnownPath(anchors, request.param, found if request.param == "geodesic" else None)


def test_a_path_passes_through_its_anchors(entry, anchors, path):
    ends = np.array(anchors, np.float32)
    np.testing.assert_array_equal(ends, entry.atlas.means[[0, 50, 9]])
    codes = computation.path_codes(entry, path, 7)
    assert codes.dtype == np.float32
    assert codes[[0, -1]].tobytes() == ends[[0, -1]].tobytes()
    assert (codes == ends[1]).all(axis=1).any()


def test_frames_are_the_means_of_their_codes_with_their_figures(entry, anchors, path):
    frames = computation.path_frames(entry, path, 33)
    np.testing.assert_array_equal(frames.codes, computation.path_codes(entry, path, 33))
    np.testing.assert_allclose(frames.frames, inference.decode(entry, frames.codes), atol=1e-6)
    prior = -0.5 * (frames.codes**2).sum(1) - np.log(2 * np.pi)
    np.testing.assert_allclose(frames.log_prior_nats, prior, rtol=1e-5)
    assert frames.support[[0, -1]] == pytest.approx(0, abs=1e-6)
    assert np.isfinite(frames.elbo_nats).all()
    assert (frames.steps > 0).all()
    # Measured between frames and along all of the path: the same length, up to the corners that are cut.
    assert frames.steps.sum() == pytest.approx(computation.path_lengths(entry, path).fisher_rao, rel=0.05)


def test_each_kind_is_the_shortest_by_its_own_measure(entry, anchors, found):
    lengths = {
        kind: computation.path_lengths(entry, KnownPath(anchors, kind))
        for kind in ("linear", "spherical", "graph")
    }
    assert min(lengths, key=lambda kind: lengths[kind].latent) == "linear"
    decoded = computation.path_lengths(entry, KnownPath(anchors, "geodesic", found)).fisher_rao
    assert decoded < min(each.fisher_rao for each in lengths.values())
    straight = np.linalg.norm(np.diff(np.array(anchors), axis=0), axis=1).sum()
    assert lengths["linear"].latent == pytest.approx(straight, rel=1e-5)


def test_the_graph_of_an_entry_is_made_once(entry):
    assert computation.graph(entry) is computation.graph(entry) is computation.graph_if_made(entry)


def test_profiles_mark_the_slider_and_the_levels_that_are_near():
    t = np.linspace(0, 1, 5)
    profile = figures.Profile("distance", t, np.array([0.0, 0.4, 1.1, 0.6, 0.0]), (1.0, 2.0))
    figure = figures.profiles([profile, figures.Profile("log p", t, -t)], 0.25)
    np.testing.assert_array_equal(figure.data[0].y, profile.values)
    upright = [line.x0 for line in figure.layout.shapes if line.x0 == line.x1]
    level = [line.y0 for line in figure.layout.shapes if line.y0 == line.y1]
    assert (upright, level) == ([0.25, 0.25], [1.0])
    assert [note.text for note in figure.layout.annotations] == ["distance", "log p"]
