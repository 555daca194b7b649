"""Makes that do what a stranger's file might have a parser do, and the child that has them: the first word of the file
says which."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import torch

from explorer.importing import child
from explorer.importing.draft import ImportFault
from explorer.importing.registry import MAKES, Make
from tests.importing import drafts


def loop(path):
    while True:
        pass


def sleep(path):
    time.sleep(3600)


def memory(path):
    return [bytearray(1 << 26) for _ in range(1000)]


def tensors(path):
    return [torch.ones(1 << 24) for _ in range(1000)]


def crash(path):
    signal.raise_signal(signal.SIGSEGV)


def abort(path):
    os.abort()


def leave(path):
    os._exit(3)


def big_file(path):
    with open("big", "wb") as file:
        for _ in range(100):
            file.write(bytes(1 << 24))


def write_outside(path):
    (path.parent / "written").write_text("here")


def write_elsewhere(path):
    os.open(path.parent / "written", os.O_WRONLY | os.O_CREAT)


def remove(path):
    path.unlink()


def shell(path):
    os.system(f"touch {path.parent / 'written'}")


def process(path):
    subprocess.run(["touch", str(path.parent / "written")], check=False)


def fork(path):
    os.fork()


def network(path):
    socket.create_connection(("127.0.0.1", 9), timeout=1)


def each(path):
    """Tries all that the file names, and says what came of it."""
    said = []
    for name in path.read_text().split()[1:]:
        try:
            globals()[name](path)
            said.append(f"{name}: done")
        except Exception as error:
            said.append(f"{name}: {error}")
    return drafts.draft(said=tuple(said))


def swear(path):
    raise RuntimeError("x" * 100_000 + "\n\x1b[31mred")


def fault(path):
    raise ImportFault(path, "weights", "a matrix", "a teapot", "Pour.")


def nothing(path):
    return {"not": "a draft"}


def no_memory_there(path):
    return drafts.draft(said=(",".join(sorted(os.environ)), os.getcwd(), os.environ["HOME"]))


def is_written(path):
    Path("inside").write_text("here")
    return drafts.draft()


def read(path):
    return globals()[path.read_text().split()[0]](path)


if __name__ == "__main__":
    MAKES["hostile"] = Make("a test", lambda path: True, read)  # type: ignore[index]  # a dict, of this process
    child.main()
    os._exit(0)
