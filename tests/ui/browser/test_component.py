"""What Streamlit is given for a component, and that all of it reaches a browser, from a checkout and from a wheel."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from explorer.live.assets import MEDIA_TYPES, found
from explorer.ui.browser import component
from explorer.ui.browser.component import KINDS, PACKAGE, reached, served, stub, style, version

ROOT = Path(__file__).parents[3]
ENTRIES = {
    name for path in PACKAGE.rglob("*.py") for name in re.findall(r'stub\("([^"]+)"\)', path.read_text())
}
FILES = [
    path
    for folder in ("ui", "explain/assets")
    for path in sorted((PACKAGE / folder).rglob("*"))
    if path.suffix in MEDIA_TYPES
]


def address(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_there_are_components() -> None:
    assert len(ENTRIES) >= 4


@pytest.mark.parametrize("entry", sorted(ENTRIES))
def test_the_browser_is_told_of_every_module_of_a_component_at_once(entry: str) -> None:
    names = reached(entry)
    assert names[0] == entry
    assert all(f'"{name}"' in stub(entry) for name in names)
    for name in names:
        # Any import, however it is written; in a comment it is of a type.
        needs = re.findall(r'^(?! \*).*\b(?:from|import) "(\.[^"]+)"', (PACKAGE / name).read_text(), re.M)
        whole = {address((PACKAGE / name).parent.joinpath(other).resolve()) for other in needs}
        assert whole <= set(names), name


@pytest.mark.parametrize("entry", sorted(ENTRIES))
def test_every_module_of_a_component_is_served(entry: str) -> None:
    for name in reached(entry):
        assert found(f"{version()}/{name}", served()) == PACKAGE / name
        assert found(name, served()) is None


def test_the_version_is_that_of_all_that_is_served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert {path.suffix for path in FILES} == set(KINDS)
    monkeypatch.setattr(component, "PACKAGE", tmp_path)
    (tmp_path / "ui" / "map").mkdir(parents=True)
    versions = []
    for name, content in (
        ("a.js", "1"),
        ("a.js", "2"),
        ("b.js", "2"),
        ("b.css", ""),
        ("b.py", "is not served"),
    ):
        (tmp_path / "ui" / "map" / name).write_text(content)
        versions.append(version.__wrapped__())
    assert len(set(versions)) == 4
    assert versions[3] == versions[4]


def test_a_script_is_given_the_addresses_of_its_version() -> None:
    assert f'new URL("live/assets/{version()}/", document.baseURI)' in stub("ui/map/mount.js")


def test_plotly_is_served_as_a_single_file() -> None:
    path = found(f"{version()}/plotly.min.js", served())
    assert path is not None
    assert path.stat().st_size > 1e6


def test_no_python_and_no_type_is_served() -> None:
    for path in [
        *(PACKAGE / "ui").rglob("*.py"),
        *(PACKAGE / "ui").rglob("*.pyc"),
        *(PACKAGE / "ui").rglob("*.ts"),
    ]:
        assert found(f"{version()}/{address(path)}", served()) is None


@pytest.fixture(scope="module")
def packaged() -> set[Path]:
    """The data files that a build takes along."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    folders = {package: ROOT / package.replace(".", "/") for package in settings}
    return {
        path for package, globs in settings.items() for glob in globs for path in folders[package].glob(glob)
    }


@pytest.mark.parametrize("path", FILES, ids=address)
def test_a_file_of_the_browser_is_part_of_the_built_package(path: Path, packaged: set[Path]) -> None:
    assert path in packaged


def test_a_sheet_names_files_beside_itself_as_the_page_finds_them() -> None:
    rules = style("explain/assets/argument.css")
    (font,) = re.findall(r'url\("live/assets/([^"]+)"\)', rules)
    assert found(font, served()) == PACKAGE / "explain" / "assets" / "math.woff2"
    assert rules.count("url(") == 1
