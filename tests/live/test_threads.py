"""The decode's thread has one core; nobody else loses any."""

from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import torch

from explorer.live.threads import decode_alone


def _seen_by_a_new_thread() -> int:
    seen: list[int] = []
    thread = Thread(target=lambda: seen.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return seen[0]


def test_only_the_worker_that_asked_computes_on_one_core() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with ThreadPoolExecutor(1, initializer=decode_alone) as workers:
            assert workers.submit(torch.get_num_threads).result() == 1
            assert torch.get_num_threads() == 3
            assert _seen_by_a_new_thread() == 3
            assert workers.submit(torch.get_num_threads).result() == 1
    finally:
        torch.set_num_threads(before)
