"""The kinds of source by name, in the order in which they are asked. To add one: a file in `makes/`, and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.importing.draft import Draft
from explorer.importing.makes import diffusers, exported_program, onnx_file, pythae, scvi, state_dict, stored


@dataclass(frozen=True)
class Make:
    """A kind of source.

    Attributes:
        title: for people: "an exported program (.pt2)".
        takes: whether a path is one, by its name and the first bytes alone.
        read: reads it; raises `ImportFault`. Run in a process of its own.
    """

    title: str
    takes: Callable[[Path], bool]
    read: Callable[[Path], Draft]


MAKES: Mapping[str, Make] = {
    exported_program.MAKE: Make(
        "exported programs (.pt2)", exported_program.takes, exported_program.read_draft
    ),
    "onnx": Make("ONNX (.onnx)", onnx_file.takes, onnx_file.read_draft),
    "pythae": Make("a folder that pythae saved", pythae.takes, pythae.read),
    diffusers.MAKE: Make("a folder that diffusers saved", diffusers.takes, diffusers.read),
    "scvi": Make("a model that scvi-tools saved (model.pt), to be exported there", scvi.takes, scvi.load),
    "state_dict": Make("weights alone (.pt, .pth, .ckpt, .safetensors)", state_dict.takes, state_dict.read),
    "draft": Make("a stored draft (draft.json, draft.safetensors)", stored.takes, stored.read),
}


def make_of(path: Path) -> str | None:
    """The first kind that takes a path."""
    return next((name for name, make in MAKES.items() if make.takes(path)), None)
