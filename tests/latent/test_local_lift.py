import numpy as np
import pytest

from explorer.latent import LocalLift, MapError, Support, level
from explorer.latent.local_lift import fade, trust

RNG = np.random.default_rng(2)
COORDINATES = RNG.uniform(-1, 1, size=(2000, 2))
CURVED = np.stack([np.sin(3 * COORDINATES[:, 0]), COORDINATES.prod(1), np.cos(2 * COORDINATES[:, 1])], axis=1)
NOISY = CURVED + 0.3 * RNG.normal(size=CURVED.shape)


def largest_step(chart, start, end, n, **base):
    path = chart.lift(np.linspace(start, end, n), **base)
    return np.abs(np.diff(path, axis=0)).max()


def test_an_affine_map_is_recovered():
    slope, offset = RNG.normal(size=(2, 4)), RNG.normal(size=4)
    chart = LocalLift.fit(COORDINATES, COORDINATES @ slope + offset)
    inside = RNG.uniform(-0.97, 0.97, size=(5000, 2))
    np.testing.assert_allclose(chart.lift(inside), inside @ slope + offset, atol=1e-5)


def test_a_curved_map_is_followed_closely():
    chart = LocalLift.fit(COORDINATES, CURVED)
    x, y = RNG.uniform(-0.9, 0.9, size=(2, 500))
    truth = np.stack([np.sin(3 * x), x * y, np.cos(2 * y)], axis=1)
    assert np.abs(chart.lift(np.stack([x, y], axis=1)) - truth).max() < 0.03


def test_the_fit_is_the_weighted_least_squares_solution():
    chart, at = LocalLift.fit(COORDINATES, NOISY), np.array([0.2, -0.3])
    distances = np.linalg.norm(COORDINATES - at, axis=1)
    h = np.sort(distances)[32]
    root = np.maximum(1 - (distances / h) ** 2, 0)[:, None]
    design = np.column_stack([np.ones(2000), COORDINATES - at])
    solution = np.linalg.lstsq(root * design, root * NOISY, rcond=None)[0]
    np.testing.assert_allclose(chart.lift(at[None])[0], solution[0], atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("end", [(1.0, 0.7), (4.0, 5.0)], ids=["inside", "leaving"])
def test_a_free_handle_is_continuous(end):
    chart = LocalLift.fit(COORDINATES, NOISY)
    coarse, fine = (largest_step(chart, (-0.9, -0.83), end, n) for n in (40_001, 160_001))
    assert fine < coarse / 3


def test_a_drag_is_continuous_through_home_and_past_the_fade():
    chart = LocalLift.fit(COORDINATES, NOISY)
    base = {"base_z": NOISY[:1] + 2, "base_u": COORDINATES[:1]}
    start, end = COORDINATES[0] - [1.0, 0.9], COORDINATES[0] + [1.1, 1.0]
    coarse, fine = (largest_step(chart, start, end, n, **base) for n in (40_001, 160_001))
    assert fine < coarse / 3


def test_near_home_the_residual_is_kept_and_far_away_it_is_gone():
    chart = LocalLift.fit(COORDINATES, NOISY)
    base_u, base_z = np.zeros((1, 2)), np.full((1, 3), 5.0)
    residual = base_z - chart.lift(base_u)
    near, far = np.array([[1e-4, 0]]), np.array([[0.99, 0.97]])
    np.testing.assert_allclose(chart.lift(near, base_z, base_u) - chart.lift(near), residual, rtol=1e-4)
    np.testing.assert_array_equal(chart.lift(far, base_z, base_u), chart.lift(far))


def test_a_drag_adds_a_falling_share_of_homes_residual_to_the_free_handle():
    chart = LocalLift.fit(COORDINATES, NOISY)
    base_u, base_z, places = (
        np.zeros((1, 2)),
        np.full((1, 3), 5.0),
        np.linspace(0.01, 0.9, 30)[:, None] * [1, 0],
    )
    share = (chart.lift(places, base_z, base_u) - chart.lift(places)) / (base_z - chart.lift(base_u))
    np.testing.assert_allclose(share, np.broadcast_to(share[:, :1], share.shape), atol=1e-12)
    assert (np.diff(share[:, 0]) < 0).all()
    assert share[0, 0] > 0.99


def test_the_fade_falls_from_one_to_zero_with_flat_ends():
    s = np.linspace(0, 1.2, 1201)
    kept = fade(s)
    assert kept[0] == 1
    assert (kept[s >= 1] == 0).all()
    assert (np.diff(kept) <= 0).all()
    assert 1 - kept[1] < 1e-4
    assert kept[999] < 1e-6


def test_trust_falls_from_one_to_zero():
    t = np.linspace(0, 6, 601)
    assert (trust(t[t <= 2.5]) == 1).all()
    assert (trust(t[t >= 5]) == 0).all()
    assert (np.diff(trust(t)) <= 0).all()


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_lift_does_not_depend_on_the_maps_units(scale):
    chart, scaled = LocalLift.fit(COORDINATES, NOISY), LocalLift.fit(COORDINATES * scale, NOISY)
    places, base = RNG.uniform(-1.5, 1.5, size=(50, 2)), COORDINATES[:50]
    np.testing.assert_allclose(scaled.lift(places * scale), chart.lift(places), atol=1e-8)
    dragged = scaled.lift(places * scale, NOISY[:50], base * scale)
    np.testing.assert_allclose(dragged, chart.lift(places, NOISY[:50], base), atol=1e-8)


@pytest.mark.parametrize("distance", [1.5, 3.0, 100.0, 1e6, 1e14])
def test_far_outside_a_free_handle_stays_among_the_codes(distance):
    chart = LocalLift.fit(COORDINATES, NOISY * 100)
    angles = np.linspace(0, 2 * np.pi, 200)
    lifted = chart.lift(distance * np.stack([np.cos(angles), np.sin(angles)], axis=1))
    spread = np.ptp(NOISY, axis=0) * 100
    assert (np.abs(lifted - NOISY.mean(0) * 100) < spread).all()


def test_far_outside_the_support_is_outside_although_the_code_is_an_average_one():
    chart, support = LocalLift.fit(COORDINATES, CURVED), Support.fit(CURVED)
    places = np.array([[0.1, 0.2], [3.0, 3.0]])
    report = support.at(chart.lift(places), chart.remoteness(places))
    assert [level(ratio) for ratio in report.ratio] == ["good", "outside"]


def test_remoteness_is_zero_at_an_example_and_counts_in_its_scale():
    chart = LocalLift.fit(COORDINATES, CURVED)
    np.testing.assert_array_equal(chart.remoteness(COORDINATES), 0)
    apart = np.linalg.norm(COORDINATES - [2.0, 0.0], axis=1)
    rim = COORDINATES[apart.argmin()]
    spacing = np.sort(np.linalg.norm(COORDINATES - rim, axis=1))[10]
    np.testing.assert_allclose(chart.remoteness([[2.0, 0.0]]), apart.min() / spacing)


def test_codes_of_examples_are_placed_where_the_examples_are():
    chart = LocalLift.fit(COORDINATES, NOISY)
    np.testing.assert_allclose(chart.place(NOISY), COORDINATES, atol=1e-9)


def test_a_drag_never_makes_the_search_by_code_and_no_table_is_copied():
    codes, coordinates = NOISY.astype(np.float32), COORDINATES.astype(np.float32)
    chart = LocalLift.fit(coordinates, codes)
    chart.lift([[0.1, 0.2]], codes[:1], coordinates[:1])
    chart.remoteness([[0.1, 0.2]])
    assert "places_by_code" not in vars(chart)
    assert chart.codes_by_place.values is chart.codes is codes
    np.testing.assert_allclose(chart.place(codes), coordinates, atol=1e-6)


def test_float32_tables_lift_as_the_same_numbers_in_float64_do():
    codes, coordinates = NOISY.astype(np.float32), COORDINATES.astype(np.float32)
    narrow, wide = (
        LocalLift.fit(coordinates, codes),
        LocalLift.fit(coordinates.astype(np.float64), codes.astype(np.float64)),
    )
    places = RNG.uniform(-1.5, 1.5, size=(100, 2))
    assert narrow.lift(places).dtype == np.float32
    np.testing.assert_array_equal(narrow.lift(places), wide.lift(places).astype(np.float32))


def test_placing_is_continuous_and_stays_on_the_map():
    chart = LocalLift.fit(COORDINATES, NOISY)
    coarse, fine = (np.diff(chart.place(np.linspace(NOISY[0], NOISY[1], n)), axis=0) for n in (2001, 8001))
    assert np.abs(fine).max() < np.abs(coarse).max() / 2
    assert np.abs(chart.place(RNG.normal(size=(100, 3)) * 50)).max() <= 1


def test_placing_a_smooth_code_finds_its_place():
    codes = np.column_stack([COORDINATES, COORDINATES.prod(1), np.sin(COORDINATES[:, 0])])
    chart = LocalLift.fit(COORDINATES, codes)
    x, y = RNG.uniform(-0.9, 0.9, size=(2, 300))
    placed = chart.place(np.stack([x, y, x * y, np.sin(x)], axis=1))
    assert np.abs(placed - np.stack([x, y], axis=1)).max() < 0.1


@pytest.mark.parametrize("n", [1, 2, 3, 32, 33, 34])
def test_small_sets_lift_to_finite_codes_among_their_own(n):
    chart = LocalLift.fit(COORDINATES[:n], NOISY[:n])
    places = RNG.uniform(-3, 3, size=(200, 2))
    lifted = chart.lift(places)
    assert (np.abs(lifted - NOISY[:n].mean(0)) <= 3 * np.ptp(NOISY[:n], axis=0) + 1e-9).all()
    dragged = chart.lift(COORDINATES[:n], NOISY[:n], COORDINATES[:n])
    np.testing.assert_array_equal(dragged, NOISY[:n])
    assert np.isfinite(chart.lift(places, NOISY[:1], COORDINATES[:1])).all()
    np.testing.assert_allclose(chart.place(NOISY[:n]), COORDINATES[:n], atol=1e-9)
    assert np.isfinite(chart.remoteness(places)).all()


def test_two_examples_lift_continuously_between_them():
    chart = LocalLift.fit([[0.0, 0.0], [1.0, 0.0]], [[0.0, 0.0], [2.0, 4.0]])
    assert largest_step(chart, (-0.5, 0.1), (1.5, 0.1), 4001) < 0.02
    np.testing.assert_allclose(chart.lift([[0.5, 0.0]]), [[1.0, 2.0]], atol=1e-6)


def test_equal_places_lift_to_the_mean_of_their_codes():
    chart = LocalLift.fit(np.ones((100, 2)), NOISY[:100])
    np.testing.assert_allclose(chart.lift([[1.0, 1.0], [5.0, -3.0]]), [NOISY[:100].mean(0)] * 2)
    np.testing.assert_array_equal(chart.lift(np.ones((1, 2)), NOISY[:1], np.ones((1, 2))), NOISY[:1])
    assert np.isfinite(chart.lift([[1.1, 1.0]], NOISY[:1], np.ones((1, 2)))).all()
    assert np.isfinite(chart.remoteness([[5.0, -3.0]])).all()


def test_equal_codes_are_placed_at_the_mean_of_their_places():
    chart = LocalLift.fit(COORDINATES[:100], np.ones((100, 3)))
    np.testing.assert_allclose(chart.place(np.ones(3)), COORDINATES[:100].mean(0))
    np.testing.assert_allclose(chart.lift([[0.1, 0.2]]), np.ones((1, 3)))


def test_many_copies_do_not_tear_the_map():
    copies = np.repeat(COORDINATES[:5], 60, axis=0)
    chart = LocalLift.fit(
        np.vstack([COORDINATES, copies]), np.vstack([NOISY, np.repeat(NOISY[:5], 60, axis=0)])
    )
    away = np.array([0.05, 0.03])
    coarse, fine = (
        largest_step(chart, COORDINATES[0] - away, COORDINATES[0] + away, n) for n in (2001, 8001)
    )
    assert fine < coarse / 3


def test_places_on_one_line_lift_to_bounded_codes():
    line = np.linspace(-1, 1, 200)
    chart = LocalLift.fit(np.stack([line, 2 * line], axis=1), np.stack([line, line**2], axis=1))
    lifted = chart.lift([[0.3, 0.6], [0.3, 0.7], [0.5, -5.0]])
    np.testing.assert_allclose(lifted[0], [0.3, 0.09], atol=5e-3)
    assert (np.abs(lifted) <= 1.5).all()


def test_many_places_are_lifted_in_blocks_as_in_one():
    chart = LocalLift.fit(COORDINATES, NOISY)
    places = RNG.uniform(-1, 1, size=(9000, 2))
    np.testing.assert_allclose(chart.lift(places)[4090:4100], chart.lift(places[4090:4100]), atol=1e-12)


def test_coordinates_that_are_not_numbers_name_the_row():
    broken = COORDINATES.copy()
    broken[7, 1] = np.nan
    with pytest.raises(MapError, match=r"map coordinates: .*leave out or recompute.*1 of 2000.*\[7\]"):
        LocalLift.fit(broken, NOISY)


def test_tables_that_do_not_fit_are_refused():
    with pytest.raises(MapError, match="10 and 2000 rows"):
        LocalLift.fit(COORDINATES[:10], NOISY)
    with pytest.raises(MapError, match="one row or more"):
        LocalLift.fit(np.empty((0, 2)), np.empty((0, 3)))
    with pytest.raises(MapError, match="vectors of 2 numbers"):
        LocalLift.fit(NOISY, NOISY)
    with pytest.raises(MapError, match="n_neighbours"):
        LocalLift.fit(COORDINATES, NOISY, n_neighbours=2)
