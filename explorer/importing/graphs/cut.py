"""One program of a whole VAE, cut in two where its code is.

    x -> mean, spread ->  z = mean + eps sigma  -> reconstruction        (or z = mean, where nothing is drawn)

z is found in the graph: the first value that the draw has a part in, and without which nothing of x reaches the
reconstruction. What the spread is, is found by trying: eps = 0, 1, 2 give z = mean, mean + sigma, mean + 2 sigma.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor

from explorer.importing.draft import ImportFault
from explorer.models.reading import LOG_SIGMA_OF
from explorer.programs import Program

APART = "Export what encodes and what decodes apart: two files of one folder, called encoder and decoder."
_CLOSE = 1e-4


@dataclass(frozen=True)
class Exported:
    """A graph as a program.

    Attributes:
        program: x, and what is drawn, in; outputs out.
        shape: of one row of x.
        drawn: shapes of one row of each draw, standard normal numbers, by the name of the input.
    """

    program: Program
    shape: tuple[int, ...]
    drawn: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Halves:
    """Encoder and decoder, the shape of a code, and what the cut says of how their outputs are read."""

    encoder: Program
    decoder: Program
    latent_shape: tuple[int, ...]
    known: Mapping[str, str]


def cut(path: Path, found: Exported) -> Halves:
    """The two halves.

    Raises:
        ImportFault: its outputs are no reconstruction, mean and spread, or no value parts it in two.
    """
    try:
        return _Cut(path, found).halves()
    except ImportFault:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, RuntimeError) as error:
        reason = f"{error}".partition("\n")[0]
        raise ImportFault(path, "graph", "one that can be cut where its code is", reason, APART) from error


class _Cut:
    def __init__(self, path: Path, found: Exported):
        self._path, self._found = path, found
        self._program, self._draws = found.program, tuple(found.drawn)
        self._graph = self._program.graph
        self._x = self._graph.inputs[0]
        self._n_rows = min(2, self._graph.most_rows or 2)
        self._needs = self._all_needs()
        # Before anything is computed: sizes that lie cost nothing.
        self._program.output_shapes(found.shape, *(found.drawn[name] for name in self._draws))
        self._values = self._run(0.0)

    def halves(self) -> Halves:
        if len(self._draws) > 1:
            self._refuse("draws", "one, of the code", f"{len(self._draws)}")
        outputs = [name for name in self._graph.outputs if name != self._x]
        reconstruction = self._reconstruction(outputs)
        heads = [n for n in outputs if n != reconstruction and not self._needs[n].intersection(self._draws)]
        z = self._code(reconstruction, heads)
        heads = [n for n in heads if self._is_head(n, z)]
        if len(heads) not in (1, 2):
            found = ", ".join(f"{n} {tuple(self._values[n].shape[1:])}" for n in outputs)
            self._refuse("outputs", "reconstruction, mean and log-variance", found)
        decoder = self._program.since(z, reconstruction)
        encoder = self._program.since(self._x, *heads)
        known = self._known(heads, z) if len(heads) == 2 else {}
        return Halves(encoder, decoder, tuple(self._values[z].shape[1:]), known)

    def _reconstruction(self, outputs: list[str]) -> str:
        """The output that others go into, and that goes into no other."""
        last = [n for n in outputs if not any(n in self._needs[other] for other in outputs if other != n)]
        first = [n for n in last if self._needs[n].intersection(self._draws) or self._stems_from(n, outputs)]
        if len(first) != 1:
            found = f"{len(outputs)} outputs, of which {len(first)} could be the reconstruction"
            self._refuse("outputs", "reconstruction, mean and log-variance", found)
        return first[0]

    def _stems_from(self, name: str, outputs: list[str]) -> bool:
        return any(other in self._needs[name] for other in outputs if other != name)

    def _code(self, reconstruction: str, heads: list[str]) -> str:
        """The value where the graph is cut."""
        for node in self._graph.nodes:
            has_part = self._needs[node.name].intersection(self._draws) if self._draws else node.name in heads
            if node.name != reconstruction and has_part and self._parts(node.name, reconstruction):
                return node.name
        self._refuse("graph", "one value between x and the reconstruction", "none")

    def _parts(self, name: str, reconstruction: str) -> bool:
        value = self._values[name]
        if name not in self._needs[reconstruction] or not isinstance(value, Tensor) or value.ndim < 2:
            return False
        try:
            self._graph.since(name, reconstruction)
        except ValueError:
            return False
        return len(value) == self._n_rows

    def _is_head(self, name: str, z: str) -> bool:
        """Whether it has the size of a code, or twice that."""
        if self._values[name].ndim < 2:
            return False
        n, d = self._values[name][0].numel(), self._values[z][0].numel()
        return n in (d, 2 * d)

    def _known(self, heads: list[str], z: str) -> dict[str, str]:
        """The order of two heads, and what the spread is, where something is drawn."""
        code = self._values[z].flatten(1)
        means = [self._values[n].flatten(1) for n in heads]
        at = next((i for i, mean in enumerate(means) if _are_close(mean, code)), None)
        if at is None:
            self._refuse("outputs", "the mean, at which eps = 0 is z", "another")
        order = {"order": ("mean_first", "spread_first")[at]}
        if not self._draws:
            return order
        sigma = self._run(1.0)[z].flatten(1) - code
        if not _are_close(self._run(2.0)[z].flatten(1) - code, 2 * sigma):
            self._refuse("graph", "z = mean + eps sigma", "another way from eps to z")
        spread = means[1 - at]
        logs = {name: log_sigma(spread) for name, log_sigma in LOG_SIGMA_OF.items()}
        fitting = [name for name, log in logs.items() if _are_close(log.exp(), sigma)]
        if not fitting:
            self._refuse("outputs", "the spread with which z is drawn", "another")
        return order | {"spread": fitting[0]}

    def _run(self, eps: float) -> dict[str, Any]:
        """What every node computes of some rows."""
        generator = torch.Generator().manual_seed(0)
        x = torch.rand(self._n_rows, *self._found.shape, generator=generator)
        draws = [torch.full((self._n_rows, *self._found.drawn[name]), eps) for name in self._draws]
        with torch.no_grad():
            return self._program.values(x, *draws)

    def _all_needs(self) -> dict[str, frozenset[str]]:
        """All that goes into a value, by name, but for the size of the batch."""
        needs = {name: frozenset((name,)) for name in self._graph.inputs}
        for node in self._graph.nodes:
            names = set(node.names()) - self._graph.tensors.keys()
            through = {} if node.operator == "aten.sym_size.int" else names
            needs[node.name] = frozenset((node.name,)).union(*(needs[name] for name in through))
        return needs

    def _refuse(self, key: str, expected: object, found: object) -> NoReturn:
        raise ImportFault(self._path, key, expected, found, APART)


def _are_close(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and bool(((one - other).abs() <= _CLOSE * other.abs().max() + 1e-7).all())
