"""The command line: `python -m explorer COMMAND`, one of `COMMANDS`.

A command is a module with `add_arguments(parser)` and `run(arguments)`; this file dispatches to it and turns the
project's named errors into one line on standard error and exit status 2.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from explorer.cli.invocation import program

COMMANDS = {
    "open": "the app in the browser, on a model; without any command, on what is shipped",
    "train": "train a VAE; resumes a run that was stopped",
    "import": "make a checkpoint of a VAE that another program trained",
    "check": "try how a VAE is to be read, on data, and look for what makes its figures wrong",
    "score": "ELBO, importance-weighted log p(x) and their gap for each example",
    "atlas": "build the folder that the app opens: posteriors, scores, maps",
    "calibrate": "check the estimates of log p(x) on data simulated from the model",
    "explain": "write the argument for one example, with all its numbers, as a file of its own",
    "info": "describe a checkpoint or an atlas",
    "doctor": "look for what is wrong: installation, machine, checkpoints, atlases, data",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    argv = list(sys.argv[1:] if argv is None else argv) or ["open"]
    # Before torch is imported: threads that wait in a spin starve each other where something else wants the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    arguments = _parser(argv).parse_args(argv, argparse.Namespace(argv=argv))
    try:
        with _stoppable():
            _check(arguments)
            return int(_module(arguments.command).run(arguments) or 0)
    except (ValueError, OSError, FloatingPointError) as error:
        print(f"explorer {arguments.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. What was finished is kept; the same command goes on from there.", file=sys.stderr)
        return 130


@contextmanager
def _stoppable() -> Iterator[None]:
    """Has a termination, as a cluster sends it, end a command as a person's Ctrl-C does: what is finished is kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program(), description="Explore the latent space of a VAE.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        # Only the command that runs is imported: `info --help` need not wait for torch.
        if name in argv[:1]:
            _module(name).add_arguments(command)
    if not argv[0].startswith("-") and argv[0] not in COMMANDS:
        parser.error(_module("understood").instead_of_command(tuple(argv), COMMANDS))
    return parser


def _check(arguments: argparse.Namespace) -> None:
    if {"checkpoint", "data"} & vars(arguments).keys() or arguments.command == "info":
        _module("understood").check(arguments)


def _module(name: str):  # type: ignore[no-untyped-def]  # a module with add_arguments and run
    # `import` is a word of the language.
    return importlib.import_module(f"explorer.cli.{'import_' if name == 'import' else name}")
