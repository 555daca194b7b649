"""The handles, and the path through them, as Python."""

from __future__ import annotations

import numpy as np

from explorer.ui.path import computation
from explorer.ui.path.computation import N_FRAMES, KnownPath
from explorer.ui.path.search import known_path
from explorer.ui.state.handle_codes import handle_codes
from explorer.ui.state.view import View
from explorer.ui.widgets.python_text import PythonText, array_text
from explorer.workspace import Entry


def python_text(entry: Entry, view: View) -> PythonText | None:
    """The codes of the handles and what they decode to; with two or more, the path that is shown and its frames."""
    if not view.handles:
        return None
    handles = _handles(handle_codes(entry, view))
    if len(view.handles) < 2:
        return PythonText(handles, pictures="decoded")
    path = known_path(entry, view.path_kind, computation.anchors(entry, view))
    return PythonText(f"{handles}\n\n{_path(entry, path)}", ("paths",), pictures="frames")


def _handles(codes: np.ndarray) -> str:
    return "\n".join(
        [
            "# The codes of the handles, (n, d), and what they decode to, (n, *shape).",
            f"codes = {array_text(codes)}",
            "with torch.inference_mode():",
            "    decoded = model.likelihood(torch.tensor(codes)).mean.numpy()",
        ]
    )


def _path(entry: Entry, path: KnownPath) -> str:
    n_frames = max(N_FRAMES, len(path.anchors))
    if path.kind in ("linear", "spherical") and path.found is None:
        codes = f'paths.through(codes, {n_frames}, "{path.kind}").astype(np.float32)'
    else:
        # It was searched for among the data's codes, which would take as long again.
        codes = array_text(computation.path_codes(entry, path, n_frames))
    so_far = "" if path.is_found else ", the best so far"
    return "\n".join(
        [
            f"# The {path.kind} path through them{so_far}, in {n_frames} frames.",
            f"path_codes = {codes}",
            "with torch.inference_mode():",
            "    frames = model.likelihood(torch.tensor(path_codes)).mean.numpy()",
        ]
    )
