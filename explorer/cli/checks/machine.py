"""What the machine has: device, threads, memory, room on the disk, a browser for the tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from explorer.cli.checks.finding import Finding, fine, note, wrong

# An atlas of ten thousand images, and what the app needs to show it.
LITTLE_SPACE_BYTES, NO_SPACE_BYTES = 1 << 30, 64 << 20
LITTLE_MEMORY_BYTES = 2 << 30
_CHROMIUMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)


def device(_path: Path) -> Iterator[Finding]:
    """Where the model runs, and with how many threads."""
    import torch

    from explorer.cli.sources import chosen_device

    name = chosen_device("auto")
    what = torch.cuda.get_device_name() if name == "cuda" else f"{torch.get_num_threads()} threads"
    yield fine(f"{name}, {what}")


def waiting(_path: Path) -> Iterator[Finding]:
    """Whether torch's threads leave the cores to others while they wait."""
    policy = os.environ.get("OMP_WAIT_POLICY", "PASSIVE")
    if policy.upper() == "PASSIVE":
        yield fine("OMP_WAIT_POLICY is PASSIVE")
    else:
        advice = "Unset it: beside a browser, threads that spin make a drag ten times as slow."
        yield note(f"OMP_WAIT_POLICY is {policy}", advice)


def memory(_path: Path) -> Iterator[Finding]:
    """What can be had without taking it from another program."""
    from explorer.files.read import available_memory

    free = available_memory()
    if free >= 1 << 62:
        yield fine("how much memory is free cannot be told here")
    elif free < LITTLE_MEMORY_BYTES:
        yield note(f"{_gib(free)} of memory are free", "Close other programs before an atlas is built.")
    else:
        yield fine(f"{_gib(free)} of memory are free")


def space(path: Path) -> Iterator[Finding]:
    """Room where work is written."""
    free = shutil.disk_usage(_nearest(path)).free
    found = f"{_gib(free)} are free at {path}"
    if free < NO_SPACE_BYTES:
        yield wrong(found, "Make room, or write into a folder on another disk.")
    elif free < LITTLE_SPACE_BYTES:
        yield note(found, "Make room before a model is trained or an atlas is built.")
    else:
        yield fine(found)


def writable(path: Path) -> Iterator[Finding]:
    """Whether this account may write where work is written."""
    nearest = _nearest(path)
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        yield fine(f"{path} can be written to")
    else:
        advice = f"Give this account the right to write to {nearest}, or name another folder."
        yield note(f"{path} cannot be written to: models can be looked at, and nothing can be kept", advice)


def browser(_path: Path) -> Iterator[Finding]:
    """A Chromium for the browser tests; any browser shows the app."""
    named = os.environ.get("EXPLORER_CHROMIUM")
    if named and not shutil.which(named):
        yield note(f"EXPLORER_CHROMIUM is {named}, which cannot be run", "Give the path of a Chromium.")
    elif found := named or next((path for name in _CHROMIUMS if (path := shutil.which(name))), None):
        yield fine(f"{found}, for the browser tests")
    else:
        other = shutil.which("firefox")
        there = (
            f"{other} shows the app, and the browser tests need a Chromium"
            if other
            else "no browser was found"
        )
        yield note(there, "Only for the browser tests: make chromium, or give a path in EXPLORER_CHROMIUM.")


def _nearest(path: Path) -> Path:
    """The path itself, or what of the folders above it is there."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:,.1f} GiB"
