"""One torch thread for the thread that decodes.

A drag's batch is a few milliseconds of arithmetic. Split over every core, its parts wait for each other in a
spin, and where other programs want the cores too the slowest part decides. Fifty positions of the
Fashion-MNIST decoder took 6 ms with one thread and 170 ms with two, in one run each on 2 cores at a load of
about 5. Through the whole app under such load the two were close (p95 of fifty clients 152 and 158 ms): the
machine was the limit. How they compare on idle cores, and for much larger decoders, has not been measured.

Torch holds the number of threads twice: for the thread that asks, in OpenMP, and as the default of threads to
come. Only the first is changed here: scoring in other threads keeps every core.
"""

from __future__ import annotations

from threading import Thread

import torch


def decode_alone() -> None:
    """Makes the calling thread use one core for torch, and no other thread."""
    everywhere = torch.get_num_threads()
    torch.set_num_threads(1)
    restore = Thread(target=torch.set_num_threads, args=(everywhere,))
    restore.start()
    restore.join()
