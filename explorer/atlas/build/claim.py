"""The working folder of a build: whose it is, and how it gets the atlas's name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.atlas.build.control import partial_of
from explorer.atlas.format import (
    MANIFEST_FILE,
    MAX_BYTES,
    ROWS_FOLDER,
    AtlasError,
    AtlasSettings,
    read_manifest,
)
from explorer.files import lock, read, write

_BUILD_FILE = "build.json"


@contextmanager
def claimed(out: Path, identity: Mapping[str, object]) -> Iterator[Path]:
    """Holds the working folder for one build: a new one, or the one that was stopped there.

    Args:
        out: a folder that does not exist yet.
        identity: what fixes the atlas.

    Raises:
        AtlasError: `out` holds something else, the partial folder belongs to other settings, or somebody is at work.
    """
    partial = partial_of(out)
    _check_free(out)
    with lock.held(partial, AtlasError):
        # Again, as whoever held it until now may have finished.
        _check_free(out)
        _check_build(partial, json.dumps(identity, indent=1, sort_keys=True))
        yield partial


@dataclass(frozen=True)
class Begun:
    """Of what a build that was stopped is, and how it is to go on."""

    data: str
    split: str
    settings: AtlasSettings
    n_examples: int


def begun(out: Path) -> Begun | None:
    """The build that was stopped there; None where there is none, or nothing that can be read."""
    with suppress(OSError, ValueError, TypeError, LookupError, RecursionError):
        found = json.loads(read.content(partial_of(out) / _BUILD_FILE, MAX_BYTES))
        settings = found["settings"] | {"maps": tuple(found["settings"]["maps"])}
        data = found["data"]
        return Begun(
            str(data["name"]), str(data["split"]), AtlasSettings(**settings), int(found["n_examples"])
        )
    return None


def finish(partial: Path, out: Path) -> None:
    """Gives the folder its name, then removes what does not belong to the atlas.

    In this order, as a kill in between leaves a whole atlas with some files too many.
    """
    write.rename(partial, out)
    rows = out / ROWS_FOLDER
    shards = {rows / shard.file for shard in read_manifest(out).shards}
    for path in (*out.iterdir(), *rows.iterdir()):
        if path.is_dir():
            if path != rows:
                write.remove_folder(path)
        elif path not in shards | {out / MANIFEST_FILE}:
            write.remove(path)


def _check_free(out: Path) -> None:
    if out.exists():
        advice = "Move it away or choose another --out."
        raise AtlasError(out, "folder", "nothing there yet", "a folder", advice)


def _check_build(partial: Path, text: str) -> None:
    """Writes down which build this is, or compares it with the one that was stopped here."""
    marker = partial / _BUILD_FILE
    if not marker.exists() and not any(partial.glob("*.parquet")):
        write.text(marker, text)
    found = marker.read_text(encoding="utf-8") if marker.is_file() else ""
    if found != text:
        advice = "Give the earlier settings to go on with it, or delete this folder to start anew."
        raise AtlasError(marker, "build", "one of the same weights, data and settings", "another", advice)
