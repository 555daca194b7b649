"""The examples of docs/your-model.md: what they write is imported as they say, and opens."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from explorer.cli import main
from explorer.importing.registry import MAKES
from explorer.models import checkpoints
from explorer.models.reading import CHOICES

TEXT = (Path(__file__).parents[1] / "docs" / "your-model.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE))
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
FIXTURES = Path(__file__).parent / "importing" / "fixtures"
PROGRAM = ["python", "-m", "explorer"]
IMAGE, GENES = (1, 8, 8), (60,)
# What each section comes to: a folder, latent dimensions and the shape of an example.
WANTED = {
    "From your own script": ("checkpoints/mine", 2, IMAGE),
    "A function of your own": ("checkpoints/of-a-function", 2, IMAGE),
    "An exported program (.pt2)": ("checkpoints/exported", 2, IMAGE),
    "ONNX": ("checkpoints/onnx", 3, IMAGE),
    "Weights alone (.pt, .pth, .ckpt, .safetensors)": ("checkpoints/weights", 2, IMAGE),
    "Lightning (.ckpt)": ("checkpoints/lightning", 3, IMAGE),
    "pythae": ("checkpoints/pythae", 4, IMAGE),
    "diffusers": ("checkpoints/kl", 256, (3, 16, 16)),
    "scvi-tools": ("scvi/nb", 3, GENES),
}
# Python that needs a library which is not ours.
FOREIGN = {"scvi-tools": "scvi"}
# Who opens a section that stands for a make.
OF_MAKE = {
    "exported_program": "An exported program (.pt2)",
    "onnx": "ONNX",
    "diffusers": "diffusers",
    "pythae": "pythae",
    "scvi": "scvi-tools",
    "state_dict": "Weights alone (.pt, .pth, .ckpt, .safetensors)",
}
# Of the app alone, which hands drafts from one process to another.
INNER = {"draft"}


def lines(heading: str) -> list[list[str]]:
    """Commands of a section."""
    return [
        shlex.split(line)
        for kind, text in BLOCK.findall(SECTIONS[heading])
        if not kind
        for line in text.splitlines()
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the examples find what other programs wrote."""
    monkeypatch.chdir(tmp_path)
    for name in ("onnx-conv.onnx", "lightning.ckpt"):
        shutil.copy(FIXTURES / name, tmp_path)
    for name in ("pythae-vae", "scvi"):
        shutil.copytree(FIXTURES / name, tmp_path / name)
    shutil.copytree(FIXTURES / "diffusers-kl", "autoencoder-kl")
    np.savez("photos.npz", x=np.random.default_rng(0).integers(0, 256, (16, 3, 16, 16)).astype(np.uint8))
    np.savez("cells.npz", x=np.load(FIXTURES / "scvi" / "expected.npz")["x"])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name == "my_vae":
            del sys.modules[name]


@pytest.mark.slow
@pytest.mark.parametrize("heading", WANTED)
def test_an_example_does_what_it_says(heading: str, folder: Path) -> None:
    for kind, text in BLOCK.findall(SECTIONS[heading]):
        if kind == "python" and (heading not in FOREIGN or find_spec(FOREIGN[heading])):
            exec(text, {"__name__": "example"})
    for line in lines(heading):
        assert line[:3] == PROGRAM
        # What `check` finds in weights that were never trained is not what this is about.
        assert main(line[3:]) in ((0, 1) if line[3] == "check" else (0,)), line
    out, latent_dim, shape = WANTED[heading]
    model = checkpoints.load(folder / out).model
    assert (model.latent_dim, model.data_spec.shape) == (latent_dim, shape)


def test_every_section_with_a_command_is_run() -> None:
    assert {heading for heading in SECTIONS if lines(heading)} == WANTED.keys()


def test_every_make_has_its_section() -> None:
    assert OF_MAKE.keys() | INNER == MAKES.keys()
    assert set(OF_MAKE.values()) <= SECTIONS.keys()


def test_every_entry_of_a_reading_is_listed() -> None:
    table = dict(re.findall(r"^\| `(\w+)`.*? \| (.*?) \|$", TEXT, re.MULTILINE))
    assert table.keys() == CHOICES.keys()
    for name, known in CHOICES.items():
        listed = re.findall(r"`(\w+)`", table[name])
        # The second spread is as the first.
        assert listed == list(known) or name == "output_spread", name
