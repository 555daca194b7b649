"""What is on the screen as Python: a text that runs as it stands and gives the same arrays.

It loads the checkpoint by its folder and refuses another digest; codes are literals at full float32 precision, so that
neither the map nor its chart is needed again. It uses what `explorer` offers to everybody, and no page of this app.
"""

from __future__ import annotations

import base64
import zlib

import numpy as np

from explorer.ui.example import inference
from explorer.ui.inspector import inspector
from explorer.ui.path import computation
from explorer.ui.path.computation import N_FRAMES, Way
from explorer.ui.state import handle_codes, selection
from explorer.ui.state.view import View
from explorer.workspace import ATLAS_FOLDER, Entry

# Ids that are written out; more of them are compressed.
MAX_LITERAL_IDS = 200
# A text beyond this is not one to copy: the ids are then read from the exported file.
MAX_PACKED_LETTERS = 20_000

_SAVE_IMAGES = """\
strip = np.concatenate(list(shown), axis=2).clip(0, 1)
levels = np.round(strip * 255).astype(np.uint8).transpose(1, 2, 0)
Image.fromarray(levels.squeeze(axis=2) if levels.shape[2] == 1 else levels).save("strip.png")"""
_SAVE_VECTORS = """\
low, high = shown.min(), shown.max()
levels = np.round((shown - low) / max(high - low, 1e-12) * 255).astype(np.uint8)
Image.fromarray(levels).save("strip.png")  # a row an example, from the lowest value, black, to the highest"""


def snippet(entry: Entry, view: View, way: Way | None = None) -> str:
    """The text.

    Args:
        entry: the model.
        view: what is on the screen.
        way: the path that is shown, where that is not simply of the view's kind.
    """
    has_path = len(view.handles) > 1
    parts = [_head(entry, view)]
    if view.selection:
        parts.append(_selection(entry, view))
    if view.handles:
        parts.append(_handles(entry, view))
    if has_path:
        parts.append(_path(entry, view, way or Way(computation.anchors(entry, view), view.path_kind)))
    if view.selected is not None:
        parts.append(_samples(entry, view.selected))
    shown = (
        "frames"
        if has_path
        else "decoded"
        if view.handles
        else "samples"
        if view.selected is not None
        else ""
    )
    if shown:
        save = _SAVE_IMAGES if len(entry.dataset.shape) == 3 else _SAVE_VECTORS
        parts.append(f"# As a picture.\nshown = {shown}\n{save}")
    return "\n\n".join(parts) + "\n"


def saved_name(entry: Entry, ending: str = "parquet") -> str:
    """The name of an exported file of rows."""
    return f"{entry.name}-selection.{ending}"


def _head(entry: Entry, view: View) -> str:
    imports = ["import numpy as np", "import torch", "from PIL import Image", ""]
    names = [*(["Atlas"] if view.selection else []), "load_checkpoint"]
    names += ["paths"] if len(view.handles) > 1 else []
    if view.selection and selection.size(view.selection) > MAX_LITERAL_IDS:
        imports = ["import base64", "import zlib", "", *imports]
    return "\n".join(
        [
            *imports,
            f"from explorer import {', '.join(names)}",
            "",
            f"checkpoint = load_checkpoint({str(entry.checkpoint.path)!r})",
            f"assert checkpoint.digest == {entry.checkpoint.digest!r}, 'these are other weights'",
            "model = checkpoint.model",
        ]
    )


def _selection(entry: Entry, view: View) -> str:
    ids = entry.dataset.example_ids[selection.rows(view.selection)]
    return "\n".join(
        [
            f"# The {len(ids):,} selected examples, and the posterior means of their codes, (n, d).",
            _ids_text(entry, ids),
            f"atlas = Atlas.open({str(entry.checkpoint.path / ATLAS_FOLDER)!r})",
            "selected_codes = atlas.means[[atlas.row(i) for i in selected_ids]]",
        ]
    )


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


def _handles(entry: Entry, view: View) -> str:
    codes = handle_codes.handle_codes(entry, view)
    return "\n".join(
        [
            "# The codes of the handles, (n, d), and what they decode to, (n, *shape).",
            f"codes = {_array(codes)}",
            "with torch.inference_mode():",
            "    decoded = model.likelihood(torch.tensor(codes)).mean.numpy()",
        ]
    )


def _path(entry: Entry, view: View, way: Way) -> str:
    n_frames = max(N_FRAMES, len(view.handles))
    if way.kind in ("linear", "spherical") and way.found is None:
        codes = f'paths.through(codes, {n_frames}, "{way.kind}").astype(np.float32)'
    else:
        # It was searched for among the data's codes, which would take as long again.
        codes = _array(computation.path_codes(entry, way, n_frames).astype(np.float32))
    return "\n".join(
        [
            f"# The {way.kind} path through them, in {n_frames} frames.",
            f"path_codes = {codes}",
            "with torch.inference_mode():",
            "    frames = model.likelihood(torch.tensor(path_codes)).mean.numpy()",
        ]
    )


def _samples(entry: Entry, example_id: int) -> str:
    code = inference.encoded(entry, example_id).mean.numpy()
    n = inspector.N_DRAWS
    return "\n".join(
        [
            f"# Example {example_id}: {n} samples of p(x|z) at its posterior mean.",
            f"posterior_mean = {_array(code)}",
            f"generator = torch.Generator().manual_seed({example_id})",
            "with torch.inference_mode():",
            f"    likelihood = model.likelihood(torch.tensor(posterior_mean).expand({n}, -1))",
            "    samples = likelihood.sample(generator).numpy()",
        ]
    )


def _array(codes: np.ndarray) -> str:
    """Codes (n, d) as a literal that is read back bit for bit: the shortest decimals that name each float32."""
    rows = ",\n".join(
        f"        [{', '.join(str(value) for value in row)}]" for row in codes.astype(np.float32)
    )
    return f"np.array(\n    [\n{rows},\n    ],\n    dtype=np.float32,\n)"
