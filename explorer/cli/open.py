"""`explorer open [MODEL] [--data NAME] [--port N] [--no-browser]`: the app in the browser, on a model.

A model that has no atlas yet gets one meanwhile, from a process beside the app. One of another program is imported
first, into `checkpoints/` of the current folder, where it is clear how it is to be read. What reads models is imported
on demand: the app is to answer before torch is there.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import time
import webbrowser
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

from explorer.cli import understood
from explorer.cli.invocation import command, program
from explorer.models import folders

USUAL_PORT = 8501
_N_PORTS = 100
_SECONDS_TO_ANSWER = 60.0
# As the rooms below call them, which would wait for torch.
_ATLAS, _MANIFEST = "atlas", "manifest.json"
# Options of `import`, whose parser looks at what is said: it waits for torch too.
_SAID = {"likelihood": "KIND", "sigma": "S", "reading": "CHOICES", "networks": "NAME"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "checkpoint",
        type=Path,
        nargs="?",
        metavar="MODEL",
        help="a checkpoint, or what another program stored (see `import`); default: those that are shipped",
    )
    data = "what an atlas is built of where MODEL has none; default: what it was trained on"
    parser.add_argument("--data", metavar="NAME", help=data)
    port = f"default: {USUAL_PORT}, or the next one that is free"
    parser.add_argument("--port", type=_port, metavar="N", help=port)
    parser.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
    of_source = parser.add_argument_group("of what another program stored, as `import` takes them")
    for name, metavar in _SAID.items():
        of_source.add_argument(f"--{name}", metavar=metavar)


def run(arguments: argparse.Namespace) -> int:
    model: Path | None = arguments.checkpoint
    if model is None and arguments.data is not None:
        said = command("train", "--data", arguments.data, "--out", "checkpoints/mine")
        raise ValueError(f"--data: expected a MODEL to show these data with, found none; train one: {said}")
    is_foreign = model is not None and understood.is_foreign(model)
    if not is_foreign and (of_source := _said(arguments)):
        raise ValueError(
            f"{of_source[0]}: expected a model that another program stored, found {model}; leave it out"
        )
    port = free_port(arguments.port)
    if is_foreign and (model := _imported(arguments)) is None:
        return 1
    query = "" if model is None else _shown(model)
    is_building = model is not None and _build(model, arguments.data)
    try:
        _serve(port, query, not arguments.no_browser)
    finally:
        if model is not None and is_building:
            _stop(model)
    return 0


def _imported(arguments: argparse.Namespace) -> Path | None:
    """The checkpoint of a model of another program; None where it is not clear how it is to be read, which is said.

    Raises:
        ValueError: it cannot be read, or data have to be named.
    """
    from explorer.cli import import_

    source, root = str(arguments.checkpoint), os.environ.get("EXPLORER_DATA")
    parser = argparse.ArgumentParser(
        f"{program()} open", add_help=False, usage="%(prog)s MODEL [--data NAME]"
    )
    import_.add_arguments(parser)
    name = Path(source).stem if ":" not in source else source.rpartition(":")[2]
    out = Path("checkpoints") / name
    given = [source, "--out", str(out), *(["--data", arguments.data] if arguments.data else [])]
    given += _said(arguments)
    found = import_.imported(
        parser.parse_args(given + (["--data-root", root] if root else [])), out, is_again=True
    )
    if found is None:
        print(f"To take one: {command('import', *given, '--choose', 'N')}", file=sys.stderr)
    return found


def _said(arguments: argparse.Namespace) -> list[str]:
    """What is said of a model that another program stored, as it was typed."""
    said = {f"--{name}": getattr(arguments, name) for name in _SAID}
    return [word for name, value in said.items() if value is not None for word in (name, value)]


def free_port(asked: int | None) -> int:
    """The port asked for, or the first free one from the usual one on.

    Raises:
        ValueError: the one asked for, or every one of a hundred, is taken.
    """
    ports = range(USUAL_PORT, USUAL_PORT + _N_PORTS) if asked is None else (asked,)
    found = next(filter(_is_free, ports), None)
    if found is None:
        last = f" to {ports[-1]}" if len(ports) > 1 else ""
        raise ValueError(f"--port: expected a free one, found {ports[0]}{last} taken; name another one")
    return found


def data_of(model: Path, asked: str | None) -> str:
    """Of which data a model's atlas is to be built.

    Raises:
        ValueError: nobody says.
        CheckpointError: the model cannot be opened.
    """
    # Looked at before the app starts, so that what is wrong with it is said here.
    from explorer.bounds.stand_ins import load_checkpoint
    from explorer.cli.sources import trained_on
    from explorer.models.fit_data import other_data

    checkpoint = load_checkpoint(model)
    if asked is None:
        return trained_on(checkpoint)
    if note := other_data(asked, checkpoint.name, checkpoint.config["training"]):
        print(note, file=sys.stderr)
    return asked


def _shown(model: Path) -> str:
    """Has the app offer this model beside the others, first of all; returns the query of its address."""
    if os.pathsep in str(model.resolve()):
        raise ValueError(
            f"{model}: expected a path without {os.pathsep!r}, which parts paths; rename the folder"
        )
    before = os.environ.get("EXPLORER_MODELS")
    os.environ["EXPLORER_MODELS"] = os.pathsep.join(filter(None, (str(model.resolve()), before)))
    root = Path(os.environ.get("EXPLORER_CHECKPOINTS", folders.SHIPPED))
    (name,) = folders.named(root, [model])
    return "?" + urlencode({"model": name})


def _build(model: Path, asked: str | None) -> bool:
    """Begins to build the model's atlas where it has none, or goes on with it; whether it did.

    Raises:
        ValueError: it has one of other data than those asked for, or one was begun.
    """
    out = model / _ATLAS
    if out.is_dir():
        _check_data(out, asked, _data_of_atlas(out))
        return False
    from explorer import builder
    from explorer.atlas.build.claim import begun

    root = os.environ.get("EXPLORER_DATA")
    data_root = Path(root) if root else None
    if (before := begun(out)) is not None:
        _check_data(builder.partial_of(out), asked, before.data)
        print(f"{model}: going on with its atlas of {before.data} meanwhile", file=sys.stderr)
        builder.go_on(out, model, data_root)
    else:
        data = data_of(model, asked)
        print(f"{model}: has no atlas yet; building one of {data} meanwhile", file=sys.stderr)
        builder.start(out, model, data, data_root=data_root)
    return True


def _check_data(folder: Path, asked: str | None, found: str) -> None:
    from explorer.models.fit_data import are_same

    if asked is not None and not are_same(asked, found):
        advice = f"Leave --data out to look at it, or move {folder} away to have one built of {asked}."
        raise ValueError(f"{folder}: data: expected {asked}, found {found}. {advice}")


def _data_of_atlas(folder: Path) -> str:
    try:
        return str(json.loads((folder / _MANIFEST).read_text("utf-8"))["data"]["name"])
    except (OSError, ValueError, LookupError, TypeError):
        # The page that opens it says what is wrong.
        return "data that it does not say"


def _stop(model: Path) -> None:
    """Has the build keep what it has, and end."""
    from explorer import builder

    with suppress(OSError):
        builder.stop(model / _ATLAS)


def _serve(port: int, query: str, is_seen: bool) -> None:
    from explorer.ui import served

    def announce() -> None:
        _wait_for_answer(port)
        address = served.address(port) + query
        print(f"{address} (Ctrl-C ends it)", flush=True)
        if is_seen and _has_display():
            webbrowser.open(address)

    Thread(target=announce, daemon=True).start()
    served.serve(port)


def _wait_for_answer(port: int) -> None:
    deadline = time.monotonic() + _SECONDS_TO_ANSWER
    while time.monotonic() < deadline and not _answers(port):
        time.sleep(0.05)


def _answers(port: int) -> bool:
    # Not by urllib, which would ask a proxy that the environment names. Whatever has a status is an answer.
    connection = HTTPConnection("localhost", port, timeout=5)
    try:
        connection.request("GET", "/_stcore/health")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def _has_display() -> bool:
    """Whether a browser that is opened is seen; a browser for the terminal would hold this one."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name != "nt":
            # As the server binds it: connections of an earlier one may still be closing.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("localhost", port))
        except OSError:
            return False
    return True


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"expected a port, 1 to 65535, found {text!r}")
    return int(text)
