"""The ways in which a draft may be read: every choice that its source leaves open, as far as it fits the data.

    candidates = networks x order x spread x output x layout x likelihood x scale

What the source says is not tried otherwise. Choices that come to the same are left out where that is known beforehand
(one channel has no layout), and by their scores elsewhere.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.datasets import Dataset
from explorer.importing.draft import Draft, ImportFault, Networks
from explorer.likelihoods.head import LIKELIHOODS
from explorer.models.latent_model import DataSpec
from explorer.models.posteriors import Diagonal
from explorer.models.program_vae import ProgramVAE, Provenance, Shapes
from explorer.models.reading import CHOICES, LAYOUTS, ORDERS, OUTPUTS, SPREADS, Reading

# A scale that the data are to say: the standard deviation under which they are likeliest.
FITTED = "fitted"
# At which a Gaussian's log p is half the sum of squares, as many programs write it.
_UNIT = 1.0
_WORDS = {"output": {"parameters": "logits"}, "spread": {}, "order": {}, "layout": {}}
MOST_CANDIDATES = 5000


@dataclass(frozen=True)
class Candidate:
    """One way to read a draft.

    Attributes:
        networks: one of the draft's.
        reading: what their outputs mean.
        likelihood: as in config.json; its scale may be `FITTED`.
        data: what one example is.
    """

    networks: Networks
    reading: Reading
    likelihood: Mapping[str, Any]
    data: DataSpec

    @property
    def family(self) -> str:
        """The likelihood in words. ELBOs of two families are not of one unit, or not of one question."""
        scale = self.likelihood.get("scale")
        kind = str(self.likelihood["kind"]).replace("_", " ")
        if scale is None:
            return kind
        return f"{kind}, sigma {scale:.4g}" if isinstance(scale, float | int) else f"{kind}, sigma {scale}"

    def choices(self) -> dict[str, str]:
        """What was chosen, in words, a choice each; only those that mean something here."""
        found = {"networks": self.networks.name}
        for name in CHOICES:
            value = getattr(self.reading, name)
            found[name] = str(_WORDS.get(name, {}).get(value, value)).replace("_", " ")
        if not LIKELIHOODS[self.likelihood["kind"]].takes_logits:
            found.pop("output")
        if self.likelihood.get("scale") != "per_element":
            found.pop("output_spread")
        return {**found, "likelihood": self.family}


def names(candidates: Sequence[Candidate]) -> list[str]:
    """A name for each, of the choices in which they differ; "as its source says" where there is one."""
    chosen = [candidate.choices() for candidate in candidates]
    keys = ("networks", *CHOICES, "likelihood")
    differing = [key for key in keys if len({c.get(key) for c in chosen}) > 1]
    said = [", ".join(filter(None, (c.get(key, "") for key in differing))) for c in chosen]
    return [text or "as its source says" for text in said]


def model_of(draft: Draft, candidate: Candidate, assumed: Sequence[str] = ()) -> ProgramVAE:
    """The draft as a model, in eval mode.

    Raises:
        ValueError: the candidate does not fit the draft's networks.
    """
    networks = candidate.networks
    provenance = Provenance(draft.make, draft.source, draft.sha256, (*draft.assumed, *assumed))
    return (
        ProgramVAE(
            candidate.data,
            candidate.likelihood,
            networks.decoder,
            networks.encoder,
            Shapes(networks.latent_shape, networks.input_shape),
            candidate.reading,
            draft.prior,
            draft.posterior,
            provenance,
        )
        .eval()
        .requires_grad_(False)
    )


def spec_of(draft: Draft, dataset: Dataset) -> DataSpec:
    """What one example of these data is to this model.

    Raises:
        ImportFault: it takes examples of another size.
    """
    shape, networks = dataset.shape, draft.networks[0]
    fits = networks.takes(shape) if draft.data is None else math.prod(shape) == math.prod(draft.data.shape)
    if not fits:
        expected = networks.input_shape if draft.data is None else draft.data.shape
        advice = "Name the data that it was trained on, or change their size: --data NAME:resized-HxW."
        if networks.reduction is not None:
            advice += f" Any H and W will do that are multiples of {networks.reduction}."
        raise ImportFault(
            draft.source, "data", f"examples of {expected}", f"{dataset.name} of {shape}", advice
        )
    return DataSpec(shape, dataset.kind, dataset.n_levels)


def candidates(draft: Draft, dataset: Dataset | None = None) -> tuple[Candidate, ...]:
    """All ways to read a draft, the most usual first.

    Args:
        draft: with what its source, and whoever imports it, says.
        dataset: which says what one example is, and what values it has; without it the draft has to.

    Raises:
        ImportFault: there is none: it is no VAE, or not of these data.
    """
    if dataset is None and draft.data is None:
        advice = "Name the data that it was trained on: --data NAME."
        raise ImportFault(draft.source, "data", "what one example is", "nothing that says it", advice)
    spec = spec_of(draft, dataset) if dataset is not None else draft.data
    assert spec is not None, "one of both says it"
    found, why = [], ""
    for candidate in itertools.islice(_all(draft, spec, _is_unit(dataset)), MOST_CANDIDATES):
        try:
            _built(draft, candidate)
        except ValueError as error:
            why = why or str(error)
        else:
            found.append(candidate)
    if not found:
        expected = "networks that are a VAE of these data"
        advice = "Look whether these are the data that it was trained on."
        raise ImportFault(draft.source, "networks", expected, why or "none", advice)
    return tuple(found)


def with_scale(candidate: Candidate, scale: float) -> Candidate:
    """The candidate with a scale that was fitted."""
    return replace(candidate, likelihood={**candidate.likelihood, "scale": scale})


def is_fitted(candidate: Candidate) -> bool:
    """Whether its scale is one that the data are to say."""
    return candidate.likelihood.get("scale") == FITTED


def _built(draft: Draft, candidate: Candidate) -> None:
    model_of(draft, with_scale(candidate, _UNIT) if is_fitted(candidate) else candidate)


def _all(draft: Draft, spec: DataSpec, is_unit: bool) -> Iterator[Candidate]:
    for networks in (networks.of_size(spec.shape) for networks in draft.networks):
        n_blocks = _n_blocks(draft, networks, spec)
        for likelihood in _likelihoods(draft, spec, n_blocks, is_unit):
            of_kind = _of_kind(likelihood, spec)
            for reading in _readings(draft, networks, spec, likelihood):
                yield Candidate(networks, reading, likelihood, of_kind)


def _n_blocks(draft: Draft, networks: Networks, spec: DataSpec) -> int:
    """How many numbers an element of x the decoder returns."""
    n = sum(map(math.prod, networks.decoder.output_shapes(networks.latent_shape)))
    n_elements = math.prod(spec.shape)
    if n % n_elements:
        expected = f"a multiple of the {n_elements:,} numbers of an example"
        advice = "Name the data that it was trained on."
        raise ImportFault(draft.source, "decoder", expected, f"{n:,}", advice)
    return n // n_elements


def _likelihoods(draft: Draft, spec: DataSpec, n_blocks: int, is_unit: bool) -> Iterator[dict[str, Any]]:
    """What p(x|z) may be, as far as the source leaves it open."""
    said = dict(draft.likelihood)
    kinds = [said["kind"]] if "kind" in said else _kinds(spec, n_blocks, is_unit)
    for kind in kinds:
        section = {**said, "kind": kind}
        family = LIKELIHOODS.get(kind)
        if family is None:
            raise ImportFault(draft.source, "likelihood", f"one of {', '.join(LIKELIHOODS)}", kind)
        if family.has_levels and section.get("n_levels") is None:
            section["n_levels"] = spec.n_levels
        if not family.has_scale or section.get("scale") is not None:
            yield section
        elif n_blocks > 1:
            yield {**section, "scale": "per_element"}
        elif kind == "gaussian":
            yield {**section, "scale": FITTED}
            yield {**section, "scale": _UNIT}
        else:
            advice = "Say it: --sigma S."
            raise ImportFault(draft.source, "likelihood.scale", "a number", "nothing that says it", advice)


def _kinds(spec: DataSpec, n_blocks: int, is_unit: bool) -> tuple[str, ...]:
    """Kinds that the data allow, where nobody says which it is."""
    if n_blocks > 1 or not (is_unit or spec.n_levels):
        return ("gaussian",)
    return ("bernoulli",) if spec.n_levels == 2 else ("bernoulli", "gaussian", "continuous_bernoulli")


def _of_kind(likelihood: Mapping[str, Any], spec: DataSpec) -> DataSpec:
    """The data as this likelihood has them: a Bernoulli is a probability of 0 and 1 alone, which greys are drawn to."""
    is_grey = spec.n_levels != 2 and LIKELIHOODS[likelihood["kind"]].data_levels == 2
    return replace(spec, n_levels=2, binarise=True) if is_grey else spec


def _is_unit(dataset: Dataset | None) -> bool:
    """Whether real values lie in [0, 1]."""
    if dataset is None or dataset.n_levels is not None:
        return False
    x = dataset.x(slice(None))
    return bool(np.isfinite(x).all() and x.min(initial=0) >= 0 and x.max(initial=0) <= 1)


def _readings(
    draft: Draft, networks: Networks, spec: DataSpec, likelihood: Mapping[str, Any]
) -> Iterator[Reading]:
    open_choices = {
        "layout": _layouts(networks, spec, likelihood),
        "output": OUTPUTS if LIKELIHOODS[likelihood["kind"]].takes_logits else OUTPUTS[:1],
        "order": _orders(draft, networks),
        "spread": _spreads(draft, networks),
        "output_spread": SPREADS if likelihood.get("scale") == "per_element" else (),
    }
    usual = Reading()
    chosen = {
        name: (draft.known[name],) if name in draft.known else found or (getattr(usual, name),)
        for name, found in open_choices.items()
    }
    for values in itertools.product(*chosen.values()):
        yield Reading(**dict(zip(chosen, values, strict=True)))


def _orders(draft: Draft, networks: Networks) -> tuple[str, ...]:
    outputs = _head(draft, networks)
    # The halves of one output stand in a row or by turns.
    return () if not outputs else ORDERS if len(outputs) == 1 else ORDERS[:2]


def _spreads(draft: Draft, networks: Networks) -> tuple[str, ...]:
    return SPREADS if _head(draft, networks) else ()


def _head(draft: Draft, networks: Networks) -> tuple[tuple[int, ...], ...]:
    """Shapes of the encoder's outputs, where they are a mean and a spread; else ().

    Raises:
        ImportFault: it is a plain autoencoder's, or none of a mean and a spread.
    """
    if networks.encoder is None or not isinstance(draft.posterior, Diagonal | None):
        return ()
    shapes = networks.encoder.output_shapes(networks.input_shape)
    n, d = sum(map(math.prod, shapes)), math.prod(networks.latent_shape)
    if n == d:
        expected, found = (
            "a mean and a spread of the code",
            f"{n:,} numbers for {d:,} dimensions: a code alone",
        )
        advice = "This is an autoencoder and no VAE: there is no q(z|x), so no ELBO and no log p(x)."
        raise ImportFault(draft.source, "encoder", expected, found, advice)
    if n != 2 * d:
        expected = f"2 x {d:,} numbers, a mean and a spread"
        raise ImportFault(draft.source, "encoder", expected, f"{n:,} numbers", "Look at its last layer.")
    return shapes


def _layouts(networks: Networks, spec: DataSpec, likelihood: Mapping[str, Any]) -> tuple[str, ...]:
    """Where channels may stand, as far as shapes leave it open."""
    if len(spec.shape) != 3:
        return ()
    channels, *size = spec.shape
    n_blocks = 2 if likelihood.get("scale") == "per_element" else 1
    if channels * n_blocks == 1:
        return ()
    shapes = {
        "channels_first": (channels, *size),
        "channels_last": (*size, channels),
    }
    taken = networks.input_shape
    fits = [name for name in LAYOUTS if len(taken) != 3 or taken == shapes[name]]
    return tuple(fits) or LAYOUTS
