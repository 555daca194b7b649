"""The script that Streamlit is given for a component: it imports the real modules from the app's own live routes.

A module names its imports only once it is there, which over a network is a round trip a level; so all that a module
reaches are named to the browser at once.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
_IMPORT = re.compile(r"^(?:import|export)\b[^;]*?from \"\./([\w.]+\.js)\";", re.MULTILINE)

# More than one line, or Streamlit takes it for a file's name.
_STUB = """
export default async function (component) {
  const assets = new URL("live/assets/", document.baseURI).href;
  for (const name of %(names)s) {
    const href = assets + name;
    if (document.head.querySelector(`link[href="${href}"]`)) continue;
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
  }
  const { render } = await import(assets + %(first)s);
  return render(component);
}
"""


def stub(module: str) -> str:
    """The script of the component whose entry is a file of `ASSETS`."""
    return _STUB % {"names": json.dumps(reached(module)), "first": json.dumps(module)}


def reached(module: str) -> list[str]:
    """All files that a module imports, itself first, directly or through others."""
    found: dict[str, None] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += _IMPORT.findall((ASSETS / name).read_text(encoding="utf-8"))
    return list(found)
