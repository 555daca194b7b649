"""Texts as few values: the most frequent have a code each, and no text has none."""

from __future__ import annotations

import numpy as np

from explorer.atlas.categories import MOST_VALUES, NONE, categories


def texts(*values: str) -> np.ndarray:
    found = np.empty(len(values), object)
    found[:] = values
    return found


def test_the_most_frequent_comes_first_and_no_text_has_no_code():
    found = categories(texts("b", "a", "", "b", "c", "a", "b"))
    assert found.names == ("b", "a", "c")
    assert found.codes.tolist() == [0, 1, NONE, 0, 2, 1, 0]
    assert found.n_others == 0


def test_as_many_values_as_can_be_told_apart_have_a_code_each():
    found = categories(texts(*(f"v{i:03d}" for i in range(MOST_VALUES))))
    assert len(set(found.codes.tolist())) == len(found.names) == MOST_VALUES
    assert found.n_others == 0


def test_of_more_values_the_rarest_are_one():
    values = [f"v{i:03d}" for i in range(100)]
    found = categories(texts("often", "often", *values))
    assert found.names[0] == "often"
    assert found.names[-1] == "62 others"
    assert found.n_others == 62
    assert len(found.names) == MOST_VALUES
    assert (found.codes == MOST_VALUES - 1).sum() == 62


def test_of_nothing_there_are_none():
    assert categories(texts("", "")).names == ()
