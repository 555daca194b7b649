"""What was worked out of an entry, kept for as long as that entry is, or its codes are.

An atlas that is being built becomes another entry every few seconds. The columns of those before it are not to stay in
memory, and what is made of its codes alone, which stay the same, is not to be made again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Generic, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

from explorer.workspace import Entry

Rest = TypeVarTuple("Rest")
Found = TypeVar("Found")


class KeptWith(Generic[*Rest, Found]):
    """A function of an entry and more, whose newest results are kept with something that the entry has.

    Args:
        function: its result must not hold the entry.
        maxsize: results that are kept of each.
        owner: with what of the entry they go.
    """

    def __init__(
        self,
        function: Callable[[Entry, *Rest], Found],
        maxsize: int,
        owner: Callable[[Entry], Hashable],
    ):
        self._function, self._maxsize, self._owner = function, maxsize, owner
        self._found: WeakKeyDictionary[Any, OrderedDict[tuple[Any, ...], Found]] = WeakKeyDictionary()
        self._lock = threading.Lock()
        update_wrapper(self, function)

    def __call__(self, entry: Entry, *rest: *Rest) -> Found:
        with self._lock:
            kept = self._found.setdefault(self._owner(entry), OrderedDict())
            if rest in kept:
                kept.move_to_end(rest)
                return kept[rest]
        found = self._function(entry, *rest)
        with self._lock:
            kept[rest] = found
            while len(kept) > self._maxsize:
                kept.popitem(last=False)
        return found

    def cache_clear(self) -> None:
        """Forgets all results."""
        with self._lock:
            self._found.clear()


@dataclass(frozen=True)
class Keeping:
    """Makes functions keep their newest `maxsize` results with what `owner` finds in an entry."""

    maxsize: int
    owner: Callable[[Entry], Hashable]

    def __call__(self, function: Callable[[Entry, *Rest], Found]) -> KeptWith[*Rest, Found]:
        return KeptWith(function, self.maxsize, self.owner)


def of_entry(maxsize: int) -> Keeping:
    """Keeps results until the entry is gone."""
    return Keeping(maxsize, lambda entry: entry)


def of_codes(maxsize: int) -> Keeping:
    """Keeps what follows from codes, places, labels and the examples themselves: that stays while an atlas grows."""
    return Keeping(maxsize, lambda entry: entry.origin)
