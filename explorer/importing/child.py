"""The process that parses a stranger's file: `python -m explorer.importing.child`, in a folder that it may write to.

It is begun by `confined`, finds in `request.json` what to read and what it may take, and leaves a draft or
`fault.json`.

What holds it: the system's limits on memory, time and the size of files, where there are any (`confine`), and a hook
in this interpreter that refuses other processes, sockets and libraries, and writing outside its folder. The hook stops
what a parser might be talked into, such as a pickle that calls something; machine code in the place of the
interpreter's it would not stop, and what this account may read, the process may.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from explorer.files import read, write
from explorer.importing import stored_draft
from explorer.importing.draft import Draft
from explorer.importing.registry import MAKES
from explorer.programs import GraphBuilder

REQUEST_FILE, FAULT_FILE = "request.json", "fault.json"
MOST_BYTES_OF_FAULT = 64 << 10
_NO_MEMORY = re.compile(r"can.t allocate memory|not enough memory|out of memory|bad_alloc", re.IGNORECASE)
_REFUSED = re.compile(
    r"os\.(system|exec|fork|forkpty|spawn|posix_spawn|startfile|kill|chmod|chown|link|symlink)|subprocess\..*"
    r"|pty\..*|socket\..*|ctypes\.dlopen|ctypes\.dlsym|webbrowser\..*|ftplib\..*|smtplib\..*|urllib\..*|http\..*"
)
# Calls of the system that change a path, and how many of their first arguments are paths.
_CHANGING = {"os.rename": 2, "os.remove": 1, "os.mkdir": 1, "os.rmdir": 1, "os.truncate": 1, "os.utime": 1}


def main() -> None:
    """Reads what was asked for, and leaves what came of it."""
    folder = Path.cwd()
    request = json.loads(read.content(folder / REQUEST_FILE, 1 << 20))
    path, make = Path(request["path"]), request["make"]
    _warm()
    confine(folder, **request["limits"])
    try:
        stored_draft.save(folder, _draft(path, make))
    # Whatever a damaged file makes a parser raise is told of the file.
    except BaseException as error:
        write.text(folder / FAULT_FILE, json.dumps(_said(error, path, make)))


def _warm() -> None:
    """Has torch import what it imports at its first shapes, which is more than a held process may do."""
    builder = GraphBuilder("x")
    weight, offset = builder.tensor("weight", torch.ones(1, 1)), builder.tensor("offset", torch.ones(1))
    builder.program(builder.add("aten.linear.default", "x", weight, offset)).output_shapes((1,))


def confine(folder: Path, memory_bytes: int, cpu_seconds: int, file_bytes: int) -> None:
    """Holds this process from here on.

    Args:
        folder: which it may write to.
        memory_bytes: beside what it has already.
        cpu_seconds: of all its threads, beside what they had already.
        file_bytes: of any one file that it writes.
    """
    with suppress(ImportError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        limits = {
            "RLIMIT_CPU": cpu_seconds + int(used.ru_utime + used.ru_stime) + 1,
            "RLIMIT_FSIZE": file_bytes,
            "RLIMIT_CORE": 0,
            "RLIMIT_DATA": memory_bytes + _bytes_of_data(),
        }
        for name, most in limits.items():
            # macOS refuses some, and holds no memory: there the time alone is held.
            with suppress(AttributeError, ValueError, OSError):
                # Past the first one comes a signal that says which limit it was, past the second SIGKILL.
                hard = most + 1 if name == "RLIMIT_CPU" else most
                resource.setrlimit(getattr(resource, name), (most, hard))
    inside = os.path.realpath(folder)
    sys.addaudithook(lambda event, arguments: _check(event, arguments, inside))


def _bytes_of_data() -> int:
    """What this process has of the memory that is limited; 0 where that is not known."""
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmData"))
    return 0


def _check(event: str, arguments: tuple[Any, ...], inside: str) -> None:
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(mode, str) and bool(set(mode) & set("wax+"))
        writes = writes or (isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR)))
        _check_paths(event, (path,) if writes else (), inside)
    elif event in _CHANGING:
        _check_paths(event, arguments[: _CHANGING[event]], inside)
    elif _REFUSED.fullmatch(event):
        raise PermissionError(f"{event}: what reads a file does nothing of this kind")


def _check_paths(event: str, paths: tuple[Any, ...], inside: str) -> None:
    for path in paths:
        if isinstance(path, str | bytes | os.PathLike):
            whole = os.path.realpath(os.fsdecode(path))
            if whole != inside and not whole.startswith(inside + os.sep):
                raise PermissionError(f"{event}: {whole} is outside the folder of this process")


def _draft(path: Path, make: str) -> Draft:
    draft = MAKES[make].read(path)
    if not isinstance(draft, Draft):
        raise TypeError(f"expected a draft, found {type(draft).__name__}")
    return draft


def _said(error: BaseException, path: Path, make: str) -> dict[str, str]:
    """A fault in words."""
    if isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)):
        return {"kind": "memory"}
    fields = ("path", "key", "expected", "found", "advice")
    if all(hasattr(error, name) for name in fields):
        return {"kind": "fault", **{name: str(getattr(error, name))[:2000] for name in fields}}
    found = f"{type(error).__name__}: {error}".partition("\n")[0][:1000]
    return {
        "kind": "fault",
        "path": str(path),
        "key": "content",
        "expected": MAKES[make].title if make in MAKES else "a kind of source that is known",
        "found": found,
        "advice": "",
    }


if __name__ == "__main__":
    main()
    # What a parser left running is of no use to anybody.
    os._exit(0)
