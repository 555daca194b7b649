"""The contract that every chart keeps."""

import numpy as np
import pytest

from explorer.latent import LocalLift, MapError
from explorer.latent.maps import axes, pca
from explorer.latent.plane import anchors

RNG = np.random.default_rng(1)
CODES = RNG.normal(size=(300, 5)).astype(np.float32)
CODES[0] = [-0.0, 0.0, 1e-30, -1e-12, 3.0]
COORDINATES = (CODES[:, :2] + RNG.normal(size=(300, 2)) * 0.3).astype(np.float32)
CHARTS = {
    "axes": axes(1, 3, latent_dim=5),
    "pca": pca(CODES),
    "anchors": anchors(*CODES[:3]),
    "local lift": LocalLift.fit(COORDINATES, CODES),
}


@pytest.fixture(params=CHARTS)
def chart(request):
    return CHARTS[request.param]


def home(chart):
    return chart.place(CODES) if chart.exact else COORDINATES


def test_a_handle_that_has_not_moved_lifts_to_its_code_bit_for_bit(chart):
    lifted = chart.lift(home(chart), CODES, home(chart))
    assert lifted.dtype == np.float32
    assert lifted.tobytes() == CODES.tobytes()


def test_a_handle_that_has_moved_lifts_elsewhere(chart):
    lifted = chart.lift(home(chart) + 0.5, CODES, home(chart))
    assert (lifted != CODES).any(axis=1).all()


def test_a_batch_lifts_as_its_rows_do(chart):
    places = home(chart)[:20] + 0.1
    batch = chart.lift(places, CODES[:20], home(chart)[:20])
    one_by_one = [chart.lift(places[[i]], CODES[[i]], home(chart)[[i]])[0] for i in range(20)]
    np.testing.assert_allclose(batch, one_by_one, atol=1e-6)
    np.testing.assert_allclose(chart.lift(places), [chart.lift(p[None])[0] for p in places], atol=1e-6)


def test_one_base_serves_a_whole_drag(chart):
    places = home(chart)[:1] + np.linspace(0, 1, 7)[:, None]
    repeated = chart.lift(places, np.repeat(CODES[:1], 7, 0), np.repeat(home(chart)[:1], 7, 0))
    np.testing.assert_allclose(chart.lift(places, CODES[:1], home(chart)[:1]), repeated, atol=1e-6)


def test_a_drag_is_continuous_at_home(chart):
    steps = np.array([1e-2, 1e-4, 1e-6])
    codes = CODES.astype(np.float64)
    moves = [np.abs(chart.lift(home(chart) + s, codes, home(chart)) - codes).max() for s in steps]
    assert (np.array(moves) < 100 * steps).all()


def test_exact_charts_place_what_they_lift(chart):
    places = RNG.normal(size=(10, 2))
    if chart.exact:
        np.testing.assert_allclose(chart.place(chart.lift(places)), places, atol=1e-6)
    else:
        assert np.abs(chart.place(chart.lift(places)) - places).max() > 1e-3


def test_place_takes_any_leading_shape(chart):
    grid = CODES[:12].reshape(3, 4, 5)
    np.testing.assert_allclose(chart.place(grid).reshape(12, 2), chart.place(CODES[:12]), atol=1e-6)
    assert chart.place(CODES[0]).shape == (2,)


def test_codes_keep_their_precision(chart):
    assert chart.lift([[0.0, 0.0]]).dtype == np.float32
    assert chart.lift([[0.0, 0.0]], CODES[:1].astype(np.float64), [[1.0, 1.0]]).dtype == np.float64


def test_no_handles_lift_to_no_codes(chart):
    assert chart.lift(np.empty((0, 2))).shape == (0, 5)
    assert chart.lift(np.empty((0, 2)), np.empty((0, 5)), np.empty((0, 2))).shape == (0, 5)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_places_that_are_not_finite_are_refused(chart, value):
    with pytest.raises(MapError, match=r"finite numbers.*first at index \[1\]"):
        chart.lift([[0.0, 0.0], [value, 0.0]])


@pytest.mark.parametrize("places", [[0.0, 0.0], [[0.0]], [["a", "b"]], [[[0.0, 0.0]]], 3.0])
def test_places_of_another_shape_or_type_are_refused(chart, places):
    with pytest.raises(MapError, match="places to lift"):
        chart.lift(places)


def test_half_a_base_is_refused(chart):
    with pytest.raises(MapError, match="both its code and its place"):
        chart.lift([[0.0, 0.0]], CODES[:1])


def test_a_base_of_another_length_is_refused(chart):
    with pytest.raises(MapError, match="1 or 3 rows"):
        chart.lift(np.zeros((3, 2)), CODES[:2], np.zeros((2, 2)))


def test_a_base_of_another_latent_size_is_refused(chart):
    with pytest.raises(MapError, match="vectors of 5 numbers"):
        chart.lift([[0.0, 0.0]], CODES[:1, :4], [[0.0, 0.0]])
