"""Random numbers belong to an example: no chunking or batch changes them."""

import numpy as np
import torch

from explorer.bounds.noise import BLOCK, Stream, normals

IDS = np.array([5, 0, 123_456_789])


def test_any_chunk_reads_the_same_numbers():
    whole = normals(0, IDS, 0, 3 * BLOCK + 7, 4, Stream.ENCODER)
    for start, stop in [(0, 1), (3, BLOCK + 9), (BLOCK, 2 * BLOCK), (2 * BLOCK - 1, 3 * BLOCK + 7)]:
        part = normals(0, IDS, start, stop, 4, Stream.ENCODER)
        torch.testing.assert_close(part, whole[start:stop], rtol=0, atol=0)


def test_an_example_has_its_numbers_in_any_company():
    whole = normals(7, IDS, 0, 10, 2, Stream.ENCODER)
    for i in range(len(IDS)):
        alone = normals(7, IDS[i : i + 1], 0, 10, 2, Stream.ENCODER)
        torch.testing.assert_close(alone[:, 0], whole[:, i], rtol=0, atol=0)


def test_seeds_streams_and_examples_differ():
    base = normals(0, IDS, 0, 8, 2, Stream.ENCODER)
    assert not torch.equal(base, normals(1, IDS, 0, 8, 2, Stream.ENCODER))
    assert not torch.equal(base, normals(0, IDS, 0, 8, 2, Stream.PRIOR))
    assert not torch.equal(base[:, 0], base[:, 1])


def test_numbers_are_standard_normal():
    draws = normals(0, np.arange(200), 0, BLOCK * 4, 5, Stream.ENCODER).double()
    n = draws.numel()
    assert abs(float(draws.mean())) < 4 / n**0.5
    assert abs(float(draws.var()) - 1) < 4 * (2 / n) ** 0.5
