"""The split of data that come without one: stratified, complete and steady."""

import numpy as np
import pytest

from explorer.datasets.splits import held_out

LABELS = np.random.default_rng(0).integers(-1, 7, size=503)


def test_each_label_gives_a_fifth() -> None:
    mask = held_out(LABELS)
    for label in np.unique(LABELS):
        of_label = label == LABELS
        assert mask[of_label].sum() == of_label.sum() // 5


def test_examples_of_another_label_change_nothing() -> None:
    more = np.insert(LABELS, np.arange(0, 503, 3), 99)
    np.testing.assert_array_equal(held_out(more)[more != 99], held_out(LABELS))


def test_appended_examples_leave_the_others_on_their_side() -> None:
    np.testing.assert_array_equal(held_out(np.append(LABELS, LABELS))[:503], held_out(LABELS))


@pytest.mark.parametrize("n_examples", [0, 1, 4])
def test_too_few_examples_give_no_test_split(n_examples: int) -> None:
    assert not held_out(np.zeros(n_examples, dtype=np.int64)).any()
