"""The components' own files: nothing comes from another host.

    GET /live/assets/{file}     a file, by its exact name in the listing

A URL never becomes a path: its last part is looked up among the names that are there, so that there is nothing to climb
out of. Modules import each other by relative names without a version; they are revalidated
at every load, which costs a 304.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from explorer.live.replies import conditional, refusal, tag

MEDIA_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}


def listing(assets: Sequence[Path]) -> dict[str, Path]:
    """The files, and those directly in the folders, that a browser may have, by name: known kinds, not hidden."""
    every = (path for given in assets for path in (given.iterdir() if given.is_dir() else (given,)))
    known = (path for path in every if path.suffix in MEDIA_TYPES and path.is_file())
    return {path.name: path for path in known if not path.name.startswith(".")}


def asset(request: Request, assets: Sequence[Path]) -> Response:
    """The reply to one request for a file of a component."""
    files, name = listing(assets), request.path_params["file"]
    if name not in files:
        return refusal(404, f"there is no file {name!r} among the components' files", sorted(files))
    content = files[name].read_bytes()
    return conditional(request, tag(content), MEDIA_TYPES[files[name].suffix], lambda: content, compress=True)
