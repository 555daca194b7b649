"""One torch thread for the thread that decodes.

A drag's batch is a few milliseconds of arithmetic. Split over every core it gains little alone and loses by
an order of magnitude beside anything else that runs, a page, a browser that draws in software: OpenMP's
threads wait for each other in a spin, and the slowest core decides (50 positions of the Fashion-MNIST decoder
on 2 cores, one of them busy: 6 ms with one thread, 170 ms with two).

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
