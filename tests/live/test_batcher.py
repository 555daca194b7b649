"""Newest wins, in order, nobody left waiting."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import pytest

from explorer.live.batcher import N_WORKERS, Batcher
from explorer.live.messages import Request

Log = list[tuple[str, int]]


def _request(handle: str, seq: int, map_id: str = "umap") -> Request:
    return Request(handle, seq, "grey", None, map_id, 0.0, 0.0)


class Gate:
    """An answer that waits in its worker thread until it is let through, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[str, int]]] = []
        self.open = {"umap": threading.Event(), "pca": threading.Event()}

    def __call__(self, model: str, map_id: str, requests: Sequence[Request]) -> list[str]:
        self.batches.append([(request.id, request.seq) for request in requests])
        assert self.open[map_id].wait(5)
        return [f"{request.map} {request.seq}" for request in requests]


def _has(log: list[object], n: int) -> bool:
    return len(log) == n


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


def test_what_is_overtaken_while_a_batch_decodes_is_never_decoded() -> None:
    async def drag() -> tuple[Gate, Log]:
        gate, log = Gate(), []
        batcher = Batcher(gate)
        for seq in range(50):
            batcher.put("a", _request("a", seq), lambda request, _: log.append((request.id, request.seq)))
            if seq == 0:
                await _until(lambda: len(gate.batches) == 1)
        gate.open["umap"].set()
        await _until(lambda: len(log) == 2)
        return gate, log

    gate, log = asyncio.run(drag())
    assert gate.batches == [[("a", 0)], [("a", 49)]]
    assert log == [("a", 0), ("a", 49)]


def test_everyone_who_waits_is_in_the_next_batch_and_a_busy_handle_does_not_jump_the_queue() -> None:
    async def crowd() -> Gate:
        gate, log = Gate(), []
        batcher = Batcher(gate, limit=4)
        batcher.put("0", _request("0", 0), lambda request, _: log.append(request.id))
        await _until(lambda: len(gate.batches) == 1)
        for seq in range(1, 4):
            for handle in "123456":
                batcher.put(handle, _request(handle, seq), lambda request, _: log.append(request.id))
        gate.open["umap"].set()
        await _until(lambda: len(log) == 7)
        return gate

    assert asyncio.run(crowd()).batches[1:] == [[(h, 3) for h in "1234"], [(h, 3) for h in "56"]]


def test_an_answer_from_the_map_that_was_left_is_dropped() -> None:
    async def change_of_map() -> Log:
        gate, log = Gate(), []
        batcher = Batcher(gate)

        def deliver(request: Request, reply: object) -> None:
            log.append((request.map, request.seq))

        batcher.put("a", _request("a", 1, "umap"), deliver)
        await _until(lambda: len(gate.batches) == 1)
        batcher.put("a", _request("a", 2, "pca"), deliver)
        gate.open["pca"].set()
        await _until(lambda: len(log) == 1)
        batcher.put("a", _request("a", 3, "umap"), deliver)
        gate.open["umap"].set()
        await _until(lambda: len(log) == 2)
        await asyncio.sleep(0.02)
        return log

    assert asyncio.run(change_of_map()) == [("pca", 2), ("umap", 3)]


def test_what_waited_for_the_map_that_was_left_is_never_decoded() -> None:
    async def change_of_map() -> Gate:
        gate = Gate()
        log: Log = []
        batcher = Batcher(gate)

        def deliver(request: Request, reply: object) -> None:
            log.append((request.map, request.seq))

        batcher.put("b", _request("b", 1, "umap"), deliver)
        await _until(lambda: len(gate.batches) == 1)
        batcher.put("a", _request("a", 1, "umap"), deliver)
        batcher.put("a", _request("a", 2, "pca"), deliver)
        for way in gate.open.values():
            way.set()
        await _until(lambda: len(log) == 2)
        await asyncio.sleep(0.02)
        return gate

    assert sorted(asyncio.run(change_of_map()).batches) == [[("a", 2)], [("b", 1)]]


def test_a_slow_map_does_not_stop_another() -> None:
    async def two_maps() -> Log:
        gate, log = Gate(), []
        batcher = Batcher(gate)
        for handle, map_id in (("a", "umap"), ("b", "pca")):
            batcher.put(handle, _request(handle, 1, map_id), lambda request, _: log.append((request.map, 1)))
        gate.open["pca"].set()
        await _until(lambda: len(log) == 1)
        seen = list(log)
        gate.open["umap"].set()
        await _until(lambda: len(log) == 2)
        return seen

    assert asyncio.run(two_maps()) == [("pca", 1)]


def test_the_next_batch_does_not_wait_for_the_event_loop() -> None:
    async def busy_loop() -> int:
        gate = Gate()
        gate.open["umap"].set()
        batcher = Batcher(gate, limit=1)
        for handle in "abcd":
            batcher.put(handle, _request(handle, 1), lambda *_: None)
        deadline = time.monotonic() + 5
        while len(gate.batches) < 4 and time.monotonic() < deadline:
            time.sleep(0.005)
        return len(gate.batches)

    assert asyncio.run(busy_loop()) == 4


def test_maps_that_are_never_idle_leave_room_for_another() -> None:
    async def three_maps() -> set[str]:
        seen: set[str] = set()
        batcher = Batcher(lambda model, map_id, requests: ["fine"] * len(requests), limit=1)

        def again(request: Request, reply: object) -> None:
            seen.add(request.map)
            for handle in "ab":
                batcher.put(handle + request.map, replace(request, id=handle), again)

        for number in range(2 * N_WORKERS):
            batcher.put(str(number), _request("a", 1, f"axes:0,{number + 1}"), again)
        await _until(lambda: len(seen) == 2 * N_WORKERS)
        return seen

    assert len(asyncio.run(three_maps())) == 2 * N_WORKERS


def test_what_is_forgotten_is_neither_decoded_nor_delivered() -> None:
    async def closed() -> tuple[Gate, Log]:
        gate, log = Gate(), []
        batcher = Batcher(gate)
        batcher.put("a", _request("a", 1), lambda request, _: log.append((request.id, request.seq)))
        await _until(lambda: len(gate.batches) == 1)
        batcher.put("b", _request("b", 1), lambda request, _: log.append((request.id, request.seq)))
        batcher.put("c", _request("c", 1), lambda request, _: log.append((request.id, request.seq)))
        batcher.forget("a")
        batcher.forget("b")
        batcher.forget("nobody")
        gate.open["umap"].set()
        await _until(lambda: len(log) == 1)
        return gate, log

    gate, log = asyncio.run(closed())
    assert gate.batches == [[("a", 1)], [("c", 1)]]
    assert log == [("c", 1)]


def test_a_failing_decode_is_an_error_to_its_batch_and_the_next_one_is_served(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails_once(model: str, map_id: str, requests: Sequence[Request]) -> list[str]:
        if requests[0].seq == 1:
            raise RuntimeError("out of memory")
        return ["fine"] * len(requests)

    async def go_on() -> list[object]:
        log: list[object] = []
        batcher = Batcher(fails_once)
        for seq in (1, 2):
            batcher.put("a", _request("a", seq), lambda _, reply: log.append(reply))
            await _until(partial(_has, log, seq))
        return log

    first, second = asyncio.run(go_on())
    assert "could not be decoded" in str(first)
    assert "out of memory" not in str(first)
    assert "out of memory" in caplog.text
    assert second == "fine"


def test_nothing_is_kept_of_a_handle_that_has_been_answered() -> None:
    async def rest() -> Batcher:
        log: list[object] = []
        batcher = Batcher(lambda model, map_id, requests: ["fine"] * len(requests))
        for handle in map(str, range(200)):
            batcher.put(handle, _request(handle, 1), lambda _, reply: log.append(reply))
        await _until(lambda: len(log) == 200)
        await _until(lambda: not batcher._lanes)
        return batcher

    batcher = asyncio.run(rest())
    assert not batcher._newest


def test_a_loop_that_ends_during_a_decode_takes_nothing_from_the_next_one() -> None:
    gate = Gate()
    batcher = Batcher(gate)

    async def leaves() -> None:
        for seq in (1, 2):
            batcher.put("old", _request("old", seq), lambda *_: pytest.fail("nobody waits for this"))
            await _until(lambda: len(gate.batches) == 1)

    async def comes() -> Log:
        log: Log = []
        batcher.put("new", _request("new", 1), lambda request, _: log.append((request.id, request.seq)))
        gate.open["umap"].set()
        await _until(lambda: len(log) == 1)
        return log

    asyncio.run(leaves())
    assert asyncio.run(comes()) == [("new", 1)]
    assert ("old", 2) not in itertools.chain.from_iterable(gate.batches)


@pytest.mark.parametrize("n_loops", [2])
def test_it_serves_one_event_loop_after_another(n_loops: int) -> None:
    batcher = Batcher(lambda model, map_id, requests: ["fine"] * len(requests))

    async def once() -> list[object]:
        log: list[object] = []
        batcher.put("a", _request("a", 1), lambda _, reply: log.append(reply))
        await _until(lambda: len(log) == 1)
        return log

    assert [asyncio.run(once()) for _ in range(n_loops)] == [["fine"]] * n_loops
