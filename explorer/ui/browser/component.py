"""The browser's part of the app's components: its files, and the script that Streamlit is given for each.

- A file is named by its path in the package, "ui/map/mount.js": that is also its address below the live routes, so that
  modules find one another there as they do in the folders.
- That script imports the real modules from there, at an address relative to the page, so that the app works below a
  base path. Streamlit keys a component's script by its text: modules fetched by address can be many files.
- That address begins with a version of all files, so that a browser that was here before asks for none of them.
- A module names its imports only once it is there, which over a network is a round trip a level; so all that a module
  reaches are named to the browser at once.
- All calls wait for one and the same import: two imports of a module that is not there yet may come back in either
  order, and the older data would be drawn last.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from posixpath import dirname, join, normpath

PACKAGE = Path(__file__).parents[2]
FOLDERS = ("ui", "explain/assets")
# What lies in them for a browser.
KINDS = (".js", ".css", ".woff2")
_IMPORT = re.compile(r'^(?:import|export)\b[^;]*?from "(\.{1,2}/[\w./]+\.js)";', re.MULTILINE)
_URL = re.compile(r'url\("([\w./]+)"\)')

# More than one line, or Streamlit takes it for a file's name.
_STUB = """
let loaded;

function load() {
  const assets = new URL("%(assets)s", document.baseURI).href;
  for (const name of %(names)s) {
    const href = assets + name;
    if (document.head.querySelector(`link[href="${href}"]`)) continue;
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
  }
  return import(assets + %(first)s);
}

export default async function (component) {
  loaded ??= load();
  const { render } = await loaded;
  return render(component);
}
"""


def served() -> dict[str, Path]:
    """Folders and files that the live routes serve below `assets/`, by their addresses there."""
    files = {**{folder: PACKAGE / folder for folder in FOLDERS}, "plotly.min.js": _plotly()}
    return {f"{version()}/{address}": path for address, path in files.items()}


@cache
def version() -> str:
    """Another one when any file that is served is another."""
    total = hashlib.sha256()
    files = [path for folder in FOLDERS for path in sorted((PACKAGE / folder).rglob("*.*"))]
    for path in [*(path for path in files if path.suffix in KINDS), _plotly()]:
        content = path.read_bytes()
        total.update(f"{path.name} {len(content)} ".encode() + content)
    return total.hexdigest()[:16]


def stub(module: str) -> str:
    """The script of the component whose entry is this module."""
    names = {"names": json.dumps(reached(module)), "first": json.dumps(module)}
    return _STUB % {"assets": f"live/assets/{version()}/", **names}


def style(*names: str) -> str:
    """One style sheet of several; a folder stands for all that lie in it and below, its own first."""
    return "\n".join(_rules(sheet) for name in names for sheet in sheets(name))


def sheets(name: str) -> list[str]:
    """The style sheets that a name stands for: itself, or those of a folder."""
    below = sorted((PACKAGE / name).rglob("*.css"), key=lambda path: (len(path.parts), path))
    return [path.relative_to(PACKAGE).as_posix() for path in below] or [name]


def reached(module: str) -> list[str]:
    """All files that a module imports, itself first, directly or through others."""
    known: dict[str, None] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop(0)
        if name not in known:
            known[name] = None
            waiting += [_beside(name, other) for other in _IMPORT.findall(_text(name))]
    return list(known)


def _rules(name: str) -> str:
    """One file's rules; what it names beside itself is found from the page."""
    return _URL.sub(lambda url: f'url("live/assets/{version()}/{_beside(name, url[1])}")', _text(name))


def _beside(name: str, other: str) -> str:
    """The file that another one calls `other`."""
    return normpath(join(dirname(name), other))


def _text(name: str) -> str:
    return (PACKAGE / name).read_text(encoding="utf-8")


def _plotly() -> Path:
    # Found without importing it, which takes a second.
    found = find_spec("plotly")
    assert found is not None, "plotly is required"
    assert found.origin is not None, "a package with a file of its own"
    return Path(found.origin).parent / "package_data" / "plotly.min.js"
