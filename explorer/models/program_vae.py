"""A VAE of any make: encoder and decoder are programs, and a reading says what their outputs mean.

q(z|x) = posterior(reading(encoder(x))),    p(x|z) = likelihood(reading(decoder(z)))
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from torch import Tensor
from torch.distributions import Distribution

from explorer.likelihoods import Likelihood, LikelihoodHead
from explorer.models.capabilities import Capabilities, CapabilityError
from explorer.models.conventions import check_levels, likelihood_section
from explorer.models.latent_model import DataSpec
from explorer.models.posteriors import POSTERIORS, Diagonal, PosteriorKind
from explorer.models.priors import PRIORS, PriorKind, StandardNormal
from explorer.models.reading import Reading
from explorer.models.stored_model import StoredModel
from explorer.programs import Graph, Program

_SIGMOID = "aten.sigmoid.default"


@dataclass(frozen=True)
class Shapes:
    """What the programs are given, where that is not the example's own shape or a plain code.

    Attributes:
        latent: (d,), or (C, H, W) of a code that is an image.
        input: of one example as the encoder takes it.
    """

    latent: tuple[int, ...]
    input: tuple[int, ...]

    @property
    def latent_dim(self) -> int:
        return math.prod(self.latent)


@dataclass(frozen=True)
class Provenance:
    """Where a model came from, and what was assumed of it that its file does not say.

    Attributes:
        make: a key of the importers' registry.
        source: the name of the file or folder.
        sha256: of its content.
        assumed: sentences that a reader of the figures has to know.
        features: names of the places of x, in order; empty where nobody says.
    """

    make: str = ""
    source: str = ""
    sha256: str = ""
    assumed: tuple[str, ...] = field(default=())
    features: tuple[str, ...] = field(default=())


class ProgramVAE(StoredModel):
    """A VAE of two programs.

    Args:
        data: what one example is.
        likelihood: as in config.json.
        decoder: (N, *shapes.latent) -> the likelihood's parameters.
        encoder: (N, *shapes.input) -> what the posterior is made of; None where there is none.
        shapes: what both are given.
        reading: what their outputs mean.
        prior: p(z); a standard normal if None.
        posterior: how q(z|x) is made of the outputs.
        provenance: told, never used.

    Raises:
        ValueError: the programs do not fit the data, the latent space or each other.
    """

    REQUIRED = ("data", "likelihood", "decoder", "encoder", "latent_shape", "reading")

    def __init__(
        self,
        data: DataSpec,
        likelihood: Mapping[str, Any],
        decoder: Program,
        encoder: Program | None,
        shapes: Shapes,
        reading: Reading,
        prior: PriorKind | None = None,
        posterior: PosteriorKind | None = None,
        provenance: Provenance | None = None,
    ):
        super().__init__()
        self._spec, self._likelihood, self.shapes = data, dict(likelihood), shapes
        self.provenance = provenance or Provenance()
        self.head = LikelihoodHead(n_event_dims=len(data.shape), **self._likelihood)
        self.prior_network = prior or StandardNormal(shapes.latent_dim)
        self.posterior_network = posterior or Diagonal()
        self.decoder, self.reading = _with_logits(decoder, reading)
        self.encoder = encoder
        self._check()

    def _check(self) -> None:
        check_levels(self.head, self._spec)
        if math.prod(self.shapes.input) != math.prod(self._spec.shape):
            raise ValueError(f"the encoder takes {self.shapes.input}, and an example is {self._spec.shape}")
        if self.reading.output == "probabilities" and not self.head.takes_logits:
            raise ValueError(f"a {self.head.kind} likelihood has no logits, of which probabilities could be")
        _check_numbers("the decoder", self.decoder, self.shapes.latent, self._n_decoded)
        if self.encoder is not None:
            # What the posterior makes of them it says itself, on the first examples.
            self.encoder.output_shapes(self.shapes.input)

    @property
    def _n_decoded(self) -> int:
        return self.head.n_parameters * math.prod(self._spec.shape)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ProgramVAE:
        shape = tuple(config["data"]["shape"])
        latent = tuple(config["latent_shape"])
        prior, posterior = (_section(config, name, kind) for name, kind in _PARTS.items())
        encoder = config["encoder"]
        return cls(
            DataSpec(**{**config["data"], "shape": shape}),
            likelihood_section(config),
            Program(Graph.from_config(config["decoder"])),
            None if encoder is None else Program(Graph.from_config(encoder)),
            Shapes(latent, tuple(config.get("input_shape", shape))),
            Reading.from_config(config["reading"]),
            PRIORS[prior["kind"]].from_config(math.prod(latent), prior),
            POSTERIORS[posterior["kind"]].from_config(math.prod(latent), posterior),
            _provenance(config.get("provenance", {})),
        )

    def to_config(self) -> dict[str, Any]:
        return {
            "latent_dim": self.latent_dim,
            "latent_shape": list(self.shapes.latent),
            "input_shape": list(self.shapes.input),
            "data": asdict(self._spec),
            "likelihood": self._likelihood,
            "reading": self.reading.to_config(),
            "prior": {"kind": _kind(PRIORS, self.prior_network), **self.prior_network.to_config()},
            "posterior": {
                "kind": _kind(POSTERIORS, self.posterior_network),
                **self.posterior_network.to_config(),
            },
            "provenance": asdict(self.provenance),
            "encoder": None if self.encoder is None else self.encoder.graph.to_config(),
            "decoder": self.decoder.graph.to_config(),
        }

    @property
    def capabilities(self) -> Capabilities:
        """Whether it has an encoder, and one whose q has a density; its gradients are there."""
        return Capabilities(encoder=self.encoder is not None, density=self.posterior_network.has_density)

    @property
    def latent_dim(self) -> int:
        return self.shapes.latent_dim

    @property
    def data_spec(self) -> DataSpec:
        return self._spec

    def prior(self) -> Distribution:
        """p(z), over R^d."""
        found = self.prior_network(next(self.decoder.parameters()))
        assert isinstance(found, Distribution)
        return found

    def posterior(self, x: Tensor) -> Distribution:
        """q(z|x) for x (N, *shape).

        Raises:
            CapabilityError: there is no encoder.
        """
        if self.encoder is None:
            raise CapabilityError("this model has no encoder")
        outputs = self.encoder(self.reading.as_input(x, self.shapes.input))
        found = self.posterior_network(outputs, self.reading)
        assert isinstance(found, Distribution)
        return found

    def likelihood(self, z: Tensor) -> Likelihood:
        """p(x|z) for z with shape (*K, N, d)."""
        outputs = self.decoder(z.reshape(-1, *self.shapes.latent))
        raw = self.reading.as_parameters(
            outputs, self._spec.shape, self.head.n_parameters, self.head.n_scales
        )
        return self.head(raw.unflatten(0, tuple(z.shape[:-1])))


_PARTS = {"prior": "standard_normal", "posterior": "diagonal"}


def _section(config: Mapping[str, Any], name: str, usual: str) -> Mapping[str, Any]:
    """The prior's or the posterior's entry, of a kind that is known."""
    found = config.get(name, {"kind": usual})
    known = PRIORS if name == "prior" else POSTERIORS
    if not isinstance(found, Mapping) or found.get("kind") not in known:
        raise ValueError(f"{name}: expected a kind, one of {', '.join(known)}; found {found!r:.80}")
    return found


def _kind(known: Mapping[str, type], part: object) -> str:
    return next(name for name, family in known.items() if type(part) is family)


def _provenance(found: Mapping[str, Any]) -> Provenance:
    make, source, sha256 = (str(found.get(name, ""))[:200] for name in ("make", "source", "sha256"))
    assumed, features = (
        tuple(str(line)[:500] for line in found.get(name, ())) for name in ("assumed", "features")
    )
    return Provenance(make, source, sha256, assumed, features)


def _with_logits(decoder: Program, reading: Reading) -> tuple[Program, Reading]:
    """The same without a last sigmoid: it and its inverse lose what float32 cannot tell from 0 or 1."""
    nodes = [decoder.graph.producer(name) for name in decoder.graph.outputs]
    if reading.output != "probabilities" or not all(node and node.operator == _SIGMOID for node in nodes):
        return decoder, reading
    return decoder.returning(*(node.args[0] for node in nodes if node)), replace(reading, output="parameters")


def _check_numbers(name: str, program: Program, shape: Sequence[int], n: int) -> None:
    found = sum(math.prod(size) for size in program.output_shapes(shape))
    if found != n:
        raise ValueError(f"{name} is to return {n:,} numbers an example, and returns {found:,}")
