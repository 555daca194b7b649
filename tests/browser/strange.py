"""Checkpoints on data as people really have them: odd labels, ten thousand of them, one example, equal ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from explorer import datasets
from explorer.atlas import AtlasSettings
from explorer.atlas.build.builder import build
from explorer.models import checkpoints
from tests import tiny

LABELS = (
    '<img src=x onerror="window.hacked=1">',
    'it\'s "quoted" & <b>bold</b>',
    "👩🏽‍🔬 émoji ☃",
    "عربى من اليمين",
    "x" * 10_000,
    "**bold** [link](javascript:alert(1)) :material/home: $\\alpha$",
)
N_MANY = 10_000
SETTINGS = AtlasSettings(n_samples=16, maps=("pca",))


def checkpoints_of(root: Path) -> Path:
    """A folder with one checkpoint a kind of data, each with its atlas."""
    digits = np.asarray(datasets.load("digits").values)[:60, 0]
    kinds: Mapping[str, tuple[np.ndarray, np.ndarray, tuple[str, ...]]] = {
        "labels": (digits, np.arange(60) % len(LABELS), LABELS),
        "many": (digits, np.arange(60) * 160, tuple(f"label {i} <i>" for i in range(N_MANY))),
        "one": (digits[:1], np.zeros(1, int), ("only",)),
        "equal": (np.repeat(digits[:1], 12, axis=0), np.zeros(12, int), ("same",)),
    }
    for name, (x, y, label_names) in kinds.items():
        file = root / f"{name}.npz"
        np.savez(file, x=x, y=y, label_names=np.array(label_names))
        folder = tiny.save(root / name)
        build(checkpoints.load(folder), datasets.load(file, "all"), folder / "atlas", SETTINGS)
    return root
