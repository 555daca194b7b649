"""Exported programs: a folder with `encoder.pt2` and `decoder.pt2`, or one `.pt2` of a whole VAE.

One file may hold both as its models "encoder" and "decoder", or one model that returns reconstruction, mean and
log-variance, which is cut in two.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

from explorer.files import read
from explorer.importing.draft import Draft, ImportFault, Networks
from explorer.importing.pt2.archive import MAX_BYTES, SUFFIX, Pt2Archive, opened
from explorer.importing.pt2.cut import cut
from explorer.importing.pt2.graph import Exported, exported
from explorer.programs import Program

MAKE = "exported_program"
_PARTS = ("encoder", "decoder")
_APART = f"Export what encodes and what decodes apart, as encoder{SUFFIX} and decoder{SUFFIX} in one folder."


def takes(path: Path) -> bool:
    """A folder with a decoder, or a file of that ending."""
    return path.suffix.lower() == SUFFIX or (path / f"decoder{SUFFIX}").is_file()


def read_draft(path: Path) -> Draft:
    """The networks; what the source does not say of their outputs is left to the readings.

    Raises:
        ImportFault: a file is missing, damaged, or holds what is not read.
    """
    files = _files(path)
    digest = hashlib.sha256()
    for file in files:
        try:
            digest.update(read.content(file, MAX_BYTES))
        except OSError as error:
            raise ImportFault(file, "file", "a plain one", error, _APART) from error
    networks, known = _apart(files) if len(files) == 2 else _whole(*files)
    return Draft(MAKE, path.name, digest.hexdigest(), (networks,), known)


def _files(path: Path) -> tuple[Path, ...]:
    """Both of a folder's, of which one may be named; or the one."""
    folder = path if path.is_dir() else path.parent
    both = tuple(folder / f"{part}{SUFFIX}" for part in _PARTS)
    return both if path.is_dir() or path in both else (path,)


def _apart(files: tuple[Path, ...]) -> tuple[Networks, dict[str, str]]:
    found = []
    for file in files:
        with opened(file) as archive:
            found.append(exported(archive, _only_model(archive)))
    return _joined(files[0], *found), {}


def _whole(file: Path) -> tuple[Networks, dict[str, str]]:
    with opened(file) as archive:
        if set(archive.models) == set(_PARTS):
            return _joined(file, *(exported(archive, part) for part in _PARTS)), {}
        found = exported(archive, _only_model(archive))
    if len(found.program.program.graph.outputs) < 2:
        expected = "reconstruction, mean and log-variance"
        raise ImportFault(
            file, "outputs", expected, "one: half of a VAE, or an autoencoder without q(z|x)", _APART
        )
    halves = cut(file, found)
    networks = Networks("", halves.encoder, halves.decoder, halves.latent_shape, found.shape)
    _check_shapes(file, networks)
    return networks, dict(halves.known)


def _only_model(archive: Pt2Archive) -> str:
    if len(archive.models) != 1:
        expected = f"one, or {' and '.join(_PARTS)}"
        raise ImportFault(archive.path, "models", expected, ", ".join(archive.models), _APART)
    return archive.models[0]


def _joined(path: Path, encoder: Exported, decoder: Exported) -> Networks:
    """Encoder and decoder; what an encoder returns of its draws is left out."""
    back, first = decoder.program, encoder.program.program.graph.inputs[0]
    if back.draws:
        raise ImportFault(
            path, "decoder", "no draws", "random numbers", "Have it return the likelihood's parameters."
        )
    heads = [name for name in encoder.program.program.graph.outputs if not _is_drawn(encoder, name)]
    if len(heads) not in (1, 2):
        expected = "mean and log-variance, as two outputs or as one"
        found = f"{len(heads)} outputs, and {len(encoder.program.program.graph.outputs) - len(heads)} that are drawn"
        raise ImportFault(path, "encoder", expected, found, "Have it return mean and log-variance.")
    forward = encoder.program.program.since(first, *heads)
    networks = Networks("", forward, back.program, decoder.shape, encoder.shape)
    _check_shapes(path, networks)
    return networks


def _is_drawn(encoder: Exported, name: str) -> bool:
    program = encoder.program.program
    try:
        program.graph.since(program.graph.inputs[0], name)
    except ValueError:
        return True
    return False


def _check_shapes(path: Path, networks: Networks) -> None:
    """Raises `ImportFault` unless both run on one row and on more, and encode to what can be decoded."""
    assert networks.encoder is not None, "both were read"
    heads = _shapes(path, networks.encoder, networks.input_shape)
    _shapes(path, networks.decoder, networks.latent_shape)
    n = sum(math.prod(shape) for shape in heads)
    if n % 2 or n != 2 * math.prod(networks.latent_shape):
        found = ", ".join(map(str, heads))
        raise ImportFault(
            path, "encoder", f"mean and spread of a code {networks.latent_shape}", found, _APART
        )


def _shapes(path: Path, program: Program, shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    try:
        one, more = program.output_shapes(shape, n=1), program.output_shapes(shape)
    except ValueError as error:
        raise ImportFault(path, "graph", "one that can be computed", error) from error
    if one != more:
        advice = "Export it with a batch of any size: dynamic_shapes={'x': {0: Dim('batch', min=1)}}."
        raise ImportFault(path, "outputs", f"{more} of one row, too", f"{one}", advice)
    return one
