"""What a source says of a VAE, and what it leaves open: what every make is read into."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from explorer.files import FileFault
from explorer.models.latent_model import DataSpec
from explorer.models.posteriors import PosteriorKind
from explorer.models.priors import PriorKind
from explorer.programs import Program


class ImportFault(FileFault):
    """A source that cannot be read as a VAE: names the file, what was expected, what was found and what to do."""


@dataclass(frozen=True)
class Networks:
    """One way in which the weights of a source may be put together.

    Attributes:
        name: what tells it from the others, in words ("ReLU", "ELU, stride 2 then 1"); empty where there is one.
        encoder: (N, *input_shape) -> one output (N, 2 d, ...) or two; what a kind of posterior wants of it. None where
            there is none.
        decoder: (N, *latent_shape) -> the likelihood's parameters, one output or one for each.
        latent_shape: (d,), or (C, H, W).
        input_shape: of one example as the encoder takes it: (784,), (1, 28, 28), (28, 28, 1).
        reduction: by which the sides of an image (C, H, W) are divided in its code, where the programs take images of
            any size; None where they take one.
    """

    name: str
    encoder: Program | None
    decoder: Program
    latent_shape: tuple[int, ...]
    input_shape: tuple[int, ...]
    reduction: int | None = None

    def takes(self, shape: Sequence[int]) -> bool:
        """Whether examples of a shape can be given to it."""
        if self.reduction is None or len(shape) != 3:
            return math.prod(shape) == math.prod(self.input_shape)
        return shape[0] == self.input_shape[0] and all(side % self.reduction == 0 for side in shape[1:])

    def of_size(self, shape: Sequence[int]) -> Networks:
        """The same for examples of a shape that it takes."""
        if self.reduction is None:
            return self
        sides = (side // self.reduction for side in shape[1:])
        return replace(self, latent_shape=(self.latent_shape[0], *sides), input_shape=tuple(shape))


@dataclass(frozen=True)
class Draft:
    """A VAE as far as its source says.

    Attributes:
        make: a key of `registry.MAKES`.
        source: the name of the file or folder, for people.
        sha256: of its content.
        networks: at least one; more where the source does not say how its weights are put together.
        known: entries of `Reading` that the source says; the others are tried.
        likelihood: as in config.json, as far as it is known: {} where nothing is, {"kind": "gaussian"} without a scale.
        data: what one example is; None where only data can say (their levels, rows and columns).
        prior, posterior: None for the usual ones.
        said: sentences: what the source says of itself that a reader of the figures has to know.
        assumed: sentences: what was assumed, and why.
        trained_on: the name of the data, where the source has it.
    """

    make: str
    source: str
    sha256: str
    networks: tuple[Networks, ...]
    known: Mapping[str, str] = field(default_factory=dict)
    likelihood: Mapping[str, Any] = field(default_factory=dict)
    data: DataSpec | None = None
    prior: PriorKind | None = None
    posterior: PosteriorKind | None = None
    said: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    trained_on: str | None = None
