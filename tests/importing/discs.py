"""Small colour pictures, as the fixture of diffusers was trained on."""

import numpy as np

from explorer.datasets import Dataset


def discs(n, side=16, seed=0):
    """Pictures (n, 3, side, side) in [0, 1], float32: a disc of one colour on another."""
    draw = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side] / side
    centre, radius = draw.uniform(0.3, 0.7, (n, 2, 1, 1)), draw.uniform(0.15, 0.4, (n, 1, 1))
    inside = ((rows - centre[:, 0]) ** 2 + (columns - centre[:, 1]) ** 2 < radius**2)[:, None]
    front, back = draw.uniform(0, 1, (2, n, 3, 1, 1))
    return np.where(inside, front, back).astype(np.float32)


def dataset(n, side=16, seed=0):
    """The same as levels of 0 to 255."""
    levels = np.round(255 * discs(n, side, seed)).astype(np.uint8)
    labels, ids = np.full(n, -1, np.int64), np.arange(n, dtype=np.int64)
    return Dataset("discs", "all", levels, 256, labels, (), ids, "colour image")
