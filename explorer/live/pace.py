"""How many positions a second one connection may have decoded: a token bucket.

The bucket holds at most `burst` tokens and gains `rate` a second; a position costs one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class TokenBucket:
    """Starts full.

    Args:
        rate: tokens a second.
        burst: the most it holds.
        clock: seconds, monotonic.
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic):
        self._rate, self._burst, self._clock = rate, burst, clock
        self._level, self._at = burst, clock()

    def take(self) -> float:
        """Takes a token, or leaves it: returns the seconds until there is one, 0 when it was taken."""
        now = self._clock()
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level < 1:
            return (1 - self._level) / self._rate
        self._level -= 1
        return 0.0

    async def wait(self) -> None:
        """Takes a token, when there is one."""
        while seconds := self.take():
            await asyncio.sleep(seconds)
