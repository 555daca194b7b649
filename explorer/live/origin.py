"""Who may open the socket.

A browser sends, with every WebSocket handshake, the Origin of the page that asks; no script can change it,
and the same-origin policy does not guard WebSockets. So this check is all that keeps another site, open in
the same browser, from using the explorer of a person who runs it on their own machine: the origin's host and
port must be those of the Host header. This is stricter than the check of Streamlit's own socket, which lets
any port of localhost in.

A handshake without an Origin does not come from a browser (a script, a load test, a health check): it carries
no person's cookies or network position, so it is let in. "null" (a sandboxed frame, a file) is another site.

References:
    RFC 6455, section 10.2 (origin considerations)
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def is_allowed(origin: str | None, host: str | None, extra: Collection[str] = ()) -> bool:
    """Whether a page of `origin` may talk to a server that was addressed as `host`.

    Args:
        origin: the Origin header, such as "https://example.org:8501"; None when there is none.
        host: the Host header, such as "example.org:8501".
        extra: further origins, written in full: for a proxy that rewrites the Host header.
    """
    if origin is None or origin in extra:
        return True
    here = _address(origin)
    return here is not None and host is not None and here == _address(f"{_scheme(origin)}://{host}")


def _scheme(url: str) -> str:
    return url.partition(":")[0].lower()


def _address(url: str) -> tuple[str, int] | None:
    """Host and port of a URL, the scheme's own port filled in; None for what is no such URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.hostname, port) if parts.hostname else None
