"""The drag's socket: positions in, decoded pictures out, the newest of each handle only.

Three tasks a connection, so that none waits for another:

    read    browser -> `positions`, one place a handle        (what a newer position overtakes is gone)
    pump    `positions` -> the batcher, at the connection's pace, and only while the browser takes its replies
    write   `replies`, one place a handle -> browser          (waits here when the browser does not read)

A browser that stops reading thus costs two small boxes and no decodes, however much it sends; the server's
own pings close it in the end. Nothing is kept between messages: any replica can answer any position.

Streamlit's uvicorn accepts messages up to `server.maxMessageSize` (200 MB by default) for all sockets of the
port; beyond 16 KiB this one answers with an error and goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools

from starlette.websockets import WebSocket, WebSocketDisconnect

from explorer.live.batcher import Batcher, Reply
from explorer.live.limits import MAX_HANDLES
from explorer.live.messages import MessageError, Request, pack_error, parse
from explorer.live.newest import NewestWins
from explorer.live.pace import TokenBucket

# Four handles at the 60 frames a second of a screen; one hand moves one.
POSITIONS_PER_SECOND = 240.0
BURST = 60.0
# What is read before the other connections get their turn: one packet can hold a thousand messages.
MESSAGES_A_TURN = 16


class LiveSocket:
    """The endpoint of /live/socket, for all connections.

    Args:
        batcher: decodes; shared by all.
    """

    def __init__(self, batcher: Batcher):
        self._batcher = batcher

    async def serve(self, websocket: WebSocket) -> None:
        """Accepts the socket and answers until it closes."""
        await websocket.accept()
        await Connection(websocket, self._batcher).serve()


class Connection:
    """One browser's socket."""

    def __init__(self, websocket: WebSocket, batcher: Batcher):
        self._websocket, self._batcher = websocket, batcher
        self._positions: NewestWins[str, Request] = NewestWins(MAX_HANDLES)
        self._replies: NewestWins[str | None, Reply] = NewestWins(MAX_HANDLES)
        self._pace = TokenBucket(POSITIONS_PER_SECOND, BURST)
        self._under_way: dict[str, None] = {}

    async def serve(self) -> None:
        """Answers until the browser goes."""
        async with asyncio.TaskGroup() as tasks:
            others = [tasks.create_task(self._pump()), tasks.create_task(self._write())]
            await self._read()
            for task in others:
                task.cancel()
        for handle in self._under_way:
            self._batcher.forget((self, handle))

    async def _read(self) -> None:
        for count in itertools.count(1):
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            self._take(message.get("text") or message.get("bytes") or "")
            if count % MESSAGES_A_TURN == 0:
                await asyncio.sleep(0)

    def _take(self, raw: str | bytes) -> None:
        """A position waits for its turn; any other message is answered and ends what its handle awaits."""
        try:
            request = parse(raw)
        except MessageError as error:
            if error.id is not None:
                self._positions.drop(error.id)
                self._batcher.forget((self, error.id))
            self._replies.put(error.id, pack_error(str(error), error.id, error.seq))
        else:
            self._place(request)

    def _place(self, request: Request) -> None:
        """To the batcher at once where nothing waits before it; waking the pump would cost as much as the rest."""
        if not self._positions and not self._replies and not self._pace.take():
            self._ask(request)
        else:
            self._positions.put(request.id, request)

    async def _pump(self) -> None:
        while True:
            await self._positions.filled()
            await self._pace.wait()
            await self._replies.empty()
            _, request = await self._positions.get()
            self._ask(request)

    def _ask(self, request: Request) -> None:
        self._mark(request.id)
        self._batcher.put((self, request.id), request, self._answered)

    def _mark(self, handle: str) -> None:
        """Remembers which of the batcher's slots are this connection's: a bounded number of handles."""
        self._under_way.pop(handle, None)
        self._under_way[handle] = None
        if len(self._under_way) > MAX_HANDLES:
            oldest = next(iter(self._under_way))
            del self._under_way[oldest]
            self._batcher.forget((self, oldest))

    def _answered(self, request: Request, reply: Reply) -> None:
        self._replies.put(request.id, reply)

    async def _write(self) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                _, reply = await self._replies.get()
                if isinstance(reply, bytes):
                    await self._websocket.send_bytes(reply)
                else:
                    await self._websocket.send_text(reply)
