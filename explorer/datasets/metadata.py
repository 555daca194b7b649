"""Columns that come along with the examples: what a source holds beside the values, as an atlas can have it.

A column is (N,) of int64, of float64 (NaN: missing), or of text (objects, all of them str, "" for missing). Whatever
else a source holds becomes one of these or is left out, and a note says so.
"""

from __future__ import annotations

import datetime
import decimal
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_COLUMNS = 64
MOST_CHARACTERS = 1000
_NAME = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
# What an atlas has itself; a query of it does not tell capitals from small letters.
RESERVED = frozenset(
    {"example_id", "label", "mean", "log_variance", "code_radius", "proposal", "reason", "trust", "ess"}
    | {"elbo_nats", "elbo_se", "elbo_analytic_nats", "log_px_nats", "log_px_se", "log_px_low_nats"}
    | {"log_px_high_nats", "gap_nats", "gap_se", "kl_nats", "distortion_nats", "distortion_se"}
    | {"encoder_log_px_nats", "encoder_log_px_se", "encoder_ess", "encoder_pareto_k", "encoder_n_samples"}
    | {"pareto_k", "n_samples", "n_spent"}
)
_RESERVED_FORM = re.compile(r".*_[xy]|axis_\d+", re.IGNORECASE)
_PLAIN = (str, int, float, bool, decimal.Decimal, datetime.date, datetime.time, datetime.timedelta)


def tidy(
    columns: Mapping[str, NDArray[Any] | Sequence[Any]],
) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """Columns of whatever a source holds as metadata, and notes of what was renamed, cut or left out.

    Args:
        columns: (N,) by the name that the source has: numbers, texts, dates, None for missing

    Returns:
        The first 64 that can be had, under names that are unique and none of an atlas's own.
    """
    found: dict[str, NDArray[Any]] = {}
    notes: list[str] = []
    for raw, values in columns.items():
        if len(found) == MOST_COLUMNS:
            notes.append(f"of {len(columns):,} metadata columns, the first {MOST_COLUMNS} are kept")
            break
        column = as_column(values)
        if column is None:
            notes.append(f"metadata column {raw!r} is left out: it holds neither numbers nor texts")
            continue
        name = safe_name(raw, found)
        if name != raw:
            notes.append(f"metadata column {raw!r} is called {name!r}")
        if column.dtype == object and any(len(text) > MOST_CHARACTERS for text in column):
            notes.append(f"texts of metadata column {raw!r} are cut to {MOST_CHARACTERS:,} characters")
            column = as_texts(text[:MOST_CHARACTERS] for text in column)
        found[name] = column
    return found, tuple(notes)


def columns_of_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """Columns of rows that are objects of JSON, missing where a row lacks a key, and a note on each left out."""
    found, notes = {}, []
    for key in dict.fromkeys(key for row in rows for key in row):
        column = as_column([row.get(key) for row in rows])
        if column is None:
            notes.append(f"column {key!r} is left out: it holds neither numbers nor texts")
        else:
            found[key] = column
    return found, tuple(notes)


def safe_name(raw: str, taken: Iterable[str]) -> str:
    """The name of a column in an atlas: the same where it can be, else the nearest that no other one has."""
    name = re.sub(r"\W", "_", raw, flags=re.ASCII)[:64] or "column"
    name = name if _NAME.fullmatch(name) else f"_{name[:63]}"
    others = {other.lower() for other in taken}
    if not is_free(name, others):
        name = f"{name[:63]}_"
    stem, n = name[:58], 2
    while not is_free(name, others):
        name, n = f"{stem}_{n}", n + 1
    return name


def is_free(name: str, others: Iterable[str] = ()) -> bool:
    """Whether a name is neither an atlas's own nor one of others, which are in small letters."""
    low = name.lower()
    return low not in RESERVED and not _RESERVED_FORM.fullmatch(low) and low not in others


def as_column(values: NDArray[Any] | Sequence[Any]) -> NDArray[Any] | None:
    """int64, float64 or texts (N,); None where there is something else inside, such as lists."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return _numbers(values)
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    there = [value for value in listed if value is not None]
    if not all(isinstance(value, _PLAIN) for value in there):
        return None
    if there and all(isinstance(v, int | float | decimal.Decimal) and not isinstance(v, bool) for v in there):
        return _numbers_or_missing(listed)
    return as_texts("" if value is None else text_of(value) for value in listed)


def as_texts(texts: Iterable[str]) -> NDArray[Any]:
    """(N,) objects."""
    listed = list(texts)
    found = np.empty(len(listed), object)
    found[:] = listed
    return found


def text_of(value: object) -> str:
    """What a page can be sent: truth in small letters, half of a surrogate pair as a question mark."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.encode("utf-8", "replace").decode()


def _numbers(values: NDArray[Any]) -> NDArray[Any]:
    """int64 where they are integers that fit, else float64 with NaN for what is not finite."""
    if values.dtype.kind in "iu" and not (values.dtype == np.uint64 and values.max(initial=0) >= 2**63):
        return values.astype(np.int64)
    found = values.astype(np.float64)
    found[~np.isfinite(found)] = math.nan
    return found


def _numbers_or_missing(listed: Sequence[Any]) -> NDArray[Any]:
    if all(isinstance(value, int) and -(2**63) <= value < 2**63 for value in listed):
        return np.array(listed, np.int64)
    return _numbers(np.array([math.nan if value is None else _float(value) for value in listed], np.float64))


def _float(value: Any) -> float:
    try:
        return float(value)
    # An integer of JSON has any number of digits.
    except OverflowError:
        return math.nan
