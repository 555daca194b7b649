"""Sets of examples as bits: the laws of sets, and what comes from a browser or a link."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

from explorer.ui.state import selection

N = 10_000


def some(seed: int, share: float = 0.3, n: int = N) -> set[int]:
    return set(np.flatnonzero(np.random.default_rng(seed).random(n) < share).tolist())


def bits(rows: set[int]) -> bytes:
    return selection.of_rows(sorted(rows))


@pytest.mark.parametrize("rows", [set(), {0}, {7}, {8}, {0, 9_999}, some(0)])
def test_rows_come_back(rows):
    packed = bits(rows)
    assert set(selection.rows(packed).tolist()) == rows
    assert selection.size(packed) == len(rows)
    assert set(np.flatnonzero(selection.mask(packed, N)).tolist()) == rows


def test_equal_sets_are_equal_bytes_whatever_the_order_and_the_zeros_at_the_end():
    assert selection.of_rows([900, 3, 3]) == selection.of_rows([3, 900])
    assert selection.combined(bits({3, 900}), bits({900}), "remove") == bits({3})
    assert selection.of_mask(np.zeros(64, bool)) == selection.NOTHING


@pytest.mark.parametrize(
    "how, expected", [("replace", lambda a, b: b), ("add", set.union), ("remove", set.difference)]
)
def test_combining_is_the_algebra_of_sets(how, expected):
    a, b = some(1), some(2, 0.6)
    assert selection.combined(bits(a), bits(b), how) == bits(expected(a, b))


@pytest.mark.parametrize("n", [1, 8, 13, N])
def test_inverting_twice_changes_nothing(n):
    chosen = bits(some(3, n=n))
    once = selection.inverted(chosen, n)
    assert selection.size(once) + selection.size(chosen) == n
    assert selection.inverted(once, n) == chosen


def test_ten_thousand_examples_fit_a_link_however_they_are_chosen():
    chosen = bits(some(4, 0.5))
    text = selection.to_text(chosen)
    assert text is not None
    assert selection.from_text(text, N) == chosen


def test_what_does_not_fit_a_link_is_left_out():
    assert selection.to_text(bits(some(5, 0.5, n=100_000))) is None


def test_a_selection_goes_to_the_browser_and_back():
    chosen = bits(some(6))
    assert selection.from_base64(selection.to_base64(chosen)) == chosen


@pytest.mark.parametrize("forged", [None, 3, "?", "AB", ["AA=="], "é"])
def test_what_is_no_selection_is_none(forged):
    assert selection.from_base64(forged) is None


@pytest.mark.parametrize("text", ["", "?", "AAAA", "x" * 50])
def test_a_damaged_link_says_so(text):
    with pytest.raises(ValueError, match="damaged"):
        selection.from_text(text, N)


def test_a_link_to_another_atlas_says_so():
    text = selection.to_text(bits({N}))
    assert text is not None
    with pytest.raises(ValueError, match="10000 examples"):
        selection.from_text(text, N)


def test_a_few_bytes_do_not_unpack_to_gigabytes():
    bomb = base64.urlsafe_b64encode(zlib.compress(b"\xff" * 50_000_000, 9)).decode()
    with pytest.raises(ValueError, match="examples here"):
        selection.from_text(bomb, N)
