"""Columns beside the values: of three types, under names that an atlas can have, bounded, and said where changed."""

import datetime
import decimal

import numpy as np
import pytest

from explorer.atlas import UNITS
from explorer.datasets.metadata import MOST_CHARACTERS, MOST_COLUMNS, RESERVED, as_column, safe_name, tidy

TYPES = {
    "integers": ([1, 2, 3], "i", [1, 2, 3]),
    "integers with a missing one": ([1, None, 3], "f", [1, np.nan, 3]),
    "floats": ([0.5, 1, None], "f", [0.5, 1, np.nan]),
    "infinity": ([0.5, np.inf, -np.inf], "f", [0.5, np.nan, np.nan]),
    "decimals": ([decimal.Decimal("0.5")], "f", [0.5]),
    "digits without end": ([10**400], "f", [np.nan]),
    "texts": (["a", None, ""], "O", ["a", "", ""]),
    "truth": ([True, False, None], "O", ["true", "false", ""]),
    "dates": ([datetime.date(2026, 1, 2)], "O", ["2026-01-02"]),
    "texts and numbers": (["a", 1], "O", ["a", "1"]),
    "nothing": ([None, None], "O", ["", ""]),
    "half of a surrogate pair": (["\ud800"], "O", ["?"]),
    "small numbers": (np.array([1, 2], np.uint8), "i", [1, 2]),
    "beyond 64 bits": (np.array([2**64 - 1], np.uint64), "f", [2.0**64]),
    "halves": (np.array([0.5], np.float16), "f", [0.5]),
}


@pytest.mark.parametrize("case", TYPES)
def test_every_column_is_integers_floats_or_texts(case):
    values, kind, wanted = TYPES[case]
    column = as_column(values)
    assert column.dtype == {"i": np.int64, "f": np.float64, "O": object}[kind]
    np.testing.assert_array_equal(column, np.array(wanted, column.dtype))
    assert kind != "O" or all(type(text) is str for text in column)


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, b"bytes"])
def test_what_is_neither_number_nor_text_is_left_out_and_said(value):
    found, notes = tidy({"a": [1], "deep": [value]})
    assert list(found) == ["a"]
    assert notes == ("metadata column 'deep' is left out: it holds neither numbers nor texts",)


def test_the_names_of_an_atlas_are_reserved():
    assert set(UNITS) | {"example_id", "label", "mean", "log_variance", "code_radius"} == RESERVED


@pytest.mark.parametrize(
    "raw, name",
    [
        ("age", "age"),
        ("Age (years)", "Age__years_"),
        ("trust", "trust_"),
        ("Trust", "Trust_"),
        ("umap_x", "umap_x_"),
        ("axis_1", "axis_1_"),
        ("2nd", "_2nd"),
        ("", "column"),
        ("höhe", "h_he"),
        ("a" * 99, "a" * 64),
        ("a" * 62 + "_x", "a" * 62 + "__"),
    ],
)
def test_a_name_is_one_that_an_atlas_can_have(raw, name):
    assert safe_name(raw, []) == name


def test_names_that_fall_together_are_told_apart():
    found, notes = tidy({"a b": [1], "a.b": [2], "A_B": [3], "trust": [4], "trust_": [5]})
    assert list(found) == ["a_b", "a_b_", "A_B__2", "trust_", "trust__"]
    assert "metadata column 'a.b' is called 'a_b_'" in notes
    assert len({name.lower() for name in found}) == 5


def test_only_so_many_columns_are_kept():
    found, notes = tidy({f"c{i}": [i] for i in range(MOST_COLUMNS + 6)})
    assert list(found) == [f"c{i}" for i in range(MOST_COLUMNS)]
    assert notes == ("of 70 metadata columns, the first 64 are kept",)


def test_long_texts_are_cut():
    found, notes = tidy({"a": ["b" * (MOST_CHARACTERS + 1), "c"]})
    assert [len(text) for text in found["a"]] == [MOST_CHARACTERS, 1]
    assert len(notes) == 1
