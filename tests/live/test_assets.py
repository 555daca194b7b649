"""Files by their exact names, and nothing else."""

import http.client
from pathlib import Path

import pytest

from explorer.live import routes
from tests.live.conftest import Browser, LinearWorkspace


@pytest.mark.parametrize(
    "name, media_type", [("map.js", "text/javascript; charset=utf-8"), ("map.css", "text/css; charset=utf-8")]
)
def test_a_file_comes_with_its_media_type(browser: Browser, assets: Path, name: str, media_type: str) -> None:
    reply = browser.get(f"/live/assets/{name}")
    assert reply.content == (assets / name).read_bytes()
    assert reply.headers["content-type"] == media_type
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_file_that_changes_gets_another_tag(browser: Browser, assets: Path) -> None:
    first = browser.get("/live/assets/map.js").headers["etag"]
    assert browser.get("/live/assets/map.js", headers={"If-None-Match": first}).status_code == 304
    (assets / "map.js").write_text("export const map = 2;\n")
    changed = browser.get("/live/assets/map.js", headers={"If-None-Match": first})
    assert changed.status_code == 200
    assert b"= 2" in changed.content


@pytest.mark.parametrize("name", ["secret.js", ".hidden.js", "notes.txt", "inner", "deep.js", "MAP.js"])
def test_what_is_not_listed_is_refused_with_what_is(browser: Browser, name: str) -> None:
    reply = browser.get(f"/live/assets/{name}")
    assert reply.status_code == 404
    assert reply.json()["allowed"] == ["map.css", "map.js"]


@pytest.mark.parametrize(
    "target",
    [
        "/live/assets/../secret.js",
        "/live/assets/..%2fsecret.js",
        "/live/assets/%2e%2e/secret.js",
        "/live/assets/..%5csecret.js",
        "/live/assets/inner/deep.js",
        "/live/assets/inner%2fdeep.js",
        "/live/assets//etc/passwd",
        "/live/assets/%2fetc%2fpasswd",
        "/live/assets/map.js%00.png",
        "/live/assets/C:%5csecret.js",
        "/live/../secret.js",
        "/live/grey/image/..%2f..%2fsecret.png",
        "/live/..%2fgrey/columns?names=label",
    ],
)
def test_a_path_that_climbs_gets_404_whatever_its_disguise(address: str, target: str) -> None:
    # http.client sends the target as it stands; a browser would tidy it up first.
    connection = http.client.HTTPConnection(address, timeout=5)
    connection.request("GET", target)
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    assert reply.status == 404
    assert b"secret\n" not in body
    assert b"root:" not in body
    assert b"deep" not in body or b'"error"' in body


@pytest.mark.parametrize("path", ["", "nothing", "grey", "grey/points", "grey/thumbnails/one.png", "a/b/c/d"])
def test_any_other_path_below_live_is_404_and_names_what_there_is(browser: Browser, path: str) -> None:
    reply = browser.get(f"/live/{path}")
    assert reply.status_code == 404
    assert "/live/{model}/columns" in reply.json()["allowed"]


@pytest.mark.parametrize("base", ["lab", "/lab/", "/lab"])
def test_routes_follow_the_base_path(workspace: LinearWorkspace, assets: Path, base: str) -> None:
    paths = [str(getattr(route, "path", "")) for route in routes(workspace, [assets], base=base)]
    assert "/lab/live/socket" in paths
    assert all(path.startswith("/lab/live/") for path in paths)
