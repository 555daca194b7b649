from dataclasses import replace

import numpy as np
import pytest

from explorer.datasets import Dataset, DatasetError
from explorer.models.fit_data import fitted, is_trained_on, other_data
from explorer.models.latent_model import DataSpec
from tests import tiny

VECTOR = DataSpec((3,), "vector", None)
LINEAR = {"encoder": {"kind": "linear"}, "decoder": {"kind": "linear"}}
GAUSSIAN = {"kind": "gaussian", "scale": 1.0}
CONTINUOUS = {"kind": "continuous_bernoulli"}
BERNOULLI = {"kind": "bernoulli"}


def real(values):
    values = np.array(values, dtype=np.float32)
    ids = np.arange(10, 10 + len(values))
    return Dataset("mine", "test", values, None, np.full(len(values), -1), (), ids, "vector")


def model(likelihood, data=VECTOR):
    return tiny.model(tiny.config(likelihood, data, **LINEAR))


COUNTS = {"kind": "negative_binomial", "typical_library": 10.0}


def test_small_counts_that_look_like_bytes_are_counts_to_a_model_of_them():
    values = np.array([[0, 1, 1], [0, 7, 200]], np.uint8)
    for n_levels, rows in ((2, slice(1)), (256, slice(2))):
        looks = replace(real(values[rows]), values=values[rows], n_levels=n_levels)
        found = fitted(looks, model(COUNTS))
        assert found.n_levels is None
        assert found.name == "mine:counts"
        np.testing.assert_array_equal(found.x(slice(None)), values[rows])
    assert is_trained_on("digits:counts", {"data": "digits"})


@pytest.mark.parametrize(
    "values, found",
    [([0.0, 1.0, 2.5], "2.5"), ([0, -1, 2], "-1"), ([0, np.inf, 1], "inf"), ([np.nan, 1, 1], "nan")],
)
def test_normalised_values_are_no_counts(values, found):
    with pytest.raises(
        DatasetError,
        match=f"expected counts: whole numbers from 0 on, found {found} in example 11.*as they were",
    ):
        fitted(real([[0, 1, 2], values]), model(COUNTS))


def test_data_of_the_models_own_kind_pass_unchanged(digits):
    assert fitted(digits, tiny.model()) is digits


def test_another_shape_is_refused(digits):
    with pytest.raises(DatasetError, match=r"shape of an example: expected \(3,\), found \(1, 8, 8\)"):
        fitted(digits, model(GAUSSIAN))


def test_another_number_of_levels_is_refused(digits):
    other = model(GAUSSIAN, DataSpec((1, 8, 8), "grey image", 256))
    with pytest.raises(DatasetError, match="levels: expected 256 levels, found 17 levels"):
        fitted(digits, other)


def test_levels_are_not_real_values(digits):
    other = model(GAUSSIAN, DataSpec((1, 8, 8), "grey image", None))
    with pytest.raises(DatasetError, match=r"expected real values, found 17 levels.*different units"):
        fitted(digits, other)


def test_pixels_that_are_not_binary_are_refused_under_bernoulli(digits):
    bernoulli = model(BERNOULLI, DataSpec((1, 8, 8), "grey image", 2))
    with pytest.raises(DatasetError, match=r"found 17 levels.*binarise the data first"):
        fitted(digits, bernoulli)


def test_a_model_of_binarised_pixels_gets_them_from_the_seed(digits):
    binarised = model(BERNOULLI, DataSpec((1, 8, 8), "grey image", 2, binarise=True))
    first = fitted(digits, binarised, seed=1)
    assert first.n_levels == 2
    np.testing.assert_array_equal(first.example_ids, digits.example_ids)
    np.testing.assert_array_equal(first.values, fitted(digits, binarised, seed=1).values)
    assert (first.values != fitted(digits, binarised, seed=2).values).any()
    assert fitted(first, binarised) is first


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused_by_example(bad):
    with pytest.raises(DatasetError, match=r"values: expected finite numbers, found .* in example 11"):
        fitted(real([[0, 1, 2], [0, bad, 2]]), model(GAUSSIAN))


@pytest.mark.parametrize("bad", [-0.01, 1.01, np.nan])
def test_values_outside_the_likelihoods_range_are_refused(bad):
    with pytest.raises(DatasetError, match=r"finite numbers in \[0, 1\], found .* in example 11"):
        fitted(real([[0, 1, 0.5], [0, bad, 1]]), model(CONTINUOUS))


@pytest.mark.parametrize("likelihood", [GAUSSIAN, CONTINUOUS])
def test_values_in_the_likelihoods_range_pass(likelihood):
    data = real([[0, 1, 0.5]])
    assert fitted(data, model(likelihood)) is data


def test_an_empty_split_is_told(digits):
    with pytest.raises(DatasetError, match=r"at least one, found none.*--split"):
        fitted(digits.take(slice(0)), tiny.model())


# what a model was trained on


@pytest.mark.parametrize(
    ("trained_on", "name", "expected"),
    [
        ("digits", "digits", True),
        ("mnist", "mnist:binarised-3", True),
        ("digits", "mnist", False),
        ("digits", "mine.npz", False),
        ("mine.npz", "./mine.npz", True),
        ("mine.npz:binarised-1", "mine.npz", True),
        ("mine.npz", "digits", False),
        ("mine.npz", "other.npz", False),
        (None, "digits", None),
        (7, "digits", None),
    ],
)
def test_whether_a_model_was_trained_on_data_of_a_name(trained_on, name, expected):
    assert is_trained_on(name, {"data": trained_on}) is expected


def test_a_file_is_the_same_by_whichever_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_trained_on(str(tmp_path / "mine.npz"), {"data": "mine.npz"})


def test_other_data_are_named_and_so_are_those_of_the_training():
    said = other_data("mnist", "vae", {"data": "digits"})
    assert said.startswith("vae was trained on digits, and these are mnist")
    assert other_data("digits", "vae", {"data": "digits"}) == other_data("digits", "vae", {}) == ""
