"""Only the explorer's own pages reach the socket."""

import pytest

from explorer.live.origin import is_allowed


@pytest.mark.parametrize(
    "origin, host",
    [
        (None, "localhost:8501"),
        ("http://localhost:8501", "localhost:8501"),
        ("http://LOCALHOST:8501", "localhost:8501"),
        ("https://lab.example.org", "lab.example.org"),
        ("https://lab.example.org", "lab.example.org:443"),
        ("http://[::1]:8501", "[::1]:8501"),
    ],
)
def test_the_own_page_is_allowed(origin: str | None, host: str | None) -> None:
    assert is_allowed(origin, host)


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
        ("http://localhost:8501", None),
        ("http://[::1", "[::1"),
    ],
)
def test_another_site_is_refused(origin: str | None, host: str | None) -> None:
    assert not is_allowed(origin, host)


def test_a_proxy_s_public_origin_can_be_named() -> None:
    assert is_allowed("https://lab.example.org", "10.0.0.7:8501", {"https://lab.example.org"})
    assert not is_allowed("https://lab.example.org:8443", "10.0.0.7:8501", {"https://lab.example.org"})
