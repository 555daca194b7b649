"""HTTP replies that a browser may keep, and refusals that say what would have been right.

Every reply carries an ETag and is asked for again with If-None-Match (304 when nothing changed). A URL that
names the content's version (`?v=`) never changes its meaning: it is kept for a year without asking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_KEPT = "private, max-age=31536000, immutable"
_ASKED_AGAIN = "private, no-cache"
# Nothing here is for other sites' pages, and nothing is to be run as what it is not.
_OWN = {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}


def tag(*parts: str | bytes) -> str:
    """An ETag for the content that these parts determine."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "little") + data)
    return f'"{total.hexdigest()[:32]}"'


def conditional(
    request: Request,
    etag: str,
    media_type: str,
    body: Callable[[], bytes],
    version: str | None = None,
    compress: bool = False,
    is_kept: bool = False,
) -> Response:
    """The content, or 304 when the browser has it already; `body` is then not called.

    Args:
        etag: from `tag`.
        version: what `?v=` must be for the reply to be kept without asking.
        compress: False sets Content-Encoding to identity, which keeps Streamlit's gzip middleware away: it
            would compress numbers and images anew at every request, for nothing.
        is_kept: whether the URL's path names the content's version.
    """
    kept = is_kept or (version is not None and request.query_params.get("v") == version)
    headers = {"ETag": etag, "Cache-Control": _KEPT if kept else _ASKED_AGAIN, **_OWN}
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if not compress:
        headers["Content-Encoding"] = "identity"
    return Response(body(), media_type=media_type, headers=headers)


def refusal(status: int, reason: str, allowed: object = None) -> JSONResponse:
    """A JSON error; `allowed` lists what would have been right."""
    content = {"error": reason} if allowed is None else {"error": reason, "allowed": allowed}
    return JSONResponse(content, status_code=status, headers={"Cache-Control": "no-store", **_OWN})


def _matches(header: str, etag: str) -> bool:
    """If-None-Match compares weakly: a proxy that compresses marks the tag with W/."""
    return any(given.strip().removeprefix("W/") in (etag, "*") for given in header.split(","))
