"""Frozen dynamic binarisation: a fair draw that knows only the seed and the id."""

import numpy as np
import pytest

from explorer.datasets import Dataset, DatasetError, binarise, load

FROZEN = [1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0]


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load("digits")


def real(values: list[list[float]]) -> Dataset:
    array = np.array(values, dtype=np.float32)
    n_examples = len(array)
    return Dataset(
        "v", "all", array, None, np.zeros(n_examples, np.int64), (), np.arange(n_examples) + 5, "vector"
    )


def test_pixels_are_zero_or_one(digits: Dataset) -> None:
    binary = binarise(digits, 0)
    assert binary.n_levels == 2
    np.testing.assert_array_equal(np.unique(binary.values), [0, 1])
    np.testing.assert_array_equal(np.unique(binary.x(slice(None))), [0.0, 1.0])


def test_black_stays_black_and_white_stays_white(digits: Dataset) -> None:
    binary = binarise(digits, 3)
    assert not np.asarray(binary.values)[digits.values == 0].any()
    assert np.asarray(binary.values)[digits.values == 16].all()


def test_the_mean_over_seeds_is_the_grey_value(digits: Dataset) -> None:
    few = digits.take(slice(4))
    n_seeds = 2000
    mean = np.mean([binarise(few, seed).values for seed in range(n_seeds)], axis=0)
    grey = few.x(slice(None))
    five_errors = 5 * np.sqrt(grey * (1 - grey) / n_seeds)
    assert (np.abs(mean - grey) <= five_errors).all()


def test_an_example_has_the_same_pixels_in_any_order_and_subset(digits: Dataset) -> None:
    order = np.random.default_rng(0).permutation(len(digits))[:50]
    np.testing.assert_array_equal(binarise(digits.take(order), 1).values, binarise(digits, 1).values[order])


def test_seeds_and_ids_draw_independently() -> None:
    same_grey = real([[0.5] * 4000] * 2)
    first, second = np.asarray(binarise(same_grey, 0).values)
    other, _ = np.asarray(binarise(same_grey, 1).values)
    for pair in ((first, second), (first, other)):
        agreement = float(np.mean(pair[0] == pair[1]))
        assert abs(agreement - 0.5) < 5 * 0.5 / np.sqrt(4000)


def test_the_draw_never_changes_between_versions() -> None:
    np.testing.assert_array_equal(binarise(real([[0.5] * 16]), 42).values, [FROZEN])


def test_labels_and_ids_stay(digits: Dataset) -> None:
    binary = binarise(digits, 0)
    np.testing.assert_array_equal(binary.example_ids, digits.example_ids)
    np.testing.assert_array_equal(binary.labels, digits.labels)


def test_name_and_digest_tell_the_seed(digits: Dataset) -> None:
    versions = [binarise(digits, 0), binarise(digits, 1), digits]
    assert len({version.digest for version in versions}) == 3
    assert [version.name for version in versions] == ["digits:binarised-0", "digits:binarised-1", "digits"]


@pytest.mark.parametrize("bad", [-0.01, 1.01])
def test_values_that_are_no_grey_are_refused_by_id(bad: float) -> None:
    with pytest.raises(DatasetError, match=r"1 examples outside it, the first has id 6.*Rescale"):
        binarise(real([[0.0, 1.0], [0.5, bad]]), 0)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(seed: int, digits: Dataset) -> None:
    with pytest.raises(DatasetError, match="seed"):
        binarise(digits, seed)
