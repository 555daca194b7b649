"""Files that came in by the page: kept by their content, so that the same one sent twice is one.

<uploads>/data/<digest>/<name>        <uploads>/models/<digest>/<name>/config.json, model.safetensors
<uploads>/sources/<digest>/<name>     of other programs, a file or a folder; what is imported of them is in models/
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from explorer.files import write
from explorer.importing.draft import Draft
from explorer.importing.readings.candidates import Candidate
from explorer.models.checkpoints import CONFIG_FILE, WEIGHTS_FILE
from explorer.ui.state import allowed

DATA_SUFFIXES = (".npz", ".npy", ".csv", ".tsv", ".parquet", ".tar")
MODEL_SUFFIXES = (".json", ".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".pt2", ".onnx")
MAX_BYTES = 200 << 20
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
# Data sets by path that somebody has added, of this process.
_added: dict[str, None] = {}


def keep_data(name: str, content: bytes) -> Path:
    """Keeps a data file; returns where.

    Raises:
        ValueError: it is too large, or of no kind that is read.
        OSError: it cannot be written.
    """
    path = Path(_safe(name))
    if path.suffix.lower() not in DATA_SUFFIXES:
        raise ValueError(
            f"{name[:200]!r}: expected one of {', '.join(DATA_SUFFIXES)}, found {path.suffix[:20]!r}"
        )
    _check_size(name, content)
    folder = allowed.uploads() / "data" / hashlib.sha256(content).hexdigest()[:16]
    _keep(folder / path.name, content)
    return folder / path.name


def keep_model(name: str, files: dict[str, bytes]) -> Path:
    """Keeps a checkpoint; returns its folder.

    Raises:
        ValueError: one of its two files is missing, or too large.
        OSError: it cannot be written.
    """
    for wanted in (CONFIG_FILE, WEIGHTS_FILE):
        if wanted not in files:
            raise ValueError(
                f"expected {CONFIG_FILE} and {WEIGHTS_FILE}, found {', '.join(files)[:200] or 'nothing'}"
            )
        _check_size(wanted, files[wanted])
    digest = hashlib.sha256(files[CONFIG_FILE] + files[WEIGHTS_FILE]).hexdigest()[:16]
    folder = allowed.uploads() / "models" / digest / (_safe(name) or "model")
    # Last, as it makes a checkpoint of the folder.
    for file in (WEIGHTS_FILE, CONFIG_FILE):
        _keep(folder / file, files[file])
    return folder


def is_ours(files: Mapping[str, bytes]) -> bool:
    """Whether files that were sent are meant as a checkpoint of this program."""
    if CONFIG_FILE not in files:
        return False
    try:
        found = json.loads(files[CONFIG_FILE])
    except (ValueError, RecursionError):
        return True
    return not isinstance(found, dict) or "format_version" in found


def keep_foreign(name: str, files: Mapping[str, bytes]) -> Path:
    """Keeps what another program stored; returns the file, or the folder of several.

    Raises:
        ValueError: one is too large, or of no kind that is read.
        OSError: it cannot be written.
    """
    total = hashlib.sha256()
    for file, content in sorted(files.items()):
        if Path(file).suffix.lower() not in MODEL_SUFFIXES:
            raise ValueError(f"{file[:200]!r}: expected one of {', '.join(MODEL_SUFFIXES)}")
        _check_size(file, content)
        total.update(json.dumps([file, len(content)]).encode() + content)
    folder = allowed.uploads() / "sources" / total.hexdigest()[:16] / (_safe(name) or "model")
    for file, content in files.items():
        _keep(folder / _safe(file), content)
    return folder / _safe(next(iter(files))) if len(files) == 1 else folder


def place_of_import(draft: Draft, candidate: Candidate) -> Path:
    """Where the checkpoint of a source is kept: another reading of it is another checkpoint."""
    read_as = [candidate.networks.name, candidate.reading.to_config(), dict(candidate.likelihood)]
    said = json.dumps([draft.sha256, *read_as])
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    return allowed.uploads() / "models" / digest / (_safe(Path(draft.source).stem) or "model")


def add_data(path: Path, options: str = "") -> str:
    """Has a data set by its path among those to choose from; returns its name."""
    name = f"{path}{options}"
    _added[name] = None
    return name


def data_there() -> Sequence[str]:
    """Data sets that were sent or added, by the names that load them."""
    folder = allowed.uploads() / "data"
    found = sorted(str(path) for path in folder.glob("*/*") if path.suffix.lower() in DATA_SUFFIXES)
    return tuple(dict.fromkeys([*_added, *found]))


def title(name: str) -> str:
    """A data set's name as a person knows it: of what was sent, the file's."""
    is_sent = Path(name).is_relative_to(allowed.uploads())
    return f"{Path(name).name} (sent)" if is_sent else name


def _keep(path: Path, content: bytes) -> None:
    write.folder(path.parent)
    write.content(path, content)


def _check_size(name: str, content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise ValueError(
            f"{name[:200]!r}: expected at most {MAX_BYTES >> 20} MiB, found {len(content) >> 20}"
        )


def _safe(name: str) -> str:
    """The name without folders and odd signs; never hidden."""
    return _NOT_IN_NAMES.sub("-", Path(name.replace("\\", "/")).name).lstrip(".-")[:100]
