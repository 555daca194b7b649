"""What came along with an example is text on the page, whatever it is in the file."""

from __future__ import annotations

import math

import pytest

from explorer.ui.inspector import metadata
from explorer.workspace import Workspace


def test_every_column_is_a_row_and_nothing_in_it_is_markup(described):
    entry = Workspace(described).open("tiny")
    html = metadata.html(entry, int(entry.dataset.example_ids[3]))
    for name in ("weight", "count", "site"):
        assert f"<th scope='row'>{name}</th>" in html
    assert "&lt;b&gt;north&lt;/b&gt;" in html
    assert "<b>" not in html
    assert "<bdi>–</bdi>" in html


def test_without_any_there_is_no_table(stored):
    entry = Workspace(stored).open("tiny")
    assert metadata.html(entry, int(entry.dataset.example_ids[0])) == ""


@pytest.mark.parametrize(
    "value, words",
    [
        (3, "3"),
        (0.25, "0.25"),
        (-0.25, "−0.25"),
        (2.0, "2"),
        (math.nan, "–"),
        ("", "–"),
        ("x" * 999, "x" * 299 + "…"),
    ],
)
def test_a_value_is_told_as_it_is(value, words):
    assert metadata.said(value) == words
