"""What is on the screen as Python: a text that runs as it stands and gives the same arrays.

It loads the checkpoint by its folder and refuses another digest; codes are literals at full float32 precision, so that
neither the map nor its chart is needed again. It uses what `explorer` offers to everybody, and no page of this app.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence

import numpy as np

from explorer.show.vector_axis import axis_of
from explorer.ui.state import selection
from explorer.ui.state.view import View
from explorer.ui.widgets.python_text import PythonText
from explorer.workspace import ATLAS_FOLDER, Entry

# Ids that are written out; more of them are compressed.
MAX_LITERAL_IDS = 200
# A text beyond this is not one to copy: the ids are then read from the exported file.
MAX_PACKED_LETTERS = 20_000

_SAVE_IMAGES = """\
strip = np.concatenate(list(shown), axis=2).clip(0, 1)
levels = np.round(strip * 255).astype(np.uint8).transpose(1, 2, 0)
Image.fromarray(levels.squeeze(axis=2) if levels.shape[2] == 1 else levels).save("strip.png")"""
# Lines or bars over one range of values.
_SAVE_VECTORS = """\
from explorer.datasets import Features
from explorer.show.pictures import pictures_of, sheet
sheet([pictures_of(shown, 112, Features(is_ordered={is_ordered}))]).save("strip.png")"""


def snippet(entry: Entry, view: View, pieces: Sequence[PythonText]) -> str:
    """The text.

    Args:
        entry: the model.
        view: what is on the screen.
        pieces: what the parts of the page offer; the first with pictures is saved as one.
    """
    if view.selection:
        pieces = [_selection(entry, view), *pieces]
    parts = [_head(entry, pieces), *(piece.text for piece in pieces)]
    if pictures := next((piece.pictures for piece in pieces if piece.pictures), ""):
        parts.append(f"# As a picture.\nshown = {pictures}\n{_saving(entry)}")
    return "\n\n".join(parts) + "\n"


def _saving(entry: Entry) -> str:
    shape = entry.dataset.shape
    if len(shape) == 3:
        return _SAVE_IMAGES
    is_ordered = axis_of(entry.dataset.features, shape[0]).is_ordered
    return _SAVE_VECTORS.format(is_ordered=is_ordered)


def saved_name(entry: Entry, ending: str = "parquet") -> str:
    """The name of an exported file of rows."""
    return f"{entry.name}-selection.{ending}"


def _head(entry: Entry, pieces: Sequence[PythonText]) -> str:
    names = sorted({"load_checkpoint", *(name for piece in pieces for name in piece.names)})
    modules = sorted({module for piece in pieces for module in piece.modules})
    return "\n".join(
        [
            *(f"import {module}" for module in modules),
            *([""] if modules else []),
            "import numpy as np",
            "import torch",
            "from PIL import Image",
            "",
            f"from explorer import {', '.join(names)}",
            "",
            f"checkpoint = load_checkpoint({str(entry.checkpoint.path)!r})",
            f"assert checkpoint.digest == {entry.checkpoint.digest!r}, 'these are other weights'",
            "model = checkpoint.model",
        ]
    )


def _selection(entry: Entry, view: View) -> PythonText:
    ids = entry.dataset.example_ids[selection.rows(view.selection)]
    text = "\n".join(
        [
            f"# The {len(ids):,} selected examples, and the posterior means of their codes, (n, d).",
            _ids_text(entry, ids),
            *(
                ["# The atlas is still being built: it is there once it is whole."]
                if entry.is_growing
                else []
            ),
            f"atlas = Atlas.open({str(entry.checkpoint.path / ATLAS_FOLDER)!r})",
            "selected_codes = atlas.means[[atlas.row(i) for i in selected_ids]]",
        ]
    )
    return PythonText(text, ("Atlas",), ("base64", "zlib") if len(ids) > MAX_LITERAL_IDS else ())


def _ids_text(entry: Entry, ids: np.ndarray) -> str:
    if len(ids) <= MAX_LITERAL_IDS:
        return f"selected_ids = {ids.tolist()}"
    # Ids mostly rise by little, and steps that repeat take no room.
    steps = np.diff(ids, prepend=0).astype("<i8")
    packed = base64.b64encode(zlib.compress(steps.tobytes(), 9)).decode()
    if len(packed) > MAX_PACKED_LETTERS:
        name = saved_name(entry)
        return (
            "# Too many to write out: save them with Export, Parquet, beside this file.\n"
            "import pyarrow.parquet as pq\n"
            f'selected_ids = pq.read_table({name!r})["example_id"].to_pylist()'
        )
    return (
        f"packed = {packed!r}\n"
        'selected_ids = np.cumsum(np.frombuffer(zlib.decompress(base64.b64decode(packed)), "<i8")).tolist()'
    )
