"""What the pages ask of a model, on the shipped two-dimensional one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.ui import decoding, figures, score, session
from explorer.ui.map.gesture import Handle
from explorer.ui.numbers import Units
from explorer.ui.view import View
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


@pytest.mark.parametrize("kind", ["linear", "spherical"])
def test_a_path_passes_through_its_anchors(entry, kind):
    ids = entry.dataset.example_ids[[0, 50]].tolist()
    places = entry.coordinates("axes:0,1")[[0, 50]]
    handles = tuple(
        Handle(name, i, float(x), float(y)) for name, i, (x, y) in zip("ab", ids, places, strict=True)
    )
    anchors = decoding.handle_codes(entry, View("digits-2d", "axes:0,1", handles=handles))
    found = decoding.path_frames(entry, anchors, kind, 7)
    np.testing.assert_allclose(found.codes[[0, -1]], anchors)
    np.testing.assert_allclose(found.frames[[0, -1]], decoding.decode(entry, anchors), atol=1e-6)
    prior = -0.5 * (found.codes**2).sum(1) - np.log(2 * np.pi)
    np.testing.assert_allclose(found.log_prior_nats, prior, rtol=1e-5)
    assert np.isfinite(found.elbo_nats).all()


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
