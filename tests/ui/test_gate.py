"""Only this server's names are answered to, and only its own pages are heard."""

import asyncio

import httpx
import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from explorer.ui.gate import Gate, Rule, embedders_of_settings, rule_of_settings

LAB = Rule(frozenset({"localhost", "lab.example.org", "*.cluster.example"}))
PUBLIC = Rule(
    frozenset({"lab.example.org"}), frozenset({("lab.example.org", None), ("lab.example.org", 8501)})
)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8501",
        "LocalHost:8501",
        "localhost.:8501",
        "lab.example.org:443",
        "node7.cluster.example",
        # An address cannot be made to lead elsewhere.
        "127.0.0.1:8501",
        "[::1]:8501",
        "192.0.2.7",
        "[2001:db8::7]:80",
    ],
)
def test_names_of_the_server_and_all_addresses_are_answered_to(host):
    assert LAB.serves(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8501",
        "localhost.evil.example",
        "evil-localhost",
        "sub.lab.example.org",
        "cluster.example",
        "evilcluster.example",
        "127.0.0.1.evil.example",
        # What only looks like an address: browsers never send these, resolvers differ.
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "",
        ":8501",
        "evil.example@localhost",
        "localhost/evil.example",
        "localhost:port",
        "localhost:",
        "[::1",
        "::1",
        "localhost evil.example",
        "lócalhost",
        "localhost\n",
    ],
)
def test_another_name_is_not(host):
    assert not LAB.serves(host)


def test_a_star_is_every_name():
    assert Rule(frozenset({"*"})).serves("evil.example")


@pytest.mark.parametrize(
    "origin, host",
    [
        ("http://localhost:8501", "localhost:8501"),
        ("http://LOCALHOST:8501", "localhost:8501"),
        ("https://lab.example.org", "lab.example.org"),
        ("https://lab.example.org", "lab.example.org:443"),
        ("http://[::1]:8501", "[::1]:8501"),
    ],
)
def test_the_own_page_is_heard(origin, host):
    assert LAB.hears(origin, host)


@pytest.mark.parametrize(
    "origin, host",
    [
        ("https://evil.example", "localhost:8501"),
        ("http://localhost:9999", "localhost:8501"),
        ("http://localhost", "localhost:8501"),
        ("http://127.0.0.1:8501", "localhost:8501"),
        ("http://localhost:8501.evil.example", "localhost:8501"),
        ("http://evil.example/localhost:8501", "localhost:8501"),
        ("https://evil.lab.example.org", "lab.example.org"),
        ("http://lab.example.org", "lab.example.org:443"),
        ("null", "localhost:8501"),
        ("", "localhost:8501"),
        ("http://localhost:port", "localhost:8501"),
        ("file://", "localhost:8501"),
        ("chrome-extension://abc", "localhost:8501"),
        ("http://[::1", "[::1"),
        ("http://", ""),
    ],
)
def test_another_site_is_not(origin, host):
    assert not LAB.hears(origin, host)


def test_the_public_page_is_heard_through_a_proxy_that_tells_another_host():
    for origin in ("https://lab.example.org", "http://lab.example.org", "http://lab.example.org:8501"):
        assert PUBLIC.hears(origin, "10.0.0.7:8501")
    for origin in ("https://lab.example.org:8443", "https://evil.example"):
        assert not PUBLIC.hears(origin, "10.0.0.7:8501")


# The middleware.


async def _opened(socket):
    await socket.accept()
    await socket.close()


@pytest.fixture
def app():
    """Another application behind the gate."""
    routes = [
        Route("/page", lambda request: PlainTextResponse("in")),
        WebSocketRoute("/socket", _opened),
    ]
    gate = Middleware(Gate, Rule(), ("https://wiki.example.org",))
    return Starlette(routes=routes, middleware=[gate])


def get(app, *headers):
    async def ask():
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as client:
            return await client.get("/page", headers=headers)

    return asyncio.run(ask())


def handshake(app, headers):
    """The first answer to a browser that wants to open the socket."""
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "websocket",
        "path": "/socket",
        "headers": told,
        "extensions": {"websocket.http.response": {}},
    }
    answers = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        answers.append(message)

    asyncio.run(app(scope, receive, send))
    return answers[0]


def test_what_is_let_in_is_answered_with_who_may_frame_it(app):
    reply = get(app)
    assert (reply.status_code, reply.text) == (200, "in")
    assert reply.headers["content-security-policy"] == "frame-ancestors 'self' https://wiki.example.org"


def test_a_refusal_is_a_line_that_says_what_to_set(app):
    reply = get(app, ("Host", "evil.example:8501"))
    assert reply.status_code == 421
    assert "'evil.example:8501'" in reply.text
    assert "EXPLORER_ALLOWED_HOSTS=evil.example " in reply.text
    reply = get(app, ("Origin", "http://localhost:9999"))
    assert reply.status_code == 403
    assert "'http://localhost:9999'" in reply.text
    assert "--browser.serverAddress" in reply.text
    assert "\n" not in reply.text


def test_a_long_or_odd_name_is_not_told_again_in_full(app):
    reply = get(app, ("Host", "<" + "a" * 10_000))
    assert reply.status_code == 421
    assert len(reply.text) < 500
    assert reply.headers["content-type"].startswith("text/plain")


def test_a_request_names_one_host(app):
    assert get(app, ("Host", "localhost"), ("Host", "evil.example")).status_code == 421


@pytest.mark.parametrize(
    "headers, status",
    [({"Host": "evil.example"}, 421), ({"Host": "localhost", "Origin": "http://localhost:9999"}, 403)],
)
def test_a_socket_is_refused_before_it_opens(app, headers, status):
    begun = handshake(app, headers)
    assert (begun["type"], begun["status"]) == ("websocket.http.response.start", status)


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost:8501"}])
def test_the_own_page_s_socket_and_a_script_s_open(app, headers):
    assert handshake(app, {"Host": "localhost:8501", **headers})["type"] == "websocket.accept"


def test_a_socket_s_messages_pass_as_if_there_were_no_gate():
    handed_on = []

    async def inner(scope, receive, send):
        handed_on.extend((receive, send))

    async def receive():
        return {}

    async def send(message):
        pass

    scope = {"type": "websocket", "headers": [(b"host", b"localhost")]}
    asyncio.run(Gate(inner, Rule())(scope, receive, send))
    assert handed_on == [receive, send]


# The settings.


@pytest.fixture
def options(monkeypatch):
    """Streamlit's options of one test."""
    found = {"browser.serverAddress": "localhost", "browser.serverPort": 8501, "server.address": "localhost"}
    monkeypatch.setattr(st, "get_option", found.__getitem__)
    monkeypatch.delenv("EXPLORER_ALLOWED_HOSTS", raising=False)
    return found


def test_by_default_no_name_but_this_machine_s(options):
    rule = rule_of_settings()
    assert rule == Rule()


def test_the_name_in_the_address_bar_is_served_and_its_page_heard(options):
    options["browser.serverAddress"] = "Lab.example.org"
    rule = rule_of_settings()
    assert rule.serves("lab.example.org")
    assert rule.hears("https://lab.example.org", "127.0.0.1:8501")
    assert not rule.hears("http://localhost", "127.0.0.1:8501")


def test_the_name_that_is_bound_is_served(options):
    options["server.address"] = "gpu7.lan"
    assert rule_of_settings().serves("gpu7.lan:8501")


def test_further_names_are_listed(options, monkeypatch):
    monkeypatch.setenv("EXPLORER_ALLOWED_HOSTS", "Lab.example.org, *.cluster.example,")
    rule = rule_of_settings()
    assert rule.serves("lab.example.org")
    assert rule.serves("node7.cluster.example")
    assert not rule.serves("evil.example")
    # Only a name that the browser itself is led by: another Host is another site.
    assert not rule.hears("https://lab.example.org", "127.0.0.1:8501")


@pytest.mark.parametrize("listed", ["https://lab.example.org", "lab.example.org:8501", "lab.*", "a b"])
def test_what_is_no_name_is_told_at_the_start(options, monkeypatch, listed):
    monkeypatch.setenv("EXPLORER_ALLOWED_HOSTS", listed)
    with pytest.raises(ValueError, match="without scheme or port"):
        rule_of_settings()


def test_embedders_are_listed(monkeypatch):
    monkeypatch.setenv("EXPLORER_FRAME_ANCESTORS", "https://a.example  https://b.example")
    assert embedders_of_settings() == ("https://a.example", "https://b.example")
