"""Exported programs made anew with something changed, as no torch would write them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent / "fixtures"
Change = Callable[[dict[str, Any]], None]
MODEL = "models/model.json"
WEIGHTS = "data/weights/model_weights_config.json"


def entries(path: Path) -> dict[str, bytes]:
    """What an archive holds, by names without its folder."""
    with zipfile.ZipFile(path) as content:
        return {name.partition("/")[2]: content.read(name) for name in content.namelist()}


def write(path: Path, content: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    """An archive of such entries."""
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, value in content.items():
            archive.writestr(f"{path.stem}/{name}", value)
    return path


def changed(source: Path, path: Path, change: Change, name: str = MODEL) -> Path:
    """A copy with a JSON entry that `change` has changed in place."""
    found = entries(source)
    content = json.loads(found[name])
    change(content)
    return write(path, found | {name: json.dumps(content).encode()})
