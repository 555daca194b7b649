"""One decode for everybody: the newest position of every handle, of all clients, in one batch.

Positions wait in lanes, one a (model, map), with one slot a handle: a position that is overtaken while it
waits is never decoded. While a lane's batch is decoded in a worker thread the next one gathers by itself, so
that there is no waiting time to choose: alone, a client is served at once; with many, the batches grow.

The worker takes the next batch itself when it is done with one, and does not wait for the event loop, which
has hundreds of sockets to read and write meanwhile. It stands in line for that, so that a busy lane never
holds a thread that another lane waits for.

A batch takes the slots in the order in which their handles came, an overtaken slot keeps its place, and a
lane goes on until it is empty: every slot that waits is in the next batch, or in the one that its place in
the queue leaves (a batch has at most `limit` positions, which bounds the memory and the wait of the others).

Order: within a lane a handle's answers come in the order of its positions. A handle that changes lanes (the
person chose another map during the drag) starts a new era, and answers of the old era are dropped when they
come.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock

from explorer.live.messages import Request, pack_error
from explorer.live.threads import decode_alone

LaneKey = tuple[str, str]
Reply = bytes | str
Answer = Callable[[str, str, Sequence[Request]], Sequence[Reply]]
Deliver = Callable[[Request, Reply], None]

# By a hundred images a batch's cost is linear in its size: a larger one only makes its first wait for its last.
BATCH_LIMIT = 128
# One thread can be busy opening a checkpoint while another decodes for everybody else.
N_WORKERS = 2

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Ticket:
    slot: Hashable
    request: Request
    deliver: Deliver
    era: int

    @property
    def lane(self) -> LaneKey:
        return self.request.model, self.request.map


@dataclass(frozen=True)
class _Lane:
    key: LaneKey
    loop: asyncio.AbstractEventLoop
    waiting: dict[Hashable, _Ticket] = field(default_factory=dict)


class Batcher:
    """Decodes the newest positions in batches. Lives in one event loop; made without one.

    Args:
        answer: (model, map, requests) -> as many replies; runs in a worker thread.
        limit: the largest batch.
    """

    def __init__(self, answer: Answer, limit: int = BATCH_LIMIT):
        self._answer, self._limit = answer, limit
        self._lanes: dict[LaneKey, _Lane] = {}
        self._newest: dict[Hashable, _Ticket] = {}
        self._eras = itertools.count()
        # Guards the lanes and what waits in them; all else is the event loop's alone.
        self._lock = Lock()
        self._workers = ThreadPoolExecutor(N_WORKERS, thread_name_prefix="decode", initializer=decode_alone)

    def put(self, slot: Hashable, request: Request, deliver: Deliver) -> None:
        """Answers `request` unless another overtakes it in its slot; calls `deliver` in the loop."""
        previous = self._newest.get(slot)
        key = request.model, request.map
        stays = previous is not None and previous.lane == key
        if previous is not None and not stays:
            self.forget(slot)
        era = previous.era if previous is not None and stays else next(self._eras)
        ticket = self._newest[slot] = _Ticket(slot, request, deliver, era)
        loop = asyncio.get_running_loop()
        with self._lock:
            lane = self._lanes.get(key)
            if lane is not None and lane.loop is loop:
                lane.waiting[slot] = ticket
                return
            lane = self._lanes[key] = _Lane(key, loop, {slot: ticket})
        self._workers.submit(self._work, lane)

    def forget(self, slot: Hashable) -> None:
        """Drops what waits in `slot` and the answers that are under way to it."""
        ticket = self._newest.pop(slot, None)
        if ticket is None:
            return
        with self._lock:
            if ticket.lane in self._lanes:
                self._lanes[ticket.lane].waiting.pop(slot, None)

    def _work(self, lane: _Lane) -> None:
        """One batch of a lane, in a worker thread; what waits by then is the next one's."""
        if not (batch := self._next_batch(lane)):
            return
        replies = self._decode(lane.key, [ticket.request for ticket in batch])
        try:
            lane.loop.call_soon_threadsafe(self._hand_out, batch, replies)
        # The loop was closed meanwhile: nobody waits any more.
        except RuntimeError:
            lane.waiting.clear()
        self._workers.submit(self._work, lane)

    def _next_batch(self, lane: _Lane) -> list[_Ticket]:
        """Those who have waited longest. A lane where nobody waits is gone: the next position opens it again."""
        with self._lock:
            batch = [lane.waiting.pop(slot) for slot in list(islice(lane.waiting, self._limit))]
            if not batch and self._lanes.get(lane.key) is lane:
                del self._lanes[lane.key]
            return batch

    def _decode(self, key: LaneKey, requests: Sequence[Request]) -> Sequence[Reply]:
        try:
            return self._answer(*key, requests)
        # The server's boundary: whatever fails in a model is logged, and the next position is served.
        except Exception:
            _LOG.exception("a batch of %d positions of %s failed", len(requests), key)
            reason = "this position could not be decoded; the server's log says why"
            return [pack_error(reason, request.id, request.seq) for request in requests]

    def _hand_out(self, batch: Sequence[_Ticket], replies: Sequence[Reply]) -> None:
        for ticket, reply in zip(batch, replies, strict=True):
            self._deliver(ticket, reply)

    def _deliver(self, ticket: _Ticket, reply: Reply) -> None:
        newest = self._newest.get(ticket.slot)
        if newest is None or newest.era != ticket.era:
            return
        if newest is ticket:
            del self._newest[ticket.slot]
        ticket.deliver(ticket.request, reply)
