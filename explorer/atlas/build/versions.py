"""An atlas that grows, as atlases that open: `<partial>/versions/00001/`, 00002, ... each with more numbers.

Whoever reads one has it for as long as the one after the next is not there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from explorer.atlas import format as atlas_format
from explorer.atlas.format import MANIFEST_FILE, Manifest
from explorer.files import write

VERSIONS_FOLDER = "versions"
ROWS_PER_SHARD = 250_000
# What is read to show one example.
ROWS_PER_GROUP = 8192
# Between two versions of which nothing but numbers is new; and a version may cost a twentieth of the time.
LEAST_SECONDS, MOST_SHARE = 8.0, 1 / 20
N_KEPT = 3


def write_atlas(folder: Path, table: pa.Table, manifest: Manifest) -> None:
    """Writes the shards of a table, and then the manifest, which names them."""
    rows = folder / atlas_format.ROWS_FOLDER
    write.folder(rows)
    paths, counts = [], []
    for i, start in enumerate(range(0, len(table), ROWS_PER_SHARD)):
        part = table.slice(start, ROWS_PER_SHARD)
        paths.append(rows / f"examples-{i:05d}.parquet")
        counts.append(len(part))
        with write.whole(paths[-1]) as file:
            pq.write_table(
                part, file, compression="zstd", row_group_size=ROWS_PER_GROUP, write_page_checksum=True
            )
    shards = atlas_format.describe(paths, counts)
    write.text(folder / MANIFEST_FILE, replace(manifest, shards=shards).to_json())


class Versions:
    """The versions of one build.

    Args:
        partial: its working folder.
    """

    def __init__(self, partial: Path):
        self._folder = partial / VERSIONS_FOLDER
        self._written, self._cost = -float("inf"), 0.0

    def is_due(self, *, is_waited_for: bool = False) -> bool:
        """Whether it is time for another; somebody who waits for it gets it sooner."""
        least = max(1.0 if is_waited_for else LEAST_SECONDS, self._cost / MOST_SHARE)
        return time.monotonic() - self._written >= least

    def add(self, table: pa.Table, manifest: Manifest) -> None:
        """Writes the next one, and removes those that nobody needs any more."""
        began = time.monotonic()
        before = _whole(self._folder)
        number = int(before[-1].name) + 1 if before else 1
        write_atlas(self._folder / f"{number:05d}", table, manifest)
        for old in before[: -N_KEPT + 1]:
            write.remove_folder(old)
        self._written = time.monotonic()
        self._cost = self._written - began


def newest(partial: Path) -> Path | None:
    """The version with most numbers; None before there are codes."""
    found = _whole(partial / VERSIONS_FOLDER)
    return found[-1] if found else None


def _whole(folder: Path) -> Sequence[Path]:
    """Those that are there as a whole, in their order."""
    return sorted(
        path.parent for path in folder.glob(f"[0-9]*/{MANIFEST_FILE}") if path.parent.name.isdecimal()
    )
