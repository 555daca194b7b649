"""What the pages ask of a model, on the shipped two-dimensional one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.steps import last
from explorer.ui import decoding, figures, score, session
from explorer.ui.decoding import Way
from explorer.ui.map.gesture import Handle
from explorer.ui.numbers import Units
from explorer.ui.view import PATH_KINDS, View
from explorer.workspace import Workspace

SHIPPED = Path(__file__).parents[2] / "checkpoints"


@pytest.fixture(scope="module")
def entry():
    return Workspace(SHIPPED).open("digits-2d")


@pytest.fixture(scope="module")
def view(entry):
    return session.default_view(entry)


def test_the_first_view_selects_an_example_at_home(entry, view):
    np.testing.assert_array_equal(
        decoding.handle_codes(entry, view)[0], entry.atlas.means[entry.atlas.row(view.selected)]
    )


def test_running_bounds_end_at_the_atlas_figures(entry, view):
    *_, found = decoding.bounds(entry, view.selected, entry.atlas.manifest.settings.n_samples)
    stored = score.stored(entry, view.selected)
    assert float(found.encoder.last.elbo_nats) == pytest.approx(stored.elbo_nats, abs=1e-3)
    assert float(found.encoder.last.log_px_nats) == pytest.approx(stored.encoder_log_px_nats, abs=1e-3)
    assert found.prior.n_samples.tolist() == found.encoder.n_samples.tolist()


@pytest.fixture(scope="module")
def anchors(entry):
    ids = entry.dataset.example_ids[[0, 50, 9]].tolist()
    places = entry.coordinates("axes:0,1")[[0, 50, 9]]
    handles = tuple(
        Handle(name, i, float(x), float(y)) for name, i, (x, y) in zip("abc", ids, places, strict=True)
    )
    return decoding.anchors(entry, View("digits-2d", "axes:0,1", handles=handles))


@pytest.fixture(scope="module")
def found(entry, anchors):
    return last(decoding.geodesics(entry, anchors))


@pytest.fixture(params=PATH_KINDS)
def way(request, anchors, found):
    return Way(anchors, request.param, found if request.param == "geodesic" else None)


def test_a_path_passes_through_its_anchors(entry, anchors, way):
    ends = np.array(anchors, np.float32)
    np.testing.assert_array_equal(ends, entry.atlas.means[[0, 50, 9]])
    codes = decoding.path_codes(entry, way, 7)
    assert codes.dtype == np.float32
    assert codes[[0, -1]].tobytes() == ends[[0, -1]].tobytes()
    assert (codes == ends[1]).all(axis=1).any()


def test_frames_are_the_means_of_their_codes_with_their_figures(entry, anchors, way):
    frames = decoding.path_frames(entry, way, 33)
    np.testing.assert_array_equal(frames.codes, decoding.path_codes(entry, way, 33))
    np.testing.assert_allclose(frames.frames, decoding.decode(entry, frames.codes), atol=1e-6)
    prior = -0.5 * (frames.codes**2).sum(1) - np.log(2 * np.pi)
    np.testing.assert_allclose(frames.log_prior_nats, prior, rtol=1e-5)
    assert frames.support[[0, -1]] == pytest.approx(0, abs=1e-6)
    assert np.isfinite(frames.elbo_nats).all()
    assert (frames.steps > 0).all()
    # Measured between frames and along all of the path: the same length, up to the corners that are cut.
    assert frames.steps.sum() == pytest.approx(decoding.path_lengths(entry, way).fisher_rao, rel=0.05)


def test_each_kind_is_the_shortest_by_its_own_measure(entry, anchors, found):
    lengths = {
        kind: decoding.path_lengths(entry, Way(anchors, kind)) for kind in ("linear", "spherical", "graph")
    }
    assert min(lengths, key=lambda kind: lengths[kind].latent) == "linear"
    decoded = decoding.path_lengths(entry, Way(anchors, "geodesic", found)).fisher_rao
    assert decoded < min(each.fisher_rao for each in lengths.values())
    straight = np.linalg.norm(np.diff(np.array(anchors), axis=0), axis=1).sum()
    assert lengths["linear"].latent == pytest.approx(straight, rel=1e-5)


def test_the_graph_of_an_entry_is_made_once(entry):
    assert decoding.graph(entry) is decoding.graph(entry) is decoding.graph_if_made(entry)


def test_profiles_mark_the_slider_and_the_levels_that_are_near():
    t = np.linspace(0, 1, 5)
    profile = figures.Profile("distance", t, np.array([0.0, 0.4, 1.1, 0.6, 0.0]), (1.0, 2.0))
    figure = figures.profiles([profile, figures.Profile("log p", t, -t)], 0.25)
    np.testing.assert_array_equal(figure.data[0].y, profile.values)
    upright = [line.x0 for line in figure.layout.shapes if line.x0 == line.x1]
    level = [line.y0 for line in figure.layout.shapes if line.y0 == line.y1]
    assert (upright, level) == ([0.25, 0.25], [1.0])
    assert [note.text for note in figure.layout.annotations] == ["distance", "log p"]


def test_samples_are_data_and_the_seed_fixes_them(entry):
    draws = decoding.draw(entry, entry.atlas.means[0], 3, seed=1)
    np.testing.assert_allclose(draws * 16, np.round(draws * 16), atol=1e-5)
    np.testing.assert_array_equal(draws, decoding.draw(entry, entry.atlas.means[0], 3, seed=1))
    assert np.abs(draws - decoding.draw(entry, entry.atlas.means[0], 3, seed=2)).max() > 0


def test_the_curve_is_drawn_in_the_chosen_units(entry, view):
    *_, found = decoding.bounds(entry, view.selected, 64)
    stored = score.stored(entry, view.selected)
    nats = figures.bound_curve(found.encoder, found.prior, stored, Units(64, False))
    bits = figures.bound_curve(found.encoder, found.prior, stored, Units(64, True))
    for one, other in zip(nats.data, bits.data, strict=True):
        np.testing.assert_allclose(np.array(one.y) / np.array(other.y), 64 * np.log(2))
    np.testing.assert_allclose(nats.data[1].y, found.encoder.log_px_nats)


def test_the_curve_rises_towards_the_trusted_value_in_its_interval(entry, view):
    *_, found = decoding.bounds(entry, view.selected, 64)
    stored = score.stored(entry, view.selected)
    figure = figures.bound_curve(found.encoder, found.prior, stored, Units(64, False))
    named = {trace.name: trace for trace in figure.data if trace.name}
    assert set(named["log p(x)"].y) == {stored.log_px_nats}
    assert set(named["ELBO"].y) == {stored.elbo_nats}
    bands = [set(trace.y) for trace in figure.data if trace.fill]
    assert {stored.log_px_low_nats, stored.log_px_high_nats} in bands
    doubted = figures.bound_curve(
        found.encoder, found.prior, replace(stored, trust="unreliable"), Units(64, False)
    )
    assert [t.line.dash for t in doubted.data if t.name == "log p(x), not trusted"] == ["dash"]


def test_kl_bars_are_largest_first():
    bars = figures.kl_bars(np.array([0.1, 2.0, 0.5]), Units(4, False)).data[0]
    assert list(bars.x) == ["z₁", "z₂", "z₀"]
    assert list(bars.y) == [2.0, 0.5, 0.1]
