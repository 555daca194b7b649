"""Random numbers that belong to an example: a value depends on (seed, example_id, stream, draw) alone.

Draws come in blocks of `BLOCK`; block b of example i is a Philox generator with key (seed, i) and a counter that
starts at (0, part, b, stream). Any chunking, batching, ordering or sharding reads the same numbers, and the first
K draws are the same for every n_samples >= K.

References: Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    PILOT = 3
    REPORTED = 4
    LAPLACE = 5
    ADAPTED = 6
    ANNEALED = 7
    LOCAL = 8
    REFERENCE = 9
    RUNG = 10


@dataclass(frozen=True)
class Source:
    """One of the independent streams of a seed, a non-negative integer below 2^63; `part` divides it further."""

    seed: int
    stream: Stream
    part: int = 0

    def generator(self, example_id: int, block: int) -> np.random.Generator:
        """The generator of one block of one example."""
        bits = np.random.Philox(key=[self.seed, example_id], counter=[0, self.part, block, int(self.stream)])
        return np.random.Generator(bits)


def normals(source: Source, example_ids: np.ndarray, start: int, stop: int, dim: int) -> Tensor:
    """Standard normal draws start..stop-1 of each example.

    Args:
        source: seed and stream.
        example_ids: (N,) int64, non-negative.
        start: first draw.
        stop: one past the last draw.
        dim: numbers a draw.

    Returns:
        float32 (stop - start, N, dim).
    """
    first, last = start // BLOCK, -(-stop // BLOCK)
    out = np.empty((len(example_ids), (last - first) * BLOCK, dim), dtype=np.float32)
    for row, example_id in enumerate(example_ids.tolist()):
        for block in range(first, last):
            at = (block - first) * BLOCK
            generator = source.generator(example_id, block)
            generator.standard_normal(out=out[row, at : at + BLOCK], dtype=np.float32)
    wanted = out[:, start - first * BLOCK : stop - first * BLOCK]
    return torch.from_numpy(np.ascontiguousarray(wanted.swapaxes(0, 1)))
