"""ONNX: a folder with `encoder.onnx` and `decoder.onnx`, as one session each would be made of."""

from __future__ import annotations

import hashlib
from pathlib import Path

from explorer.files import read
from explorer.importing.draft import Draft, ImportFault, Networks
from explorer.importing.onnx.lowering import lowered
from explorer.importing.onnx.parsed import MAX_BYTES, SUFFIX, parsed
from explorer.programs import Program

_ENCODER, _DECODER = f"encoder{SUFFIX}", f"decoder{SUFFIX}"
_APART = f"Export what encodes and what decodes apart, as {_ENCODER} and {_DECODER} in one folder."


def takes(path: Path) -> bool:
    """A folder with a decoder, or a file of that name."""
    return path.suffix.lower() == SUFFIX or (path / _DECODER).is_file()


def read_draft(path: Path) -> Draft:
    """The two graphs; what they return is left to the readings.

    Raises:
        ImportFault: a file is missing, damaged, or holds what cannot be read.
    """
    folder = path if path.is_dir() else path.parent
    for name in (_ENCODER, _DECODER):
        if not (folder / name).is_file():
            raise ImportFault(folder / name, "file", "one of this name", "nothing", _APART)
    encoder, (input_shape,) = _program(folder / _ENCODER)
    decoder, (latent_shape,) = _program(folder / _DECODER)
    networks = Networks(
        "", _head(folder / _ENCODER, encoder, input_shape, latent_shape), decoder, latent_shape, input_shape
    )
    return Draft("onnx", folder.name, _sha256(folder), (networks,))


def _program(path: Path) -> tuple[Program, tuple[tuple[int, ...]]]:
    graph = parsed(path)
    program = lowered(graph)
    (shape,) = graph.inputs.values()
    return program, (tuple(n for n in shape[1:] if n is not None),)


def _head(path: Path, encoder: Program, shape: tuple[int, ...], latent: tuple[int, ...]) -> Program:
    """The encoder with the outputs that q(z|x) is made of: one of twice the code's size, or two of its size."""
    names = encoder.graph.outputs
    sizes = dict(zip(names, encoder.output_shapes(shape), strict=True))
    both = [name for name in names if sizes[name] == (2 * latent[0], *latent[1:])]
    each = [name for name in names if sizes[name] == latent]
    if len(both) == 1:
        return encoder.returning(*both)
    if len(each) == 2:
        return encoder.returning(*each)
    expected = f"mean and spread of a code {latent}: one output of twice its size, or two"
    found = ", ".join(f"{name} {size}" for name, size in sizes.items())
    raise ImportFault(
        path, "outputs", expected, found[:300], "Have the encoder return mean and log-variance."
    )


def _sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in (_ENCODER, _DECODER):
        digest.update(read.content(folder / name, MAX_BYTES))
    return digest.hexdigest()
