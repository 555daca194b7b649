"""Which rows hold something: row numbers, int64, in rising order."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from explorer.atlas.format import AtlasError
from explorer.atlas.query.ask import ROW, Condition, Part, Rows, ask, named
from explorer.atlas.read import Atlas

_NOTHING = np.empty(0, np.int64)


def matching(atlas: Atlas, *, rows: Rows | None = None, labels: Sequence[int] = ()) -> Rows:
    """The rows that are among these and of these labels."""
    if rows is None and not len(labels):
        return np.arange(atlas.n_examples, dtype=np.int64)
    return _found(atlas, Part(rows, labels), None)


def within(atlas: Atlas, column: str, low: float, high: float) -> Rows:
    """The rows whose value lies in [low, high], both ends included; NaN lies nowhere.

    Raises:
        AtlasError: there is no such column, it holds text, or a shard is damaged.
    """
    check_number(atlas, column)
    if not low <= high:  # to DuckDB a NaN is above all numbers
        return _NOTHING
    value = f"{named(column)}::DOUBLE"
    inside = f"NOT isnan({value}) AND {value} BETWEEN ?::DOUBLE AND ?::DOUBLE"
    return _found(atlas, Part(), Condition(inside, [float(low), float(high)]))


def search(atlas: Atlas, text: str, label_names: Sequence[str]) -> Rows:
    """The rows that hold every word of a text, each in a text column, the label's name or the example's id.

    Upper and lower case are the same. A text without words finds nothing.

    Args:
        atlas: what to search.
        text: words apart by spaces; no sign in it has a meaning of its own.
        label_names: the name of each label code.

    Raises:
        AtlasError: a shard is damaged.
    """
    words = [_folded(word) for word in text.split()]
    if not words:
        return _NOTHING
    names = [_folded(name) for name in label_names]
    conditions = [_holds(word, names, atlas.texts) for word in words]
    every = " AND ".join(f"({each.sql})" for each in conditions)
    return _found(atlas, Part(), Condition(every, [v for each in conditions for v in each.values]))


def check_number(atlas: Atlas, column: str) -> None:
    """Raises `AtlasError` unless it is a column of numbers."""
    atlas.check_columns([column])
    if not atlas.is_number(column):
        advice = "Name a column of numbers."
        raise AtlasError(atlas.folder, "column", "numbers", f"text in {column}", advice)


def _found(atlas: Atlas, part: Part, condition: Condition | None) -> Rows:
    table = ask(atlas, named(ROW), part, condition=condition, tail=f"ORDER BY {named(ROW)}")
    return np.asarray(table[ROW].to_numpy(), np.int64)


def _holds(word: str, names: Sequence[str], texts: Sequence[str]) -> Condition:
    """Whether a row holds a folded word anywhere."""
    labels = [code for code, name in enumerate(names) if word in name]
    places = [f"contains(lower({named(text)}), ?)" for text in texts]
    values: list[object] = [word] * len(places)
    if labels:
        places.append("label IN (SELECT unnest(?::INT[]))")
        values.append(labels)
    if word.isdecimal():  # an id as text costs more than all the rest
        places.append("contains(example_id::VARCHAR, ?)")
        values.append(word)
    return Condition(" OR ".join(places) or "false", values)


def _folded(text: str) -> str:
    """Text as it is compared: one way of writing each sign, without case."""
    return unicodedata.normalize("NFKC", text).casefold()
