"""Rows of the atlas as a file holds them: in the app's words, and beside each word the code that programs go by.

label, label_code         the label's whole name, and its number; -1 for none
trust, trust_code         `trusted`, `usable` or `not trusted` (`no warning` of a model that was imported and is not
                          calibrated), and the atlas's `good`, `usable` or `unreliable`
encoder_trust             the same word of the papers' protocol, whose error is not known where it is `not trusted`

Of an atlas that is being built, an example whose numbers are still to come is `not scored yet`, its numbers are missing
(NaN, or null for counts), and its code is "".
"""

from __future__ import annotations

import pyarrow as pa

from explorer.atlas.format import COUNTS
from explorer.bounds import reliability
from explorer.datasets.metadata import safe_name
from explorer.ui.example import label_names, trust, uncalibrated
from explorer.ui.example.stored_score import COLUMNS
from explorer.workspace import Entry

FILE_COLUMNS = ("example_id", "label", *COLUMNS, "n_spent")
"""The columns of every atlas that are taken home."""
_MADE = ("label_code", "trust_code", "encoder_trust")


def file_columns(entry: Entry) -> tuple[str, ...]:
    """Those, and what came along with the data."""
    return (*FILE_COLUMNS, *entry.atlas.metadata)


def in_words(entry: Entry, rows: pa.Table) -> pa.Table:
    """The same rows, in the same order, with words.

    Args:
        entry: the model.
        rows: the columns `file_columns`.
    """
    names = [label_names.name(entry, code) for code in rows["label"].to_pylist()]
    words = uncalibrated.words(entry)
    verdicts = [trust.word(stored, words) for stored in rows["trust"].to_pylist()]
    weights = zip(rows["encoder_pareto_k"].to_pylist(), rows["encoder_n_samples"].to_pylist(), strict=True)
    of_encoder = [words[reliability(k, n)] if n else trust.NOT_YET for k, n in weights]
    # No two columns of a file have one name.
    rows = rows.rename_columns(
        [safe_name(n, _MADE) if n in entry.atlas.metadata else n for n in rows.column_names]
    )
    for name in COUNTS:
        rows = _without_nothing(rows, name)
    rows = _with_code(_with_code(rows, "label", names), "trust", verdicts)
    at = rows.column_names.index("encoder_pareto_k")
    return rows.add_column(at + 1, "encoder_trust", pa.array(of_encoder, pa.string()))


def _without_nothing(rows: pa.Table, column: str) -> pa.Table:
    """A count, null in place of the 0 of an example that is not scored yet."""
    counts = pa.array([n or None for n in rows[column].to_pylist()], rows[column].type)
    return rows.set_column(rows.column_names.index(column), column, counts)


def _with_code(rows: pa.Table, column: str, words: list[str]) -> pa.Table:
    """Words in a column's place, and behind it what it held."""
    at = rows.column_names.index(column)
    codes = rows[column]
    return rows.set_column(at, column, pa.array(words, pa.string())).add_column(
        at + 1, f"{column}_code", codes
    )
