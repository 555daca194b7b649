"""How the program was called, and how a person would call it again from where they are."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import PurePath

NAME = "vae-explorer"


def program() -> str:
    """The words before a command: "vae-explorer" where it is installed, else this Python with `-m explorer`."""
    # A path with `\` where there are such, and `.exe` after it.
    if PurePath(sys.argv[0]).stem == NAME:
        return NAME
    # As it was typed: "python3", or one in an environment that is not active.
    python = PurePath(sys.orig_argv[0]).as_posix() if sys.orig_argv else "python"
    return _quoted([python, "-m", "explorer"])


def command(*arguments: object) -> str:
    """A whole line that works as it stands."""
    return f"{program()} {_quoted(list(map(str, arguments)))}"


def _quoted(words: list[str]) -> str:
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
