"""The map's numbers arrive as they are stored, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from explorer.live.columns import names_in, pack, pack_compact
from tests.live.conftest import Browser, LinearWorkspace, ThirtyPoints


def test_columns_are_the_atlas_bytes_one_after_another(browser: Browser, workspace: LinearWorkspace) -> None:
    atlas = workspace.open("grey").atlas
    reply = browser.get("/live/grey/columns?names=umap_x,example_id,axis_2,label,gap_nats")
    expected = [
        atlas.stored["umap_x"].astype("<f4"),
        atlas.stored["example_id"].astype("<i4"),
        atlas.means[:, 2].astype("<f4"),
        atlas.stored["label"].astype("<i4"),
        atlas.stored["gap_nats"].astype("<f4"),
    ]
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.content == b"".join(column.tobytes() for column in expected)


def test_axis_columns_are_exactly_where_the_axes_map_places_the_codes(
    browser: Browser, workspace: LinearWorkspace
) -> None:
    entry = workspace.open("grey")
    sent = np.frombuffer(browser.get("/live/grey/columns?names=axis_0,axis_2").content, "<f4").reshape(2, -1)
    assert (entry.chart("axes:0,2").place(entry.atlas.means) == sent.T).all()


def test_compact_columns_have_the_least_width_that_holds_them() -> None:
    ids, labels, x = np.arange(5), np.array([-1, 0, 254, 3, 3]), np.linspace(0, 1, 5, dtype=np.float32)
    packed = pack_compact(
        OneTable({"example_id": ids, "label": labels, "x": x}), ("example_id", "label", "x")
    )
    assert packed == bytes([0, 1, 4, 0]) + bytes([255, 0, 254, 3, 3, 0, 0, 0]) + x.tobytes()


@pytest.mark.parametrize(
    "name, values", [("example_id", [0, 2, 1]), ("example_id", [7]), ("label", [255]), ("label", [-2, 0])]
)
def test_what_does_not_fit_a_narrow_column_keeps_four_bytes(name: str, values: list[int]) -> None:
    packed = pack_compact(OneTable({name: np.array(values)}), (name,))
    assert packed == bytes([4, 0, 0, 0]) + np.array(values, "<i4").tobytes()


def test_compact_columns_say_what_the_others_say(browser: Browser, workspace: LinearWorkspace) -> None:
    stored = workspace.open("grey").atlas.stored
    plain = browser.get("/live/grey/columns?names=umap_x,label")
    compact = browser.get("/live/grey/columns?names=umap_x,label&compact=1")
    assert compact.content[:4] == bytes([4, 1, 0, 0])
    assert compact.content[4:124] == plain.content[:120]
    assert (np.frombuffer(compact.content[124:154], np.uint8) == stored["label"].astype(np.uint8)).all()
    assert compact.headers["etag"] != plain.headers["etag"]


@dataclass(frozen=True)
class OneTable:
    """As much of an atlas as columns need."""

    stored: dict[str, np.ndarray]
    means = np.empty((0, 0), np.float32)
    latent_dim = 0
    digest = "d" * 64

    @property
    def n_examples(self) -> int:
        return len(next(iter(self.stored.values())))

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self.stored)

    def is_number(self, name: str) -> bool:
        return self.stored[name].dtype.kind in "iuf"

    def columns(self, names: Sequence[str]) -> Mapping[str, np.ndarray]:
        return {name: self.stored[name] for name in names}

    def has(self, example_id: int) -> bool:
        return example_id in self.stored["example_id"]

    def row(self, example_id: int) -> int:
        return self.stored["example_id"].tolist().index(example_id)


def test_a_browser_that_has_the_columns_gets_304_and_no_bytes(browser: Browser) -> None:
    first = browser.get("/live/grey/columns?names=pca_x,pca_y")
    again = browser.get(
        "/live/grey/columns?names=pca_x,pca_y", headers={"If-None-Match": first.headers["etag"]}
    )
    weak = browser.get(
        "/live/grey/columns?names=pca_x,pca_y", headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert weak.status_code == 304


def test_tag_differs_by_columns_and_by_atlas(browser: Browser, workspace: LinearWorkspace) -> None:
    tags = {browser.get(f"/live/grey/columns?names={names}").headers["etag"] for names in ("pca_x", "pca_y")}
    object.__setattr__(workspace.entries["grey"].atlas, "digest", "e" * 64)
    tags.add(browser.get("/live/grey/columns?names=pca_x").headers["etag"])
    assert len(tags) == 3


def test_only_a_url_that_names_the_version_is_kept_without_asking(browser: Browser) -> None:
    versioned = browser.get(f"/live/grey/columns?names=pca_x&v={'d' * 64}")
    plain = browser.get("/live/grey/columns?names=pca_x")
    assert "immutable" in versioned.headers["cache-control"]
    assert plain.headers["cache-control"] == "private, no-cache"
    assert versioned.content == plain.content


@pytest.mark.parametrize("path", ["columns?names=pca_x&", "thumbnails/0.png?", "image/100.png?"])
def test_a_page_that_shows_other_files_than_are_open_gets_none_of_these(browser: Browser, path: str) -> None:
    stale = browser.get(f"/live/grey/{path}v={'e' * 64}")
    assert stale.status_code == 409
    assert "load the page again" in stale.json()["error"]
    assert stale.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("names", ["umap_z", "axis_3", "axis_-1", "axis_", "", "umap_x,secret", "../label"])
def test_an_unknown_column_is_refused_with_those_that_there_are(browser: Browser, names: str) -> None:
    reply = browser.get("/live/grey/columns", params={"names": names})
    assert reply.status_code == 400
    assert {"umap_x", "label", "axis_2"} <= set(reply.json()["allowed"])


@pytest.mark.parametrize("compact", ["", "&compact=1"])
def test_a_column_of_words_is_refused(browser: Browser, compact: str) -> None:
    reply = browser.get(f"/live/grey/columns?names=label,trust{compact}")
    assert reply.status_code == 400
    assert "'trust' of numbers" in reply.json()["error"]
    assert "trust" not in reply.json()["allowed"]


@pytest.mark.parametrize("odd", ["%00", "%ff", "%ed%a0%80", "9" * 5000, "axis_%C2%B2", "axis_-1"])
def test_odd_names_and_versions_are_no_fault_of_ours(browser: Browser, odd: str) -> None:
    assert browser.get(f"/live/{odd}/columns?names=label").status_code == 404
    assert browser.get(f"/live/grey/columns?names={odd}").status_code == 400
    assert browser.get(f"/live/grey/columns?names=label&v={odd}").status_code == 409


def test_too_many_columns_are_refused(browser: Browser) -> None:
    reply = browser.get("/live/grey/columns", params={"names": ",".join(["umap_x"] * 33)})
    assert reply.status_code == 400
    assert "1 to 32" in reply.json()["error"]


def test_an_unknown_model_is_refused_with_those_that_there_are(browser: Browser) -> None:
    reply = browser.get("/live/mnist/columns?names=umap_x")
    assert reply.status_code == 404
    assert reply.json()["allowed"] == ["grey", "colour", "vector", "big", "broken"]


def test_a_broken_checkpoint_says_which_file_and_the_server_stays_up(browser: Browser) -> None:
    reply = browser.get("/live/broken/columns?names=umap_x")
    assert reply.status_code == 503
    assert "config.json" in reply.json()["error"]
    assert browser.get("/live/grey/columns?names=umap_x").status_code == 200


def test_texts_that_came_along_come_as_codes_of_their_values() -> None:
    site = np.array(["b", "a", "", "b"], object)
    points = ThirtyPoints(np.zeros((4, 2), np.float32), {"site": site, "trust": site}, n_examples=4)
    assert "site" in names_in(points)
    assert "trust" not in names_in(points)
    assert np.frombuffer(pack(points, ["site"]), "<f4").tolist() == [0, 1, -1, 0]
