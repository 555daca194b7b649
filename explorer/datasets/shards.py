"""A file, or a folder of files of its kind that are one data set: train-00000.parquet, train-00001.parquet."""

from __future__ import annotations

import os
from pathlib import Path

from explorer.datasets import images
from explorer.datasets.error import DatasetError

# What is known of images that lie beside it, and no data themselves.
TABLES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")


def files_of(name: str, suffix: str) -> list[Path]:
    """The files of a kind that a name stands for, in the order of their names; none where it is something else.

    Raises:
        DatasetError: a folder that may not be looked into
    """
    path = Path(name)
    if not path.is_dir():
        return [path] if path.suffix.lower() == suffix else []
    try:
        there = sorted(os.scandir(path), key=lambda entry: entry.name)
        seen = [entry for entry in there if not entry.name.startswith((".", "_"))]
        # Images or their classes are what a folder is about, whatever lies beside them.
        if any(entry.name.lower().endswith(images.SUFFIXES) or entry.is_dir() for entry in seen):
            return []
    except OSError as error:
        raise DatasetError(
            path, "folder", "one that can be read", error, "Look at its permissions."
        ) from error
    return [path / e.name for e in seen if e.name.lower().endswith(suffix) and e.name not in TABLES]
