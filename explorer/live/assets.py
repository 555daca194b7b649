"""The components' own files: nothing comes from another host.

    GET /live/assets/{address}     a file, by its path below a root that the app names

- A root is a folder, or a single file, under the address that it is given. Scripts and style sheets lie beside the
  Python of their feature: only what a browser runs or draws is ever served.
- An address is plain words and slashes, written without an escape: nothing in it can climb, and what it leads to,
  links followed, must lie in its root under a plain name too.
- The app's addresses begin with a version of all files, which relative imports keep: what is as old as this process is
  what its version says, and is kept without asking. What somebody has changed since is asked for again at every load.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from explorer.live.replies import conditional, refusal, tag

Roots = Mapping[str, Path]
"""Folders and single files by the addresses under which they are served, which are others when a file is another."""

MEDIA_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
# Each part begins with a letter, a digit or a line: no "..", nothing hidden, no drive, no empty part.
_PLAIN = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*", re.ASCII)
_STARTED = time.time()
# Far beyond any of ours; a file system answers a name that is too long with a fault of its own.
_LONGEST = 200


def found(address: str, roots: Roots) -> Path | None:
    """The file at an address, or None where there is none that a browser may have."""
    if len(address) > _LONGEST or not _PLAIN.fullmatch(address):
        return None
    for prefix, root in roots.items():
        if address == prefix and root.is_file():
            return root
        if address.startswith(f"{prefix}/"):
            return _below(root, address.removeprefix(f"{prefix}/"))
    return None


def asset(request: Request, roots: Roots) -> Response:
    """The reply to one request for a file of a component."""
    address = request.path_params["address"]
    path = found(address, roots) if _is_unescaped(request, address) else None
    if path is None:
        return refusal(404, f"there is no file {address!r} among the components' files", sorted(roots))
    content, media_type = path.read_bytes(), MEDIA_TYPES[path.suffix]
    is_kept = path.stat().st_mtime < _STARTED
    return conditional(request, tag(content), media_type, lambda: content, compress=True, is_kept=is_kept)


def _below(root: Path, inner: str) -> Path | None:
    """A file of a folder: of a known kind, and in that folder once all links are followed."""
    folder, path = root.resolve(), (root / inner).resolve()
    if not path.is_relative_to(folder) or not _PLAIN.fullmatch(path.relative_to(folder).as_posix()):
        return None
    return path if path.suffix in MEDIA_TYPES and path.is_file() else None


def _is_unescaped(request: Request, address: str) -> bool:
    """Whether the address was sent as it reads: %2f would be a slash that no proxy in front of us has seen."""
    sent: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return sent.endswith(f"/{address}".encode())
