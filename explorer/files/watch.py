"""Whether files are still those that were read: a look at their stamps, and at their content where one is another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.files import read
from explorer.files.read import Stamp


class Watch:
    """Files that were read together.

    Args:
        paths: of the files.
        stamps: theirs, taken before they were read.
        compare: reads the files as they are now and says whether they hold what was read; a copy of the same does.
    """

    def __init__(self, paths: Sequence[Path], stamps: Sequence[Stamp | None], compare: Callable[[], bool]):
        self._paths, self._compare = tuple(paths), compare
        # The answer goes with the stamps that were there before its files were read.
        self._known = (tuple(stamps), True)

    def is_same(self) -> bool:
        """Whether the files hold what was read; a few stats, as long as nobody writes to them."""
        stamps = tuple(map(read.stamp, self._paths))
        if stamps != self._known[0]:
            self._known = (stamps, self._compare())
        return self._known[1]
