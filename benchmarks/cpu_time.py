"""CPU time of a process and all that it has started, read from /proc: what `psutil` would be installed for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> set[int]:
    """All processes that a process has started, and those that these have."""
    children: dict[int, list[int]] = {}
    for other, parent, _ in _processes():
        children.setdefault(parent, []).append(other)
    found, waiting = set[int](), [pid]
    while waiting:
        new = children.get(waiting.pop(), [])
        found.update(new)
        waiting += new
    return found


def seconds(pids: set[int]) -> float:
    """CPU seconds that these processes have used so far, in user and in kernel mode."""
    return sum(used for pid, _, used in _processes() if pid in pids)


def _processes() -> Iterator[tuple[int, int, float]]:
    """Every process: its id, its parent's, CPU seconds."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            text = (folder / "stat").read_text()
        except OSError:
            # It has ended meanwhile.
            continue
        # After "pid (name)", where a name may hold anything: the state, the parent, ..., user and kernel time.
        fields = text.rpartition(")")[2].split()
        yield int(folder.name), int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND
