"""Newest wins: a box with one place a key.

What is put under a key replaces what waited there and keeps its turn, so that a handle that moves all the
time is neither served late nor ahead of the others. The box holds at most `limit` keys; beyond that the one
that has waited longest goes, so that no client can make it grow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class NewestWins(Generic[K, V]):
    """Filled without waiting, emptied one by one in the order in which the keys came; for one event loop."""

    def __init__(self, limit: int):
        self._limit = limit
        self._items: dict[K, V] = {}
        self._filled, self._emptied = asyncio.Event(), asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, key: K, value: V) -> None:
        """Puts `value` in the place of `key`."""
        self._items[key] = value
        if len(self._items) > self._limit:
            del self._items[next(iter(self._items))]
        self._filled.set()

    def drop(self, key: K) -> None:
        """Forgets what waits under `key`, if anything does."""
        self._items.pop(key, None)
        if not self._items:
            self._emptied.set()

    async def get(self) -> tuple[K, V]:
        """The key that has waited longest and its newest value; waits for one."""
        await self.filled()
        key = next(iter(self._items))
        value = self._items[key]
        self.drop(key)
        return key, value

    async def filled(self) -> None:
        """Returns when something waits."""
        while not self._items:
            self._filled.clear()
            await self._filled.wait()

    async def empty(self) -> None:
        """Returns when nothing waits."""
        while self._items:
            self._emptied.clear()
            await self._emptied.wait()
