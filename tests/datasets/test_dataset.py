"""Laws of a data set: ids travel, levels become [0, 1], the digest sees every change."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.datasets import Dataset, DatasetError


@pytest.fixture
def levels() -> Dataset:
    rng = np.random.default_rng(0)
    return Dataset(
        name="toy",
        split="test",
        values=rng.integers(0, 17, size=(12, 1, 2, 3)).astype(np.uint8),
        n_levels=17,
        labels=np.arange(12) % 3,
        label_names=("a", "b", "c"),
        example_ids=np.arange(100, 112),
        kind="grey image",
    )


def test_levels_are_scaled_by_the_highest_one(levels: Dataset) -> None:
    x = levels.x(slice(None))
    assert x.dtype == np.float32
    np.testing.assert_array_equal(np.rint(x * 16), levels.values)
    assert levels.x(np.asarray(levels.values).reshape(12, -1).max(axis=1).argmax()).max() <= 1


def test_real_values_are_left_as_they_are() -> None:
    values = np.array([[-3.5, 7.25]], dtype=np.float32)
    real = Dataset("v", "all", values, None, np.array([-1]), (), np.array([0]), "vector")
    np.testing.assert_array_equal(real.x([0]), values)


def test_x_of_real_values_is_a_copy() -> None:
    values = np.zeros((2, 3), dtype=np.float32)
    real = Dataset("v", "all", values, None, np.zeros(2, np.int64), (), np.arange(2), "vector")
    real.x(slice(None))[:] = 1
    assert not values.any()


@pytest.mark.parametrize("index", [3, np.int64(3), [3], slice(3, 4), np.arange(12) == 3])
def test_every_kind_of_index_keeps_the_first_axis(levels: Dataset, index: object) -> None:
    assert levels.x(index).shape == (1, 1, 2, 3)  # type: ignore[arg-type]  # numpy scalars and masks too
    np.testing.assert_array_equal(levels.take(index).example_ids, [103])  # type: ignore[arg-type]


def test_an_empty_index_gives_no_examples(levels: Dataset) -> None:
    assert len(levels.take([])) == 0
    assert levels.x([]).shape == (0, 1, 2, 3)


def test_ids_and_labels_go_along_through_nested_selections(levels: Dataset) -> None:
    part = levels.take([7, 2, 9, 4]).take(slice(1, 3))
    np.testing.assert_array_equal(part.example_ids, [102, 109])
    for position, example_id in enumerate(part.example_ids):
        home = levels.position(int(example_id))
        np.testing.assert_array_equal(np.asarray(part.values)[position], np.asarray(levels.values)[home])
        assert part.labels[position] == levels.labels[home]
        assert part.position(int(example_id)) == position


def test_an_absent_id_is_named_with_the_ids_there_are(levels: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"12 ids between 100 and 111, found 7"):
        levels.position(7)


def test_an_absent_id_in_an_empty_selection_is_an_error_too(levels: Dataset) -> None:
    with pytest.raises(DatasetError, match="no ids"):
        levels.take([]).position(100)


def test_digest_depends_on_the_content_alone(levels: Dataset) -> None:
    assert levels.digest == replace(levels, name="other", values=np.asarray(levels.values).copy()).digest


@pytest.mark.parametrize("field", ["values", "labels", "example_ids"])
def test_digest_sees_one_changed_entry(levels: Dataset, field: str) -> None:
    changed = getattr(levels, field).copy()
    changed.flat[-1] += 1
    assert replace(levels, **{field: changed}).digest != levels.digest


def test_digest_sees_levels_order_and_shape(levels: Dataset) -> None:
    digests = {
        levels.digest,
        replace(levels, n_levels=256).digest,
        levels.take(np.arange(12)[::-1]).digest,
        replace(levels, values=np.asarray(levels.values).reshape(12, 1, 3, 2)).digest,
    }
    assert len(digests) == 4


def test_a_selection_by_reversed_slice_has_a_digest(levels: Dataset) -> None:
    assert levels.take(slice(None, None, -1)).digest == levels.take(np.arange(12)[::-1]).digest


def test_shape_is_that_of_one_example(levels: Dataset) -> None:
    assert levels.shape == (1, 2, 3)


def test_mismatched_lengths_are_refused(levels: Dataset) -> None:
    with pytest.raises(AssertionError, match="differ in length"):
        replace(levels, labels=levels.labels[:-1])


# metadata


@pytest.fixture
def told(levels: Dataset) -> Dataset:
    """The same with a column of each type."""
    texts = np.array([f"n{i}" for i in range(12)], object)
    columns = {"age": np.arange(12), "weight": np.arange(12) / 4, "name": texts}
    return replace(levels, metadata=columns)


def test_metadata_go_along(told: Dataset) -> None:
    part = told.take([7, 2])
    assert {name: column.tolist() for name, column in part.metadata.items()} == {
        "age": [7, 2],
        "weight": [1.75, 0.5],
        "name": ["n7", "n2"],
    }


def test_without_metadata_the_digest_is_what_it_was(levels: Dataset) -> None:
    assert levels.digest.startswith("573fdcb12009cb6c82b1e3b42b51fce2")


@pytest.mark.parametrize("name", ["age", "weight", "name"])
def test_digest_sees_one_changed_entry_of_the_metadata(told: Dataset, levels: Dataset, name: str) -> None:
    changed = told.metadata[name].copy()
    changed[-1] *= 2
    other = replace(told, metadata={**told.metadata, name: changed})
    renamed = replace(told, metadata={f"{key}_": column for key, column in told.metadata.items()})
    assert len({told.digest, other.digest, renamed.digest, levels.digest}) == 4


def test_metadata_of_another_length_are_refused(told: Dataset) -> None:
    with pytest.raises(AssertionError, match="differ in length"):
        replace(told, metadata={"age": np.arange(3)})
