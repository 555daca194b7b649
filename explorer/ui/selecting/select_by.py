"""Ways to select that need no mouse: by text, by label, all, none, the others; and two selections to keep."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from explorer.atlas import query
from explorer.ui.example import label_names
from explorer.ui.selecting import by_column
from explorer.ui.state import selection, session
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.selection import NOTHING, How, Selection
from explorer.ui.state.view import GROUP_NAMES, View, with_selection
from explorer.ui.widgets.markdown import plain
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

# A list of more is slow to send and to read: it is searched instead.
MAX_LABELS = 200
HOWS: dict[How, str] = {"replace": "Replace", "add": "Add", "remove": "Remove"}
_HOW, _TEXT, _LABELS = (
    Widget[How]("choose_how"),
    Widget[str]("choose_text"),
    Widget[list[int]]("choose_labels"),
)


@dataclass(frozen=True)
class SelectScratch:
    """What is remembered of the row.

    Attributes:
        how: what becomes of the selection.
        note: what the last search has found, in words.
        labels: codes of those that are picked.
    """

    how: How = "replace"
    note: str = ""
    labels: tuple[int, ...] = ()


def controls(entry: Entry, view: View) -> None:
    """One quiet row: what to select by, how many are selected, and where to keep them."""
    n_all, n = entry.atlas.n_examples, selection.size(view.selection)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="choose"):
        with st.popover("Select by", icon=":material/filter_alt:", key="choose_by"):
            _how()
            _search(entry)
            _by_label(entry)
            by_column.part(entry, _apply)
        _button("All", "all", selection.everything(n_all), is_needed=n < n_all)
        _button("Invert", "invert", selection.inverted(view.selection, n_all))
        _button("Clear", "clear", NOTHING, is_needed=n > 0)
        st.html(
            f"<p class='lx-count' role='status' data-testid='n-selected'><b>{n:,}</b> of {n_all:,} selected</p>"
        )
        _keepers(view)


def _how() -> None:
    st.segmented_control(
        "How",
        list(HOWS),
        key=_HOW.showing(scratch(SelectScratch).how),
        format_func=HOWS.__getitem__,
        required=True,
        on_change=_how_picked,
        help="What is found replaces the selection, is added to it, or is removed from it.",
    )


def _how_picked() -> None:
    keep(replace(scratch(SelectScratch), how=_HOW.value))


def _search(entry: Entry) -> None:
    st.text_input(
        "Search",
        key=_TEXT.key,
        icon=":material/search:",
        placeholder=", ".join(("label, example number, trust, proposal", *_texts(entry))),
        max_chars=200,
        on_change=_searched,
        args=(entry,),
        help="Finds the examples that hold every word. Press Enter.",
    )
    if note := scratch(SelectScratch).note:
        st.caption(plain(note))


def _texts(entry: Entry) -> list[str]:
    """The columns of texts that came along with the data, as many as a placeholder can name."""
    return [name for name in entry.atlas.metadata if not entry.atlas.is_number(name)][:3]


def _searched(entry: Entry) -> None:
    keep(replace(scratch(SelectScratch), note=_search_for(entry, _TEXT.value)))


def _search_for(entry: Entry, text: str) -> str:
    """Selects what is found; says how much that is."""
    if not text.strip():
        return ""
    try:
        rows = query.search(entry.atlas, text, entry.atlas.label_names)
    # The atlas's error is a text for the person.
    except ValueError as error:
        return str(error)
    if not len(rows):
        return "None found; the selection stays."
    _apply(selection.of_rows(rows))
    return f"{len(rows):,} found"


def _apply(found: Selection) -> None:
    view, how = session.view(), scratch(SelectScratch).how
    session.change(with_selection(view, selection.combined(view.selection, found, how)))


def _by_label(entry: Entry) -> None:
    counts = label_names.counts(entry)
    codes = [code for code in counts if code >= 0]
    if not codes:
        return
    picked = [code for code in scratch(SelectScratch).labels if code in counts]
    offered = codes if len(codes) <= MAX_LABELS else _matching(entry, codes)
    names = label_names.distinct(entry)
    st.multiselect(
        "By label",
        [*picked, *(code for code in offered if code not in picked)],
        key=_LABELS.given(picked),
        format_func=names.__getitem__,
        placeholder="Choose labels",
        on_change=_labels_picked,
    )
    n = sum(counts[code] for code in picked)
    st.button(
        f"Select {n:,} with these labels" if picked else "Select by labels",
        key="choose_labelled",
        disabled=not picked,
        on_click=_labelled,
        args=(entry,),
    )


def _matching(entry: Entry, codes: list[int]) -> list[int]:
    """The first labels that hold what is looked for."""
    wanted = st.text_input("Find among labels", key="find_label", placeholder="part of a name", max_chars=200)
    names = label_names.distinct(entry)
    found = [code for code in codes if wanted.strip().casefold() in names[code].casefold()]
    if len(found) > MAX_LABELS:
        st.caption(
            f"The first {MAX_LABELS} of {len(found):,} labels are listed; look for the others by name."
        )
    return found[:MAX_LABELS]


def _labels_picked() -> None:
    keep(replace(scratch(SelectScratch), labels=tuple(_LABELS.value)))


def _labelled(entry: Entry) -> None:
    codes = list(scratch(SelectScratch).labels)
    _apply(selection.of_mask(np.isin(label_names.codes_of(entry), codes)))


def _button(words: str, key: str, after: Selection, is_needed: bool = True) -> None:
    st.button(
        words,
        key=f"choose_{key}",
        type="tertiary",
        disabled=not is_needed,
        on_click=_choose,
        args=(after,),
    )


def _choose(after: Selection) -> None:
    session.change(with_selection(session.view(), after))


def _keepers(view: View) -> None:
    for i, (name, kept) in enumerate(zip(GROUP_NAMES, view.groups, strict=True)):
        size = f" · {selection.size(kept):,}" if kept else ""
        st.button(
            f"Keep as {name}{size}",
            key=f"keep_{name.lower()}",
            type="tertiary",
            icon=":material/bookmark:" if kept else ":material/bookmark_border:",
            disabled=not view.selection,
            on_click=_keep,
            args=(i,),
        )


def _keep(i: int) -> None:
    view = session.view()
    a, b = (view.selection if i == j else kept for j, kept in enumerate(view.groups))
    session.change(replace(view, groups=(a, b)))
