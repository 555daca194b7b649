"""Two graphs, or one of a whole VAE, as the networks of a draft."""

from __future__ import annotations

import math
from pathlib import Path

from explorer.importing.draft import ImportFault, Networks
from explorer.importing.graphs.cut import APART, Exported, cut
from explorer.programs import Program


def whole(path: Path, found: Exported) -> tuple[Networks, dict[str, str]]:
    """The halves of a VAE, and what its graph says of how they are read.

    Raises:
        ImportFault: it is none that can be cut in two.
    """
    if len(found.program.graph.outputs) < 2:
        expected = "reconstruction, mean and log-variance"
        raise ImportFault(
            path, "outputs", expected, "one: half of a VAE, or an autoencoder without q(z|x)", APART
        )
    halves = cut(path, found)
    networks = Networks("", halves.encoder, halves.decoder, halves.latent_shape, found.shape)
    _check_shapes(path, networks)
    return networks, dict(halves.known)


def joined(path: Path, encoder: Exported, decoder: Exported) -> Networks:
    """Encoder and decoder; what an encoder returns of its draws is left out."""
    first = encoder.program.graph.inputs[0]
    if decoder.drawn:
        raise ImportFault(
            path, "decoder", "no draws", "random numbers", "Have it return the likelihood's parameters."
        )
    heads = [name for name in encoder.program.graph.outputs if not _is_drawn(encoder, name)]
    if len(heads) not in (1, 2):
        expected = "mean and log-variance, as two outputs or as one"
        found = f"{len(heads)} outputs, and {len(encoder.program.graph.outputs) - len(heads)} that are drawn"
        raise ImportFault(path, "encoder", expected, found, "Have it return mean and log-variance.")
    forward = encoder.program.since(first, *heads)
    networks = Networks("", forward, decoder.program, decoder.shape, encoder.shape)
    _check_shapes(path, networks)
    return networks


def _is_drawn(encoder: Exported, name: str) -> bool:
    program = encoder.program
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
        raise ImportFault(path, "encoder", f"mean and spread of a code {networks.latent_shape}", found, APART)


def _shapes(path: Path, program: Program, shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    try:
        one, more = program.output_shapes(shape, n=1), program.output_shapes(shape)
    except ValueError as error:
        raise ImportFault(path, "graph", "one that can be computed", error) from error
    if one != more:
        advice = "Export it with a batch of any size."
        raise ImportFault(path, "outputs", f"{more} of one row, too", f"{one}", advice)
    return one
