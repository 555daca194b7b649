"""Lines of equal density: what they hold, on clouds where that is known."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.latent import contours
from explorer.latent.arrays import MapError


def cloud(n: int = 400_000) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, 2)) * [2.0, 0.5] + [10.0, -3.0]


@pytest.mark.parametrize("share", [0.9, 0.5, 0.25])
def test_a_line_holds_its_share_of_a_gaussian(share):
    line = max(contours.lines(cloud(), [share]), key=lambda line: len(line.places))
    # Inside the ellipse (x / 2)^2 + (y / 0.5)^2 = -2 log(1 - share), a little wider by the kernel.
    radius = np.linalg.norm((line.places - [10, -3]) / [2.0, 0.5], axis=1)
    expected = np.sqrt(-2 * np.log(1 - share))
    assert np.median(radius) == pytest.approx(expected, rel=0.12)
    assert radius.std() / expected < 0.15


def test_lines_close_and_lie_inside_one_another():
    lines = contours.lines(cloud())
    assert [line.share for line in lines] == sorted((line.share for line in lines), reverse=True)
    widest = [max(np.ptp(line.places[:, 0]) for line in lines if line.share == s) for s in contours.SHARES]
    assert widest == sorted(widest, reverse=True)
    for line in lines:
        np.testing.assert_allclose(line.places[0], line.places[-1])


def test_two_clouds_have_two_lines_each():
    two = np.concatenate([cloud(), cloud() + np.array([40, 0])])
    assert len({line.places[:, 0].mean() > 30 for line in contours.lines(two, [0.5])}) == 2


def test_the_level_of_a_share_is_the_largest_that_holds_it():
    density = np.array([[4.0, 3.0], [2.0, 1.0]])
    assert contours.levels(density, [0.4, 0.41, 0.7, 0.95]) == [4.0, 3.0, 3.0, 1.0]


@pytest.mark.parametrize("places", [[[1.0, 2.0]], [[1.0, 2.0]] * 5, [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]])
def test_examples_at_one_place_or_on_one_axis_have_no_lines(places):
    assert contours.lines(places) == []


def test_places_that_are_not_finite_are_refused():
    with pytest.raises(MapError):
        contours.lines([[0.0, np.nan]] * 4)
