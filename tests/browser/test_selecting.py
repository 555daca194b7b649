"""Selecting with controls that need no mouse, what is nearest in latent space, and what is taken home."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Locator, expect

from explorer.ui.example import inference
from explorer.ui.state import selection
from explorer.workspace import Entry
from tests.browser.servers import ROOT
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

DIGITS = "?model=digits-2d"


def press(visitor: Visitor, key: str) -> None:
    visitor.page.locator(f".st-key-{key} button").first.click()


def until_selected(visitor: Visitor, rows: np.ndarray) -> None:
    """Waits until the row's count, the map and the link say so."""
    expect(visitor.page.get_by_test_id("n-selected").locator("b")).to_have_text(f"{len(rows):,}")
    expect(visitor.map).to_have_attribute("data-selected", str(len(rows)))
    wanted = selection.to_text(selection.of_rows(rows)) if len(rows) else None
    visitor.until_query(lambda query: query.get("select") == wanted)


def by_label(visitor: Visitor, name: str) -> None:
    """Chooses a label in the popover, which is open, and selects its examples."""
    visitor.page.get_by_role("combobox", name="By label").click()
    visitor.page.get_by_role("option", name=name, exact=True).click()
    visitor.page.keyboard.press("Escape")
    button = visitor.page.locator(".st-key-choose_labelled button")
    expect(button).to_be_enabled()
    button.click()


def of_label(entry: Entry, *codes: int) -> np.ndarray:
    return np.flatnonzero(np.isin(entry.dataset.labels, codes))


def saved(visitor: Visitor, key: str) -> Path:
    with visitor.page.expect_download() as download:
        press(visitor, key)
    return download.value.path()


def neighbours(visitor: Visitor) -> Locator:
    return visitor.page.locator(".st-key-near button")


def id_of(button: Locator) -> int:
    return int(button.locator("p > span").last.inner_text().split()[0])


def test_a_text_is_searched_for_with_the_keyboard_alone(visitor: Visitor, digits: Entry) -> None:
    visitor.open(DIGITS)
    visitor.page.locator(".st-key-choose_by button").first.focus()
    visitor.page.keyboard.press("Enter")
    field = visitor.page.get_by_role("textbox", name="Search")
    field.focus()
    field.fill("42")
    field.press("Enter")
    expected = np.flatnonzero(["42" in str(i) for i in digits.dataset.example_ids.tolist()])
    assert len(expected) > 3
    until_selected(visitor, expected)
    visitor.shows(f"{len(expected)} found")


def test_labels_are_selected_inverted_cleared_and_kept(visitor: Visitor, digits: Entry) -> None:
    visitor.open(DIGITS)
    names = digits.atlas.label_names
    press(visitor, "choose_by")
    by_label(visitor, names[3])
    threes = of_label(digits, 3)
    until_selected(visitor, threes)
    visitor.page.keyboard.press("Escape")

    press(visitor, "keep_a")
    expect(visitor.page.get_by_role("button", name=f"Keep as A · {len(threes):,}")).to_be_visible()
    press(visitor, "choose_invert")
    others = np.setdiff1d(np.arange(digits.atlas.n_examples), threes)
    until_selected(visitor, others)
    press(visitor, "keep_b")
    expect(visitor.page.get_by_role("button", name=f"Keep as B · {len(others):,}")).to_be_visible()
    press(visitor, "choose_clear")
    until_selected(visitor, np.empty(0, int))
    press(visitor, "choose_all")
    until_selected(visitor, np.arange(digits.atlas.n_examples))
    assert not visitor.faults


def test_the_nearest_in_latent_space_are_a_click_away_and_can_be_selected(
    visitor: Visitor, digits: Entry
) -> None:
    visitor.open(f"{DIGITS}&shelf=neighbours")
    expect(neighbours(visitor)).to_have_count(24)
    ids = [id_of(button) for button in neighbours(visitor).all()]
    press(visitor, "near_select")
    until_selected(visitor, np.sort([digits.atlas.row(i) for i in ids]))
    expect(visitor.page.get_by_test_id("chosen")).to_be_visible()

    neighbours(visitor).nth(1).focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.heading).to_contain_text(f"example {ids[1]}")
    visitor.until_query(lambda query: query["example"] == str(ids[1]))
    expect(visitor.page.locator(".st-key-near_head")).to_contain_text(f"nearest to example {ids[1]}")
    assert not visitor.faults


def test_what_is_taken_home_is_what_was_selected(visitor: Visitor, digits: Entry, tmp_path: Path) -> None:
    visitor.open(f"{DIGITS}&shelf=neighbours&pins=@-2,0.2;@0.2,2")
    press(visitor, "near_select")
    query = visitor.until_query(lambda query: "select" in query)
    rows = selection.rows(selection.from_text(query["select"], digits.atlas.n_examples))
    ids = digits.dataset.example_ids[rows].tolist()
    visitor.rest()
    press(visitor, "export")
    visitor.shows("24 selected")

    assert pyarrow.csv.read_csv(saved(visitor, "export_csv"))["example_id"].to_pylist() == ids
    table = pq.read_table(saved(visitor, "export_parquet"))
    assert table["example_id"].to_pylist() == ids
    names = digits.atlas.label_names
    assert table["label"].to_pylist() == [names[i] for i in digits.dataset.labels[rows]]
    assert [r["example_id"] for r in json.loads(saved(visitor, "export_json").read_bytes())] == ids
    np.testing.assert_array_equal(np.load(saved(visitor, "export_z")), digits.atlas.means[rows])
    codes = np.load(saved(visitor, "export_handles"))
    np.testing.assert_allclose(codes, [[-2, 0.2], [0.2, 2]], atol=1e-5)

    text = visitor.page.get_by_test_id("stCode").locator("code").inner_text()
    found = tmp_path / "found.npz"
    text = text.replace('"strip.png"', repr(str(tmp_path / "strip.png")))
    text += f"\nnp.savez({str(found)!r}, decoded=decoded, ids=selected_ids)\n"
    subprocess.run([sys.executable, "-c", text], cwd=ROOT, check=True)
    with np.load(found) as arrays:
        assert arrays["ids"].tolist() == ids
        np.testing.assert_allclose(arrays["decoded"], inference.decode(digits, codes), atol=1e-6)
    assert (tmp_path / "strip.png").stat().st_size > 100
    assert not visitor.faults
