"""Small pictures of vectors: what is covered, on which scale, whatever the values are."""

import time

import numpy as np
import pytest

from explorer.datasets import Features
from explorer.show.pictures import pictures_of
from explorer.show.sparkline import ValueRange, coverage, value_range

BARS = Features(axis="gene")
SIGNAL = Features(is_ordered=True)


def filled(x, scale, height=40, width=40):
    """Which pixels are at least half covered, the top row first."""
    return coverage(np.atleast_2d(x), scale, height, width)[0] > 0.5


def test_lines_of_a_set_are_on_one_scale():
    rising = np.linspace(0, 1, 40)
    half, whole = pictures_of(np.stack([0.5 * rising, rising]), 40)

    def top(picture):
        return int(np.flatnonzero(np.asarray(picture)[..., 3].max(axis=1) > 64)[0])

    assert half.size == whole.size == (40, 40)
    assert top(half) > top(whole) + 10


def test_a_line_goes_through_its_values():
    found = filled(np.linspace(0, 1, 200), ValueRange(0, 1, True))
    # A straight line from the lower left to the upper right.
    rows = np.array([np.flatnonzero(column).mean() for column in found.T])
    assert (np.diff(rows) < 0).all()
    assert rows[0] > 36
    assert rows[-1] < 3


def test_a_spike_narrower_than_a_pixel_is_seen():
    x = np.zeros(4000)
    x[1777] = 1
    assert filled(x, ValueRange(0, 1, True))[4].any()


def test_bars_stand_on_zero_and_hang_from_it():
    found = filled([1.0, -1.0], ValueRange(-1, 1, False))
    assert found[:18, 2:18].mean() > 0.8
    assert not found[22:, :18].any()
    assert found[22:, 22:38].mean() > 0.8
    assert not found[:18, 22:].any()


def test_of_thousands_of_bars_the_longest_is_seen():
    x = np.full(2000, 0.01)
    x[1234] = 1
    assert filled(x, ValueRange(0, 1, False))[4].sum() == 1


def test_bars_begin_at_zero_and_a_signal_does_not():
    x = np.array([[5.0, 6.0, 7.0]])
    assert value_range(x, BARS) == ValueRange(0, 7, False)
    assert value_range(x, SIGNAL) == ValueRange(5, 7, True)


def test_without_a_description_many_values_are_a_signal():
    assert value_range(np.ones((1, 31)), None).is_line
    assert not value_range(np.ones((1, 30)), None).is_line


def test_one_wild_feature_does_not_flatten_the_rest():
    x = np.random.default_rng(0).random((50, 100))
    x[3, 7] = 1e6
    assert value_range(x, SIGNAL, is_robust=True).high < 2
    assert value_range(x, SIGNAL).high == 1e6


@pytest.mark.parametrize("features", [None, BARS, SIGNAL])
@pytest.mark.parametrize(
    "x",
    [
        np.zeros((2, 1)),
        np.ones((1, 5)),
        np.full((1, 4), np.nan),
        np.array([[np.inf, 1, -np.inf]]),
        np.ones((1, 3000)),
    ],
)
def test_values_without_spread_or_without_numbers_are_drawn_too(x, features):
    pictures = pictures_of(x, 30, features)
    assert [picture.size for picture in pictures] == [(30, 30)] * len(x)


def test_a_picture_is_drawn_in_a_few_milliseconds():
    """It is drawn for every frame of a path; loose, as the machine may be busy."""
    x = np.random.default_rng(0).normal(size=(1, 2000))
    scale = value_range(x, BARS)
    coverage(x, scale, 84, 84)
    taken = []
    for _ in range(20):
        began = time.perf_counter()
        coverage(x, scale, 84, 84)
        taken.append(time.perf_counter() - began)
    assert min(taken) < 0.002
