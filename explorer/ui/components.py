"""The browser's part of the app's components: its files, and the script that Streamlit is given for each.

- That script imports the real modules from the app's own live routes, at an address relative to the page, so that the
  app works below a base path. Streamlit keys a component's script by its text: modules fetched by address can be many
  files, and are revalidated at every load.
- A module names its imports only once it is there, which over a network is a round trip a level; so all that a module
  reaches are named to the browser at once.
- All calls wait for one and the same import: two imports of a module that is not there yet may come back in either
  order, and the older data would be drawn last.
"""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
_EXPLAIN = Path(__file__).parents[1] / "explain" / "assets"
_IMPORT = re.compile(r"^(?:import|export)\b[^;]*?from \"\./([\w.]+\.js)\";", re.MULTILINE)

# More than one line, or Streamlit takes it for a file's name.
_STUB = """
let loaded;

function load() {
  const assets = new URL("live/assets/", document.baseURI).href;
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


def served() -> tuple[Path, ...]:
    """Folders and files that the live routes serve under `assets/`; no two of their files have the same name."""
    return ASSETS, _EXPLAIN, _plotly()


def stub(module: str) -> str:
    """The script of the component whose entry is a file of `served`."""
    return _STUB % {"names": json.dumps(reached(module)), "first": json.dumps(module)}


def style(*names: str) -> str:
    """The style sheet of a component, from one file or several."""
    return "\n".join(_path(name).read_text(encoding="utf-8") for name in names)


def reached(module: str) -> list[str]:
    """All files that a module imports, itself first, directly or through others."""
    found: dict[str, None] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += _IMPORT.findall(_path(name).read_text(encoding="utf-8"))
    return list(found)


def _path(name: str) -> Path:
    return next(folder / name for folder in (ASSETS, _EXPLAIN) if (folder / name).is_file())


def _plotly() -> Path:
    # Found without importing it, which takes a second.
    found = find_spec("plotly")
    assert found is not None, "plotly is required"
    assert found.origin is not None, "a package with a file of its own"
    return Path(found.origin).parent / "package_data" / "plotly.min.js"
