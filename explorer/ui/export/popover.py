"""What a person takes home: the selection as a table, codes as arrays, and the screen as Python."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.atlas import query
from explorer.ui.example import scored
from explorer.ui.example.by_feature import by_feature
from explorer.ui.example.taken_home import file_columns, in_words
from explorer.ui.export.snippet import saved_name, snippet
from explorer.ui.state import handle_codes, selection
from explorer.ui.state.selection import Selection, rows_or_all
from explorer.ui.state.view import View
from explorer.ui.widgets.python_text import PythonText
from explorer.ui.widgets.row_files import FILE_KINDS, FileKind
from explorer.workspace import Entry

CODE_HEIGHT = 280


Offer = Callable[[Entry, View], PythonText | None]
"""What a part of the page has to be taken home as Python, if it shows anything."""


def popover(entry: Entry, view: View, offers: Sequence[Offer]) -> None:
    """A button that opens all of it; nothing is written before it is opened, and no file before it is asked for."""
    place = st.popover("Export", icon=":material/download:", key="export", on_change="rerun")
    if place.open:
        with place:
            _table(entry, view.selection)
            _codes(entry, view)
            _features(entry, view)
            st.markdown("**Copy as Python**")
            st.caption(
                "Runs as it stands beside this checkpoint and gives the arrays that are on the screen."
            )
            st.code(program(entry, view, offers), "python", height=CODE_HEIGHT)


def program(entry: Entry, view: View, offers: Sequence[Offer]) -> str:
    """What is on the screen, as Python."""
    pieces = [offer(entry, view) for offer in offers]
    return snippet(entry, view, [piece for piece in pieces if piece is not None])


def _table(entry: Entry, chosen: Selection) -> None:
    n = selection.size(chosen) or entry.atlas.n_examples
    st.markdown(f"**{n:,} {'selected' if chosen else 'examples, as none is selected'}**")
    so_far = scored.so_far(entry, rows=rows_or_all(chosen))
    st.caption(f"Ids, labels and scores in nats{f': {so_far}, and the files say so' if so_far else ''}")
    row = st.container(horizontal=True)
    for kind in FILE_KINDS.values():
        name = saved_name(entry, kind.ending)
        _download(row, kind.name, f"export_{kind.ending}", name, kind.mime, _writing(kind, entry, chosen))


def _writing(kind: FileKind, entry: Entry, chosen: Selection) -> Callable[[], bytes]:
    return lambda: kind.write(rows(entry, chosen))


def rows(entry: Entry, chosen: Selection) -> pa.Table:
    """The selected rows, all where none is, in the atlas's order."""
    found = query.page(entry.atlas, file_columns(entry), rows=rows_or_all(chosen), order_by=query.ROW)
    return in_words(entry, found)


def _codes(entry: Entry, view: View) -> None:
    st.caption("Codes z, float32 (n, d): posterior means in the same order, and the handles' own")
    row = st.container(horizontal=True)
    _array(row, "z of these", "export_z", f"{entry.name}-z.npy", lambda: means(entry, view.selection))
    if view.handles:
        name = f"{entry.name}-handles.npy"
        _array(
            row, "z of the handles", "export_handles", name, lambda: handle_codes.handle_codes(entry, view)
        )


def _features(entry: Entry, view: View) -> None:
    """The inspected vector feature by feature."""
    if view.selected is None or len(entry.dataset.shape) != 1:
        return
    st.caption(f"Example {view.selected} by feature: x, its reconstruction and the residual")
    example_id, row = view.selected, st.container(horizontal=True)
    name = f"{entry.name}-example-{example_id}.csv"
    _download(row, "Features", "export_features", name, "text/csv", lambda: features_csv(entry, example_id))


def features_csv(entry: Entry, example_id: int) -> bytes:
    """One vector feature by feature, as CSV."""
    return FILE_KINDS["csv"].write(by_feature(entry, example_id))


def means(entry: Entry, chosen: Selection) -> np.ndarray:
    """Posterior means (n, d) of the selected rows, all where none is."""
    found = rows_or_all(chosen)
    return entry.atlas.means if found is None else entry.atlas.means[found]


def _array(place: DeltaGenerator, words: str, key: str, file: str, values: Callable[[], np.ndarray]) -> None:
    _download(place, words, key, file, "application/octet-stream", lambda: to_npy(values()))


def to_npy(values: np.ndarray) -> bytes:
    """An array as numpy's own file, float32."""
    out = io.BytesIO()
    np.save(out, values.astype(np.float32, copy=False), allow_pickle=False)
    return out.getvalue()


def _download(
    place: DeltaGenerator, words: str, key: str, file: str, mime: str, write: Callable[[], bytes]
) -> None:
    icon = ":material/download:"
    place.download_button(words, write, file, mime, key=key, icon=icon, on_click="ignore")
