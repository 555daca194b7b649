"""When is a loss a likelihood? The conventions that a figure in nats stands on, checked, explained or converted.

    log p(x|z) is a density of x in its own units, summed over the D elements, and the ELBO weighs KL by 1.

What breaks this, and what is done about it:

- A squared error is a Gaussian's log p once sigma is known. With a loss  R + beta KL  and R the sum of squared errors,
  sigma^2 = beta/2; with R their mean over D elements, sigma^2 = beta D/2. This conversion is exact, and the constant
  -(D/2) log(2 pi sigma^2) is what the loss left out.
- beta on a likelihood that is normalised already (cross-entropy, a sigma of its own) is another objective, not another
  model: bounds are those of p(x|z) p(z), with KL weighed by 1.
- Rescaled data: log p of s x is log p of x minus D log s. Values in 0..255 where [0, 1] is expected are recognised.
- A Bernoulli likelihood is a probability of 0/1 values only, and one of counts of whole numbers.
- A decoder of cells gives shares, which are multiplied by a library size that is read off x itself: such figures are
  log p(x | l(x)), and as l is a function of x, the probabilities of all x do not sum to one.
- BatchNorm and dropout in training mode make log p(x|z) depend on the batch, or on chance.

References: Kingma & Welling 2014; Higgins et al. 2017 (beta); Rybkin et al. 2021, section 3 (sigma of a squared error);
Loaiza-Ganem & Cunningham 2019 (Bernoulli on grey values); Theis et al. 2016 (bits/dim).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from explorer.likelihoods import Likelihood, LikelihoodHead
from explorer.models.latent_model import DataSpec, LatentModel

REDUCTIONS = ("sum", "mean")
_MOST_OF_A_BYTE = 255.0


class ConventionError(ValueError):
    """A model or data for which log p(x) would not be what it is called: says what was found and what to do."""


def sigma_of_loss(reduction: str, beta: float, n_elements: int) -> float:
    """The standard deviation at which a Gaussian's ELBO is a squared-error loss R + beta KL, up to a constant.

    Args:
        reduction: "sum" or "mean" of the squared errors over the elements of one example.
        beta: the weight of KL in that loss, positive.
        n_elements: D.
    """
    if reduction not in REDUCTIONS:
        raise ConventionError(f"reduction must be one of {', '.join(REDUCTIONS)}; found {reduction!r}")
    if not (isinstance(beta, int | float) and 0 < beta < math.inf):
        raise ConventionError(f"beta must be a positive number, found {beta!r}")
    return math.sqrt(beta / 2 * (n_elements if reduction == "mean" else 1))


def maximum_likelihood_sigma(x: Tensor, reconstruction: Tensor) -> float:
    """The sigma under which data are likeliest given their reconstructions: the root of the mean squared error."""
    return float(((x - reconstruction).double() ** 2).mean().sqrt())


def rescaled_nats(log_px_nats: float, n_elements: int, factor: float) -> float:
    """log p of data that were multiplied by `factor`, from log p in the old units."""
    return log_px_nats - n_elements * math.log(factor)


def likelihood_section(config: Mapping[str, Any]) -> dict[str, Any]:
    """The likelihood of a `config.json`, with sigma from the loss where only that is known.

    Raises:
        ConventionError: it has neither a scale nor a loss that gives one.
    """
    section = dict(config["likelihood"])
    if section.get("kind") in ("mse", "l2", "squared_error"):
        section["kind"] = "gaussian"
    if section.get("kind") != "gaussian" or section.get("scale") is not None:
        return section
    objective = config.get("objective")
    if not isinstance(objective, Mapping):
        raise ConventionError(
            "a squared error is no likelihood until a sigma is given: set likelihood.scale, or say how the loss was "
            'made: "objective": {"reduction": "sum" or "mean" over an example\'s elements, "beta": weight of KL}'
        )
    n_elements = math.prod(config["data"]["shape"])
    return section | {
        "scale": sigma_of_loss(str(objective.get("reduction")), objective.get("beta", 1.0), n_elements)
    }


def notes(config: Mapping[str, Any]) -> list[str]:
    """What a reader of the figures has to know of a checkpoint's conventions, in sentences."""
    provenance = config.get("provenance")
    assumed = provenance.get("assumed", ()) if isinstance(provenance, Mapping) else ()
    return [
        *_notes_on_library(config["likelihood"]),
        *map(str, assumed),
        *_notes_on_objective(config),
    ]


def _notes_on_library(likelihood: Mapping[str, Any]) -> list[str]:
    typical = likelihood.get("typical_library")
    if typical is None:
        return []
    return [
        "The decoder gives each gene's share of the counts, and p(x|z) multiplies it by the library size of x, the sum "
        "of its counts: log p(x) is conditional on library size, log p(x | l(x)), and is compared with that of models "
        f"of the same convention only. Decoded means without an example are of a library of {typical:,.0f}."
    ]


def _notes_on_objective(config: Mapping[str, Any]) -> list[str]:
    objective = config.get("objective")
    if not isinstance(objective, Mapping):
        return []
    likelihood, beta = config["likelihood"], objective.get("beta", 1.0)
    if likelihood_section(config).get("kind") == "gaussian" and likelihood.get("scale") is None:
        sigma = likelihood_section(config)["scale"]
        n_elements = math.prod(config["data"]["shape"])
        constant = -n_elements / 2 * math.log(2 * math.pi * sigma**2)
        return [
            f"The loss (squared errors by {objective.get('reduction')}, beta {beta:g}) is a Gaussian's with sigma "
            f"{sigma:.4g}; log p(x|z) includes the constant {constant:.4f} nats that it left out."
        ]
    if beta != 1:
        return [
            f"Trained with beta = {beta:g}. Bounds are those of the model p(x|z) p(z), with KL weighed by 1: "
            f"the training objective differs from this ELBO by {beta - 1:g} KL."
        ]
    return []


def check_levels(head: LikelihoodHead, data: DataSpec) -> None:
    """A likelihood of levels is one of the data's own levels; 0 and 1 are the only ones of a Bernoulli, and counts have
    none.

    Raises:
        ConventionError: the data have others.
    """
    if head.data_levels is not None and data.n_levels != head.data_levels:
        raise ConventionError(
            f"a {head.kind} likelihood needs data of {head.data_levels} levels, found {data.n_levels}"
        )
    if head.takes_counts and data.n_levels is not None:
        raise ConventionError(
            f"a {head.kind} likelihood needs counts (n_levels null), found {data.n_levels} levels"
        )


def check_model(model: LatentModel) -> None:
    """Raises `ConventionError` where a layer is in training mode and p(x|z) would depend on the batch or on chance."""
    if not isinstance(model, nn.Module):
        return
    for name, layer in model.named_modules():
        changes = isinstance(layer, nn.modules.batchnorm._BatchNorm | nn.modules.dropout._DropoutNd)
        if changes and layer.training:
            raise ConventionError(
                f"layer {name} ({type(layer).__name__}) is in training mode: log p(x|z) would depend on the batch or "
                "on chance. Call model.eval() first."
            )


def check_data(model: LatentModel, x: Tensor) -> None:
    """Raises `ConventionError` unless the likelihood is a density of x (N, *shape); NaN is left to fail by example."""
    likelihood = any_likelihood(model)
    known = x[torch.isfinite(x)]
    if not len(known):
        return
    low, high = float(known.min()), float(known.max())
    least, most = likelihood.value_range
    if least <= low and high <= most:
        if likelihood.data_levels == 2 and not bool(((known == 0) | (known == 1)).all()):
            raise ConventionError(
                "a Bernoulli likelihood is a probability of 0/1 values, and these lie in between. Binarise them "
                "(explorer.datasets.binarise), or use a likelihood of levels or a continuous Bernoulli."
            )
        if likelihood.takes_counts and not bool((known == known.round()).all()):
            broken = float(known[known != known.round()][0])
            raise ConventionError(
                f"a likelihood of counts is a probability of whole numbers, found {broken:g}. Give the counts as they "
                "were measured, neither normalised nor on a log scale."
            )
        return
    advice = "Rescale them as they were for training."
    if (least, most) == (0.0, 1.0) and low >= 0 and 1 < high <= _MOST_OF_A_BYTE:
        n_elements = math.prod(x.shape[1:])
        advice = (
            "They look like bytes: divide by 255. A density of the bytes themselves would be "
            f"{n_elements} log 255 = {n_elements * math.log(255):.1f} nats lower."
        )
    raise ConventionError(f"values must lie in [{least:g}, {most:g}], found {low:g} to {high:g}. {advice}")


def any_likelihood(model: LatentModel) -> Likelihood:
    """p(x|z) at the prior's mean, (1, *shape): of the kind of all of them."""
    with torch.no_grad():
        return model.likelihood(model.prior().mean[None])
