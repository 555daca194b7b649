"""Gaps: the loosest bounds first, a page at a time, each a click away from its place on the map."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Locator, expect

from explorer.workspace import Entry
from tests.browser.visitor import PATIENCE_MS, READY, Visitor, box_of

pytestmark = pytest.mark.browser

DIGITS = "?model=digits-2d"
HEADER_PIXELS = ROW_PIXELS = 35
# From the table's left edge to the tick box and to the image, which comes after the place and the example's id.
TICK_PIXELS, IMAGE_PIXELS = 16, 225
# Where Plotly has drawn the points of a figure, in the window's pixels.
_POINTS = """figure => {
  const plot = figure.querySelector(".js-plotly-plot");
  const { xaxis, yaxis } = plot._fullLayout;
  const { left, top } = plot.getBoundingClientRect();
  const { x, y, customdata } = plot._fullData[0];
  const at = i => [left + xaxis._offset + xaxis.l2p(x[i]), top + yaxis._offset + yaxis.l2p(y[i])];
  return Array.from(x, (_, i) => [...at(i), customdata[i]]);
}"""


def table(visitor: Visitor) -> Locator:
    return visitor.page.get_by_test_id("stDataFrame")


def heading(visitor: Visitor, name: str) -> Locator:
    """A heading in the table's hidden copy for screen readers; the table itself is a canvas."""
    return table(visitor).locator("th", has_text=re.compile(f"^{re.escape(name)}$"))


def column(visitor: Visitor, name: str) -> list[str]:
    """The cells in sight of a column."""
    place = heading(visitor, name).get_attribute("aria-colindex")
    return table(visitor).locator(f'td[aria-colindex="{place}"]').all_inner_texts()


def until_column(visitor: Visitor, name: str, holds: Callable[[list[str]], bool]) -> list[str]:
    """Waits until a column's cells are as wanted: the table writes its hidden copy some time after its canvas."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not holds(found := column(visitor, name)):
        assert time.monotonic() < deadline, f"the column {name} still reads {found}"
        visitor.page.wait_for_timeout(50)
    return found


def click_row(visitor: Visitor, row: int, at: int = IMAGE_PIXELS) -> int:
    """Clicks the image of a row, or its tick box; returns the example that the row is of."""
    example_id = int(until_column(visitor, "example", lambda cells: len(cells) > row)[row])
    table(visitor).scroll_into_view_if_needed()
    box = box_of(table(visitor))
    visitor.page.mouse.click(box["x"] + at, box["y"] + HEADER_PIXELS + (row + 0.5) * ROW_PIXELS)
    return example_id


def is_on_the_map(visitor: Visitor, example_id: int) -> None:
    visitor.page.wait_for_selector(READY)
    expect(visitor.heading).to_contain_text(f"example {example_id}")
    query = visitor.until_query(lambda query: query["example"] == str(example_id))
    assert query["pins"].startswith(f"{example_id}@")
    expect(visitor.handles).to_have_count(1)


def test_the_loosest_bounds_come_first_and_labels_narrow_them(visitor: Visitor, digits: Entry) -> None:
    visitor.open(DIGITS, path="/gaps")
    shown = [float(cell) for cell in until_column(visitor, "gap, nats", lambda cells: len(cells) > 5)]
    gaps = digits.atlas.columns(["gap_nats"])["gap_nats"]
    assert shown == pytest.approx(np.sort(gaps)[::-1][: len(shown)])
    visitor.shows(re.compile(rf"\d+ of {len(gaps)}"))
    trust = digits.atlas.columns(["trust"])["trust"]
    words = {"good": "● trusted", "usable": "◐ usable", "unreliable": "○ not trusted"}
    loosest = [words[trust[row]] for row in np.argsort(-gaps, kind="stable")]
    until_column(visitor, "trust", lambda cells: len(cells) > 5 and cells == loosest[: len(cells)])

    visitor.page.get_by_role("button", name="3", exact=True).click()
    n_threes = int((digits.dataset.labels == 3).sum())
    visitor.shows(re.compile(rf"\d+ of {n_threes}$"))
    until_column(visitor, "label", lambda cells: set(cells) == {"3"})


def test_a_click_on_a_row_shows_that_example_on_the_map(visitor: Visitor) -> None:
    visitor.open(DIGITS, path="/gaps")
    is_on_the_map(visitor, click_row(visitor, 2))


def test_a_row_leads_to_its_own_example_after_sorting(visitor: Visitor) -> None:
    visitor.open(DIGITS, path="/gaps")
    unsorted = until_column(visitor, "example", lambda cells: len(cells) > 1)
    table(visitor).scroll_into_view_if_needed()
    box = box_of(table(visitor))
    # A heading well to the right of the gap's, by which the rows are sorted when they come.
    visitor.page.mouse.click(box["x"] + 500, box["y"] + HEADER_PIXELS / 2)
    place = heading(visitor, "example").get_attribute("aria-colindex")
    visitor.page.wait_for_function(
        """([table, place, before]) => {
          const ids = [...table.querySelectorAll(`td[aria-colindex="${place}"]`)];
          return ids.length > 0 && ids[1].innerText !== before;
        }""",
        arg=[table(visitor).element_handle(), place, unsorted[1]],
    )
    is_on_the_map(visitor, click_row(visitor, 1))


@pytest.mark.parametrize("against", ["gap", "ELBO"])
def test_a_click_on_a_point_of_the_scatter_shows_that_example_on_the_map(
    visitor: Visitor, against: str
) -> None:
    visitor.open(DIGITS, path="/gaps")
    figure = visitor.page.get_by_role("figure", name=f"{against} against log p(x)")
    visitor.page.get_by_role("radio", name=f"{against} against log p(x)").click()
    expect(figure.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    points = np.array(figure.evaluate(_POINTS))
    at = points[:, :2]
    apart = np.linalg.norm(at[:, None] - at[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    x, y, example_id = points[apart.min(axis=1).argmax()]
    visitor.page.mouse.move(x - 3, y)
    visitor.page.mouse.move(x, y)
    expect(figure.locator(".hoverlayer .hovertext").first).to_contain_text(f"example {example_id:.0f}")
    visitor.page.mouse.click(x, y)
    is_on_the_map(visitor, int(example_id))


def saved(visitor: Visitor, key: str) -> Path:
    with visitor.page.expect_download() as download:
        visitor.page.locator(f".st-key-{key} button").click()
    return download.value.path()


def test_the_rows_are_taken_home_as_csv_parquet_and_json(visitor: Visitor, digits: Entry) -> None:
    visitor.open(f"{DIGITS}&labels=3,8", path="/gaps")
    wanted = np.isin(digits.dataset.labels, [3, 8])
    kept: list[pa.Table] = [
        pyarrow.csv.read_csv(saved(visitor, "csv")),
        pq.read_table(saved(visitor, "parquet")),
        pa.Table.from_pylist(json.loads(saved(visitor, "json").read_text())),
    ]
    for rows in kept:
        assert {"example_id", "label", "gap_nats", "elbo_nats", "log_px_nats", "pareto_k"} <= set(
            rows.column_names
        )
        assert set(rows["example_id"].to_pylist()) == set(digits.dataset.example_ids[wanted].tolist())
        gaps = rows["gap_nats"].to_numpy()
        assert (np.diff(gaps) <= 0).all()
        np.testing.assert_allclose(
            gaps, rows["log_px_nats"].to_numpy() - rows["elbo_nats"].to_numpy(), atol=1e-3
        )


def shown_rows(visitor: Visitor, text: str) -> None:
    expect(visitor.page.get_by_text(f"rows {text}", exact=True)).to_be_visible()


def test_the_table_of_garments_has_a_hundred_pages_of_a_hundred(visitor: Visitor, fashion: Entry) -> None:
    visitor.open("?model=fashion-mnist-16d", path="/gaps")
    visitor.shows(re.compile(r"[\d,]+ of 10,000$"))
    shown_rows(visitor, "1–100 of 10,000")
    expect(table(visitor).locator("table")).to_have_attribute("aria-rowcount", re.compile("10[01]"))
    visitor.page.get_by_role("button", name="Next", exact=True).click()
    shown_rows(visitor, "101–200 of 10,000")
    columns = fashion.atlas.columns(["gap_nats", "example_id"])
    order = np.argsort(-columns["gap_nats"], kind="stable")
    second = [str(i) for i in columns["example_id"][order[100:105]]]
    until_column(visitor, "example", lambda cells: cells[:5] == second)

    visitor.choose("Sort by", "example")
    visitor.page.get_by_text("largest first", exact=True).click()
    until_column(visitor, "example", lambda cells: cells[:3] == ["0", "1", "2"])
    is_on_the_map(visitor, click_row(visitor, 1))


def test_ticked_rows_become_the_selection_of_all_figures(visitor: Visitor, digits: Entry) -> None:
    visitor.open(DIGITS, path="/gaps")
    ticked = {click_row(visitor, row, TICK_PIXELS) for row in (0, 2, 3)}
    expect(visitor.page.get_by_test_id("n-ticked")).to_have_text("3 ticked; the files are of these")
    assert set(pyarrow.csv.read_csv(saved(visitor, "csv"))["example_id"].to_pylist()) == ticked
    visitor.page.get_by_role("button", name="Keep only these").click()
    visitor.shows("3 selected: figures and table are of these")
    shown_rows(visitor, "1–3 of 3")
    visitor.shows(re.compile(r"^\d of 3$"))
    until_column(visitor, "example", lambda cells: {int(cell) for cell in cells} == ticked)
    expect(visitor.page.get_by_test_id("n-ticked")).to_have_text(re.compile("^0 ticked"))

    dropped = click_row(visitor, 1, TICK_PIXELS)
    visitor.page.get_by_role("button", name="Remove from selection").click()
    shown_rows(visitor, "1–2 of 2")
    until_column(visitor, "example", lambda cells: {int(cell) for cell in cells} == ticked - {dropped})
    visitor.page.get_by_role("button", name="Clear the selection").click()
    shown_rows(visitor, f"1–100 of {digits.atlas.n_examples:,}")


def test_an_example_is_reached_with_the_keyboard_alone(visitor: Visitor) -> None:
    visitor.open(DIGITS, path="/gaps")
    second = int(until_column(visitor, "example", lambda cells: len(cells) > 1)[1])
    table(visitor).locator("canvas").first.focus()
    for key in ("ArrowDown", "ArrowRight"):
        visitor.page.keyboard.press(key)
    is_on_the_map(visitor, second)
