"""Files of the browser by their addresses below the roots, and nothing else."""

import http.client
import os
from pathlib import Path

import pytest

from explorer.live import routes
from explorer.live.assets import found
from tests.live.conftest import Browser, LinearWorkspace


@pytest.mark.parametrize(
    "address, media_type",
    [
        ("map/map.js", "text/javascript; charset=utf-8"),
        ("map/map.css", "text/css; charset=utf-8"),
        ("map/points/grid.js", "text/javascript; charset=utf-8"),
    ],
)
def test_a_file_comes_with_its_media_type(
    browser: Browser, assets: Path, address: str, media_type: str
) -> None:
    reply = browser.get(f"/live/assets/ui/{address}")
    assert reply.content == (assets / address).read_bytes()
    assert reply.headers["content-type"] == media_type
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_single_file_is_served_without_its_folder(browser: Browser) -> None:
    assert browser.get("/live/assets/plot.js").text == "export const plot = 1;\n"
    for address in ("other.js", "plot.js/other.js", "library/other.js"):
        assert browser.get(f"/live/assets/{address}").status_code == 404


def test_a_file_as_old_as_the_process_is_kept_and_one_that_changed_since_is_asked_for_again(
    browser: Browser, assets: Path
) -> None:
    address = "/live/assets/ui/map/map.js"
    assert browser.get(address).headers["cache-control"] == "private, no-cache"
    os.utime(assets / "map" / "map.js", (1.7e9, 1.7e9))
    assert "immutable" in browser.get(address).headers["cache-control"]
    assert "immutable" not in browser.get("/live/assets/ui/map/nothing.js").headers["cache-control"]


def test_a_file_that_changes_gets_another_tag(browser: Browser, assets: Path) -> None:
    address = "/live/assets/ui/map/map.js"
    first = browser.get(address).headers["etag"]
    assert browser.get(address, headers={"If-None-Match": first}).status_code == 304
    (assets / "map" / "map.js").write_text("export const map = 2;\n")
    changed = browser.get(address, headers={"If-None-Match": first})
    assert changed.status_code == 200
    assert b"= 2" in changed.content


def test_a_link_within_the_root_is_followed(browser: Browser) -> None:
    assert browser.get("/live/assets/ui/map/inside.js").text == "export const map = 1;\n"


REFUSED = {
    "a file that is not there": "ui/map/nothing.js",
    "another spelling": "ui/map/MAP.js",
    "an unknown kind of file": "ui/map/secret.txt",
    "Python": "ui/map/secret.py",
    "no suffix": "ui/map/secret",
    "a hidden file": "ui/map/.hidden.js",
    "a hidden folder": "ui/.git/hook.js",
    "a link out of the root": "ui/map/outside.js",
    "a link of the folder out of the root": "ui/climbing/secret.js",
    "a link to an unknown kind of file": "ui/map/disguised.js",
    "a link to a hidden file": "ui/map/unhidden.js",
    "a root": "ui",
    "a folder": "ui/map/points",
    "a folder named like a script": "ui/map/folder.js",
    "an end in a slash": "ui/map/map.js/",
    "a file below a file": "ui/map/map.js/map.js",
    "no root": "secret.js",
    "a root's longer name": "uinner/map.js",
    "nothing": "",
    "a name longer than a file system's": f"ui/{'a' * 300}.js",
    "a longer path": f"ui/{'map/' * 2000}map.js",
}


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
def test_what_is_no_file_of_the_browser_is_refused_with_the_roots(browser: Browser, address: str) -> None:
    reply = browser.get(f"/live/assets/{address}")
    assert reply.status_code == 404
    assert reply.json()["allowed"] == ["plot.js", "ui"]


DISGUISED = [
    "/live/assets/../secret.js",
    "/live/assets/ui/../../secret.js",
    "/live/assets/ui/map/../map/map.js",
    "/live/assets/ui/./map/map.js",
    "/live/assets/ui/..%2f..%2fsecret.js",
    "/live/assets/ui/%2e%2e/secret.js",
    "/live/assets/ui/%2E%2E/%2E%2E/secret.js",
    "/live/assets/ui/..%5csecret.js",
    "/live/assets/ui/..%252fsecret.js",
    "/live/assets/ui/map%2fmap.js",
    "/live/assets/ui%2Fmap/map.js",
    "/live/assets/ui/map/m%61p.js",
    "/live/assets/ui/map%5cmap.js",
    "/live/assets/ui//map/map.js",
    "/live/assets//etc/passwd",
    "/live/assets/%2fetc%2fpasswd",
    "/live/assets/ui//etc/passwd",
    "/live/assets/ui/map/map.js%00.png",
    "/live/assets/ui/map/secret.py%00.js",
    "/live/assets/ui/map/map.js%0a",
    "/live/assets/ui/map/map.js%20",
    "/live/assets/ui/map/map%EF%BC%8Ejs",
    "/live/assets/ui/C:%5csecret.js",
    "/live/assets/ui/C:/secret.js",
    "/live/../secret.js",
    "/live/grey/image/..%2f..%2fsecret.png",
    "/live/..%2fgrey/columns?names=label",
]


@pytest.mark.parametrize("target", DISGUISED)
def test_a_path_that_climbs_gets_404_whatever_its_disguise(address: str, target: str) -> None:
    # http.client sends the target as it stands; a browser would tidy it up first.
    connection = http.client.HTTPConnection(address, timeout=5)
    connection.request("GET", target)
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    assert reply.status == 404
    assert body.startswith(b'{"error"')


@pytest.mark.parametrize(
    "name",
    [
        *(
            f"ui/{name}"
            for name in ("/etc/passwd", "../secret.js", "map/map.js\0", "map/map.js\n", "map\\map.js")
        ),
        "/ui/map/map.js",
        "ui/map/ma\u0440.js",
    ],
)
def test_an_address_that_comes_as_text_is_no_freer(roots: dict[str, Path], name: str) -> None:
    assert found(name, roots) is None
    assert found("ui/map/map.js", roots) == roots["ui"] / "map" / "map.js"


def test_a_root_may_itself_be_a_link(roots: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(roots["ui"])
    assert found("ui/map/map.js", {"ui": tmp_path / "linked"}) == roots["ui"] / "map" / "map.js"


@pytest.mark.parametrize("path", ["", "nothing", "grey", "grey/points", "grey/thumbnails/one.png", "a/b/c/d"])
def test_any_other_path_below_live_is_404_and_names_what_there_is(browser: Browser, path: str) -> None:
    reply = browser.get(f"/live/{path}")
    assert reply.status_code == 404
    assert "/live/{model}/columns" in reply.json()["allowed"]


@pytest.mark.parametrize("base", ["lab", "/lab/", "/lab"])
def test_routes_follow_the_base_path(workspace: LinearWorkspace, roots: dict[str, Path], base: str) -> None:
    paths = [str(getattr(route, "path", "")) for route in routes(workspace, roots, base=base)]
    assert "/lab/live/socket" in paths
    assert all(path.startswith("/lab/live/") for path in paths)
