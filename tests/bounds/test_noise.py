"""Random numbers belong to an example: no chunking or batch changes them."""

import numpy as np
import torch

from explorer.bounds.noise import BLOCK, Source, Stream, normals

IDS = np.array([5, 0, 123_456_789])


def test_any_chunk_reads_the_same_numbers():
    whole = normals(Source(0, Stream.ENCODER), IDS, 0, 3 * BLOCK + 7, 4)
    for start, stop in [(0, 1), (3, BLOCK + 9), (BLOCK, 2 * BLOCK), (2 * BLOCK - 1, 3 * BLOCK + 7)]:
        part = normals(Source(0, Stream.ENCODER), IDS, start, stop, 4)
        torch.testing.assert_close(part, whole[start:stop], rtol=0, atol=0)


def test_an_example_has_its_numbers_in_any_company():
    whole = normals(Source(7, Stream.ENCODER), IDS, 0, 10, 2)
    for i in range(len(IDS)):
        alone = normals(Source(7, Stream.ENCODER), IDS[i : i + 1], 0, 10, 2)
        torch.testing.assert_close(alone[:, 0], whole[:, i], rtol=0, atol=0)


def test_seeds_streams_and_examples_differ():
    base = normals(Source(0, Stream.ENCODER), IDS, 0, 8, 2)
    assert not torch.equal(base, normals(Source(1, Stream.ENCODER), IDS, 0, 8, 2))
    assert not torch.equal(base, normals(Source(0, Stream.PRIOR), IDS, 0, 8, 2))
    assert not torch.equal(base[:, 0], base[:, 1])


def test_numbers_are_standard_normal():
    draws = normals(Source(0, Stream.ENCODER), np.arange(200), 0, BLOCK * 4, 5).double()
    n = draws.numel()
    assert abs(float(draws.mean())) < 4 / n**0.5
    assert abs(float(draws.var()) - 1) < 4 * (2 / n) ** 0.5
