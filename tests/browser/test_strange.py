"""Data as people really have them: nothing in a file is read as markup, and no count breaks the map."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from explorer.atlas import format as atlas_format
from explorer.atlas.format import MANIFEST_FILE, read_manifest, rows_folder
from explorer.ui.linked.registry import LINKED_VIEWS
from explorer.workspace import Workspace
from tests.browser.conftest import Arrive
from tests.browser.places import Places
from tests.browser.servers import serving
from tests.browser.strange import LABELS, N_MANY, checkpoints_of
from tests.browser.visitor import Visitor, centre

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = checkpoints_of(tmp_path_factory.mktemp("strange"))
    spoil_scores(found / "labels" / "atlas")
    return found


@pytest.fixture(scope="module")
def address(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(root, tmp_path_factory.mktemp("log") / "server.log") as found:
        yield found


def spoil_scores(folder: Path) -> None:
    """Every third example without any number."""
    manifest = read_manifest(folder)
    path = rows_folder(folder) / manifest.shards[0].file
    table = pq.read_table(path)
    for name in atlas_format.UNITS:
        column = table[name]
        if pa.types.is_floating(column.type):
            values = column.to_numpy().copy()
            values[::3] = np.nan
            table = table.set_column(table.column_names.index(name), name, pa.array(values))
    pq.write_table(table, path)
    shards = atlas_format.describe([path], [table.num_rows])
    text = type(manifest)(**{**vars(manifest), "shards": shards}).to_json()
    (folder / MANIFEST_FILE).write_text(text)


def is_calm(visitor: Visitor) -> None:
    """Nothing of a file has run or become an element, and nothing has failed."""
    visitor.rest()
    assert visitor.page.evaluate("window.hacked") is None
    expect(visitor.page.locator("img[src='x'], a[href^='javascript']")).to_have_count(0)
    expect(visitor.page.get_by_test_id("stException")).to_have_count(0)
    assert not visitor.faults


@pytest.mark.parametrize("colour", ["label", "gap_nats"])
def test_labels_of_all_kinds_are_text_and_missing_scores_break_nothing(
    arrive: Arrive, address: str, root: Path, colour: str
) -> None:
    visitor = arrive(address).open(f"?model=labels&colour={colour}")
    entry = Workspace(root).open("labels")
    places = Places.of(visitor, entry, "pca")
    # Apart, so that none lies under the handle of the one before.
    for example_id in places.lonely(apart=60)[:4]:
        visitor.page.mouse.click(*places.of_example(example_id))
        expect(visitor.heading).to_contain_text(f"example {example_id}")
        visitor.rest()
    if colour == "label":
        legend = visitor.page.get_by_test_id("map-legend")
        for label in LABELS:
            assert label in legend.evaluate(
                "node => [...node.querySelectorAll('.lm-swatch-name')].map(n => n.textContent)"
            )
    assert visitor.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    is_calm(visitor)


def opens(shelf: str, query: dict[str, str]) -> bool:
    return query.get("shelf", "gallery") == shelf


def test_every_linked_view_holds_them_too(arrive: Arrive, address: str) -> None:
    visitor = arrive(address).open("?model=labels")
    for shelf, name in ((key, each.title) for key, each in LINKED_VIEWS.items()):
        visitor.page.get_by_role("radio", name=name, exact=True).click()
        visitor.until_query(partial(opens, shelf))
        is_calm(visitor)
        assert visitor.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), shelf


def test_ten_thousand_labels_do_not_bury_the_page(arrive: Arrive, address: str) -> None:
    visitor = arrive(address).open("?model=many")
    expect(visitor.page.get_by_test_id("map-legend")).to_contain_text(f"and {N_MANY - 60:,} labels more")
    assert visitor.page.evaluate("document.querySelectorAll('*').length") < 5000
    is_calm(visitor)


@pytest.mark.parametrize("model, n", [("one", 1), ("equal", 12)])
def test_one_example_and_equal_ones_are_a_map(arrive: Arrive, address: str, model: str, n: int) -> None:
    visitor = arrive(address).open(f"?model={model}")
    expect(visitor.page.get_by_test_id("map-footer")).to_contain_text(f"{n} examples")
    before = visitor.decoded_pixels()
    visitor.page.keyboard.press("i")
    expect(visitor.map).to_have_attribute("data-selected", str(n))
    visitor.drag_out(visitor.handles.first, 80, 40)
    visitor.until_decoded_differs(before)
    visitor.page.mouse.up()
    assert all(np.isfinite(centre(visitor.handles.first)))
    is_calm(visitor)


def test_two_tabs_look_at_different_things(arrive: Arrive, address: str) -> None:
    first, second = arrive(address).open("?model=equal"), arrive(address).open("?model=labels")
    second.page.keyboard.press("i")
    expect(second.map).to_have_attribute("data-selected", "60")
    expect(first.map).to_have_attribute("data-selected", "0")
    expect(first.map).to_have_attribute("data-model", "equal")


def test_an_atlas_of_other_examples_than_the_data_is_named(arrive: Arrive, address: str, root: Path) -> None:
    import shutil

    shutil.copytree(root / "equal", root / "other", dirs_exist_ok=True)
    shutil.copytree(root / "one" / "atlas", root / "other" / "atlas", dirs_exist_ok=True)
    manifest = read_manifest(root / "equal" / "atlas")
    shards = read_manifest(root / "one" / "atlas").shards
    mixed = type(manifest)(**{**vars(manifest), "shards": shards}).to_json()
    (root / "other" / "atlas" / MANIFEST_FILE).write_text(mixed)
    visitor = arrive(address)
    visitor.page.goto(f"{address}/?model=other")
    alert = visitor.page.get_by_test_id("stAlert")
    expect(alert).to_contain_text(MANIFEST_FILE)
    expect(alert).to_contain_text("rows")


def test_a_lost_socket_says_so_and_comes_back(arrive: Arrive, address: str) -> None:
    visitor = arrive(address, is_new=True)
    # Every socket that the page opens is kept where a test can close it, as a lost network does.
    visitor.page.add_init_script(
        """(() => {
          const Real = WebSocket;
          window.live = [];
          window.WebSocket = class extends Real {
            constructor(url, ...rest) {
              super(window.isAway && String(url).endsWith("/live/socket") ? "ws://127.0.0.1:1/" : url, ...rest);
              if (String(url).endsWith("/live/socket")) window.live.push(this);
            }
          };
        })()"""
    )
    visitor.open("?model=labels")
    away = visitor.page.get_by_test_id("map-connection")
    expect(away).not_to_be_visible()
    visitor.page.evaluate("window.isAway = true; window.live.at(-1).close()")
    expect(away).to_be_visible()
    # It tries again, less and less often.
    visitor.page.wait_for_function("window.live.length >= 3")
    visitor.page.evaluate("window.isAway = false")
    expect(away).not_to_be_visible()
    before = visitor.decoded_pixels()
    visitor.drag_out(visitor.handles.first, 60, 30)
    visitor.until_decoded_differs(before)
    visitor.page.mouse.up()
