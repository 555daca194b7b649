"""The style sheets: all of them reach a page, and all draw with the same tokens."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from explorer.ui.browser.component import PACKAGE, sheets, style

ROOT = Path(__file__).parents[3]
SHEETS = sorted([*(PACKAGE / "ui").rglob("*.css"), *(PACKAGE / "explain").rglob("*.css")])
TOKENS = (PACKAGE / "ui" / "browser" / "tokens.css").read_text()
REPORT = (PACKAGE / "explain" / "assets" / "report.css").read_text()


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def defined(rules: str) -> set[str]:
    return set(re.findall(r"^\s*(--[\w-]+):", rules, re.M))


def test_a_folder_stands_for_its_sheets_its_own_first() -> None:
    names = sheets("ui/map")
    assert names[0] == "ui/map/map.css"
    assert "ui/map/words/legend.css" in names
    assert sheets("ui/map/map.css") == ["ui/map/map.css"]
    assert style("ui/map").startswith((PACKAGE / "ui" / "map" / "map.css").read_text())


def test_a_sheet_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(FileNotFoundError):
        style("ui/map/nothing.css")


def test_every_sheet_of_the_pages_is_given_to_one() -> None:
    code = "".join(path.read_text() for path in (PACKAGE / "ui").rglob("*.py"))
    given = {
        name for known in re.findall(r'"(ui/[\w/.]+)"', code) if ".js" not in known for name in sheets(known)
    }
    assert {name_of(path) for path in SHEETS if name_of(path).startswith("ui/")} <= given


@pytest.mark.parametrize("path", SHEETS, ids=name_of)
def test_a_sheet_draws_with_what_is_defined(path: Path) -> None:
    rules = path.read_text()
    # What a script sets on an element, and what either of the two that hold the chapters gives.
    known = defined(TOKENS) & defined(REPORT) if "explain" in path.parts else defined(TOKENS)
    known |= defined(rules) | {"--tile-width", "--tile-height"}
    assert set(re.findall(r"var\((--(?!st-)[\w-]+)\)", rules)) <= known


def test_the_accent_is_one_colour_in_each_theme() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    light, dark = theme["light"]["primaryColor"], theme["dark"]["primaryColor"]
    assert f"--accent: var(--st-primary-color, light-dark({light}, {dark}));" in TOKENS
    assert re.findall(r"--accent: (#\w+);", REPORT)[:2] == [light, dark]
    for path in SHEETS:
        assert (
            path.name in ("tokens.css", "argument_page.css", "report.css")
            or "--accent:" not in path.read_text()
        )
