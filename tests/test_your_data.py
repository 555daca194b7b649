"""The examples of docs/your-data.md: its files are made as it says, and the data that its commands name are loaded."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

from explorer.datasets import file_of, load
from explorer.datasets.options import FORMS
from explorer.datasets.registry import READERS

TEXT = (Path(__file__).parents[1] / "docs" / "your-data.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE))
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
# What each must come to: examples, shape of one, labels, metadata.
WANTED: dict[str, object] = {
    "signals.npz:cropped-12x12:resized-8x8:range--2-2": (50, (1, 8, 8), (), []),
    "digits:resized-4x4:binarised-1": (1797, (1, 4, 4), tuple("0123456789"), []),
    "flowers:resized-32x32:grey": (20, (1, 32, 32), ("rose", "tulip"), []),
    "flowers:resized-32x32:label=site": (20, (3, 32, 32), ("north",), ["file_name", "petals"]),
    "spectra.npz": (40, (25,), ("calcite", "quartz"), []),
    "vectors.npy": (40, (25,), (), []),
    "iris.csv:label=species": (4, (2,), ("setosa", "virginica"), ["id", "site"]),
    "cells:label=kind": (20, (3,), ("B", "T"), ["age"]),
    "shards.tar": (10, (1, 28, 28), ("0", "1"), ["key", "site", "age"]),
    "train-images-idx3-ubyte.gz": (30, (1, 28, 28), tuple("0123456789"), []),
    "pbmc.h5ad:label=cell_type": (20, (6,), ("B", "T"), ["name"]),
    "hub:ylecun/mnist": None,
}
EXTRAS: dict[str, str] = {"A .h5ad file": "h5py", "hub:owner/name": ""}


def test_every_form_and_every_option_is_there() -> None:
    low = {heading.lower() for heading in SECTIONS}
    assert low == {"options", *(form.lower() for form in READERS)}
    assert all(f"`:{form}`" in SECTIONS["Options"] for form in FORMS)


@pytest.mark.parametrize("heading", SECTIONS)
def test_an_example_does_what_it_says(heading: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(SECTIONS[heading])
    commands = [shlex.split(line) for kind, text in blocks if not kind for line in text.splitlines()]
    assert commands, "no command"
    if heading in EXTRAS and not (EXTRAS[heading] and find_spec(EXTRAS[heading])):
        pytest.skip(EXTRAS[heading] or "it needs a network")
    for kind, text in blocks:
        if kind == "python":
            exec(text, {})
        elif kind == "csv":
            name, _, content = text.partition("\n")
            Path(name.removeprefix("# ")).write_text(content)
        else:
            for line in text.splitlines():
                check(shlex.split(line))


def check(command: list[str]) -> None:
    name = command[command.index("--data") + 1]
    data = load(name, "all")
    assert (len(data), data.shape, data.label_names, list(data.metadata)) == WANTED[name]
    assert file_of(name) is None or 0 < len(load(name, "train")) <= len(data)


def test_every_command_is_expected() -> None:
    named = re.findall(r"--data (\S+)", "".join(text for kind, text in BLOCK.findall(TEXT) if not kind))
    assert named == list(WANTED)
