"""Rows of the atlas as a file holds them: in the app's words, and beside each word the code that programs go by.

label, label_code         the label's whole name, and its number; -1 for none
trust, trust_code         `trusted`, `usable` or `not trusted`, and the atlas's `good`, `usable` or `unreliable`
encoder_trust             the same word of the papers' protocol, whose error is not known where it is `not trusted`
"""

from __future__ import annotations

import pyarrow as pa

from explorer.bounds import reliability
from explorer.ui.example import label_names, trust
from explorer.ui.example.stored_score import COLUMNS
from explorer.workspace import Entry

FILE_COLUMNS = ("example_id", "label", *COLUMNS, "n_spent")
"""The columns of the atlas that are taken home."""


def in_words(entry: Entry, rows: pa.Table) -> pa.Table:
    """The same rows, in the same order, with words.

    Args:
        entry: the model.
        rows: the columns `FILE_COLUMNS`.
    """
    names = [label_names.name(entry, code) for code in rows["label"].to_pylist()]
    verdicts = [trust.WORDS[trust.read(stored)] for stored in rows["trust"].to_pylist()]
    weights = zip(rows["encoder_pareto_k"].to_pylist(), rows["encoder_n_samples"].to_pylist(), strict=True)
    of_encoder = [trust.WORDS[reliability(*each)] for each in weights]
    rows = _with_code(_with_code(rows, "label", names), "trust", verdicts)
    at = rows.column_names.index("encoder_pareto_k")
    return rows.add_column(at + 1, "encoder_trust", pa.array(of_encoder, pa.string()))


def _with_code(rows: pa.Table, column: str, words: list[str]) -> pa.Table:
    """Words in a column's place, and behind it what it held."""
    at = rows.column_names.index(column)
    codes = rows[column]
    return rows.set_column(at, column, pa.array(words, pa.string())).add_column(
        at + 1, f"{column}_code", codes
    )
