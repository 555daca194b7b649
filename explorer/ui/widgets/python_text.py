"""What a part of the page shows, as Python that a person takes home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PythonText:
    """A piece of a program in which `model` is the checkpoint's model, and numpy and torch are there.

    Attributes:
        text: the piece.
        names: what it uses of `explorer`.
        modules: what else it imports.
        pictures: the array in it that can be saved as a picture, (n, *shape); "" for none.
    """

    text: str
    names: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    pictures: str = ""


def array_text(codes: np.ndarray) -> str:
    """Codes (n, d) as a literal that is read back bit for bit: the shortest decimals that name each float32."""
    rows = ",\n".join(
        f"        [{', '.join(str(value) for value in row)}]" for row in codes.astype(np.float32)
    )
    return f"np.array(\n    [\n{rows},\n    ],\n    dtype=np.float32,\n)"
