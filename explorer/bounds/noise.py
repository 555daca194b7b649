"""Random numbers that belong to an example: a value depends on (seed, example_id, stream, draw) alone.

Draws come in blocks of `BLOCK`; block b of example i is a Philox generator with key (seed, i) and a counter that
starts at (0, 0, b, stream). Any chunking, batching, ordering or sharding reads the same numbers, and the first
K draws are the same for every n_samples >= K.

References: Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import torch
from torch import Tensor

BLOCK = 64


class Stream(IntEnum):
    """What the numbers are for; streams of one example are independent."""

    ENCODER = 0
    PRIOR = 1
    DISPLAY = 2


def normals(seed: int, example_ids: np.ndarray, start: int, stop: int, dim: int, stream: Stream) -> Tensor:
    """Standard normal draws start..stop-1 of each example.

    Args:
        seed: any non-negative integer below 2^63.
        example_ids: (N,) int64, non-negative.
        start: first draw.
        stop: one past the last draw.
        dim: numbers a draw.
        stream: what they are for.

    Returns:
        float32 (stop - start, N, dim).
    """
    first, last = start // BLOCK, -(-stop // BLOCK)
    out = np.empty((len(example_ids), (last - first) * BLOCK, dim), dtype=np.float32)
    for row, example_id in enumerate(example_ids.tolist()):
        for block in range(first, last):
            bits = np.random.Philox(key=[seed, example_id], counter=[0, 0, block, int(stream)])
            at = (block - first) * BLOCK
            np.random.Generator(bits).standard_normal(out=out[row, at : at + BLOCK], dtype=np.float32)
    wanted = out[:, start - first * BLOCK : stop - first * BLOCK]
    return torch.from_numpy(np.ascontiguousarray(wanted.swapaxes(0, 1)))
