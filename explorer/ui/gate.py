"""Who is served: the names that this server answers to, and the pages that may talk to it.

    Host      an IP address, a name of this machine, or one that the settings name     else 421
    Origin    where a browser sends one: that of the server's own pages                else 403

A browser says with a request which name led it here, and with every handshake of a socket whose page asks; no script
can change either. Both are asked at every route, Streamlit's and ours, before anything else is.

- A site that lets its own name resolve to this machine (DNS rebinding) is of one origin with it for the browser, and
  may read everything: only the name in Host gives it away. An address cannot be rebound, so every address is served.
- The same-origin policy does not guard sockets. Origin is compared with Host, port and all: Streamlit's own check of
  its socket lets every port of localhost in. "null" (a sandboxed frame, a file) is another site.
- A request without Origin is a browser's own navigation, or comes from no browser: it carries no person's position in
  the network.

A page in another site's frame can be made to click what its reader does not see: only frames of this site are allowed.

References:
    RFC 9110, sections 7.2 (Host) and 15.5.20 (421); RFC 6455, section 10.2 (Origin)
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import net_util

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"([a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?", re.IGNORECASE)
_NAMED = re.compile(r"\*|(\*\.)?[a-z0-9_.-]+|\[?[0-9a-f:.]+\]?")
_PORTS = {"http": 80, "https": 443}
# Of a header that is told again: longer names are nobody's.
_MOST = 100
_NOT_SERVED = (
    "This server does not answer to {!r}. If it should, start it with that name in EXPLORER_ALLOWED_HOSTS, such as "
    "EXPLORER_ALLOWED_HOSTS={} (names are separated by commas)."
)
_NOT_HEARD = (
    "A page of {!r} may not talk to this server, which it asked for as {!r}. If it is the server's own page behind a "
    "proxy, let the proxy keep the Host header, or name the page's host in --browser.serverAddress."
)
_LOG = logging.getLogger(__name__)

Address = tuple[str, int | None]
"""A name in small letters or an IP address, and a port where one is named."""


@dataclass(frozen=True)
class Rule:
    """What may stand in Host and Origin.

    Attributes:
        names: host names that are served beside every IP address; "*.example.org" for all below one, "*" for all.
        pages: where the server's own pages are for the browser, when a proxy tells another Host.
    """

    names: frozenset[str] = LOOPBACK
    pages: frozenset[Address] = frozenset()

    def serves(self, host: str) -> bool:
        """Whether a server that was asked for as `host` ("example.org:8501") is this one."""
        here = _address(host)
        return here is not None and (_is_ip(here[0]) or any(_fits(here[0], name) for name in self.names))

    def hears(self, origin: str, host: str) -> bool:
        """Whether a page of `origin` ("https://example.org") is one of the server that it asked for as `host`."""
        scheme, _, rest = origin.partition("://")
        if scheme.lower() not in _PORTS or (page := _address(rest)) is None:
            return False
        port = _PORTS[scheme.lower()]
        return _with_port(page, port) in {
            _with_port(_address(host), port),
            *(_with_port(p, port) for p in self.pages),
        }

    def refusal(self, scope: Scope) -> PlainTextResponse | None:
        """The reply to a request that is not for this server, or not from its pages; None where it is."""
        hosts, origins = _headers(scope, b"host"), _headers(scope, b"origin")
        if len(hosts) != 1:
            return _refused(421, f"A request names one Host; this one names {len(hosts)}.")
        if not self.serves(hosts[0]):
            return _refused(421, _NOT_SERVED.format(hosts[0][:_MOST], _name(hosts[0])))
        if foreign := [origin for origin in origins if not self.hears(origin, hosts[0])]:
            return _refused(403, _NOT_HEARD.format(foreign[0][:_MOST], hosts[0][:_MOST]))
        return None


class Gate:
    """ASGI middleware that refuses what the rule does not let in, and says which frames a page may stand in.

    Args:
        rule: what is let in.
        embedders: sites in whose frames the app may stand, such as "https://wiki.example.org".
    """

    def __init__(self, app: ASGIApp, rule: Rule, embedders: Iterable[str] = ()):
        self._app, self._rule = app, rule
        policy = " ".join(("frame-ancestors 'self'", *embedders))
        self._policy = (b"content-security-policy", policy.encode("latin-1"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), self._policy]}
            await send(message)

        app = self._app if scope["type"] == "lifespan" else self._rule.refusal(scope) or self._app
        # A socket's messages pass as if there were no gate: a drag sends hundreds a second.
        await app(scope, receive, send_with_policy if scope["type"] == "http" else send)


def rule_of_settings() -> Rule:
    """The rule that the settings make: Streamlit's `server.address` and `browser.serverAddress` (the name in the
    browser's address bar), and EXPLORER_ALLOWED_HOSTS."""
    public = str(st.get_option("browser.serverAddress") or "").lower()
    named = {public, str(st.get_option("server.address") or "").lower()}
    ports = {None, int(st.get_option("browser.serverPort"))}
    pages = {(public, port) for port in ports} if public not in LOOPBACK | {""} else ()
    return Rule(
        LOOPBACK | (named - {""}) | _listed(os.environ.get("EXPLORER_ALLOWED_HOSTS", "")), frozenset(pages)
    )


def _listed(text: str) -> frozenset[str]:
    """The names of EXPLORER_ALLOWED_HOSTS."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if not _NAMED.fullmatch(name):
            raise ValueError(
                "EXPLORER_ALLOWED_HOSTS lists host names without scheme or port, separated by commas, such as "
                f"lab.example.org, *.example.org for all below one, or * for all; found {name!r}: correct it."
            )
    return frozenset(names)


def embedders_of_settings() -> tuple[str, ...]:
    """The sites that EXPLORER_FRAME_ANCESTORS names, separated by blanks."""
    return tuple(os.environ.get("EXPLORER_FRAME_ANCESTORS", "").split())


def ask_nobody() -> None:
    """Keeps Streamlit from asking another host for this machine's public address.

    It would, while all sockets wait, to compare it with an Origin that is not the Host letter for letter: the gate has
    done that. Before the app is imported, `browser.serverAddress` in `.streamlit/config.toml` keeps it from asking.
    """
    net_util.get_external_ip = lambda: None


def _address(authority: str) -> Address | None:
    """What a Host header names; None where it is none."""
    found = _HOST.fullmatch(authority)
    if found is None:
        return None
    return found[1].lower().strip("[]").rstrip("."), int(found[2]) if found[2] else None


def _with_port(address: Address | None, default: int) -> Address | None:
    return address and (address[0], address[1] or default)


def _name(host: str) -> str:
    """What a person would list for a Host header."""
    address = _address(host[:_MOST])
    return "NAME" if address is None else address[0]


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _fits(name: str, pattern: str) -> bool:
    return pattern in ("*", name) or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def _headers(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _refused(status: int, reason: str) -> PlainTextResponse:
    _LOG.warning("refused (%d): %s", status, reason)
    return PlainTextResponse(
        reason, status, {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    )
