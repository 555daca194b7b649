"""What was computed once and may be asked for again, the least used forgotten first.

Values are never changed once they are kept, so that threads may share them; two that ask at once compute twice, and
the later answer stays.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

from explorer.steps import Step

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """At most `n_most` values by key."""

    def __init__(self, n_most: int):
        self._n_most = n_most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Value | None:
        """The value of a key, or None."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def forget(self) -> None:
        """All of them."""
        with self._lock:
            self._values.clear()

    def keep(self, key: Hashable, value: Value) -> Value:
        """Keeps a value, and returns it."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._n_most:
                self._values.popitem(last=False)
        return value


def once(
    kept: Kept[Value], key: Hashable, work: Callable[[], Iterator[Step[Value]]]
) -> Iterator[Step[Value]]:
    """The steps of some work whose result is kept under a key: one step where it is there already."""
    if (known := kept.get(key)) is not None:
        yield Step(1.0, known)
        return
    for step in work():
        if step.result is not None:
            kept.keep(key, step.result)
        yield step
