"""Whether what a model computes are the numbers that they are called."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from explorer.findings import Finding, fine, note, wrong
from explorer.importing.check.examined import Examined
from explorer.importing.readings.trial import Tried, mean_codes
from explorer.models.program_vae import ProgramVAE

_N_ROWS = 64
_MUCH_OUTSIDE = 0.05


def value(subject: Examined) -> Iterator[Finding]:
    """The mean ELBO that it is opened with."""
    tried, n = subject.tried, len(subject.tried.elbos)
    if not tried.is_finite:
        advice = "Look whether the weights are whole, and these are the data that it was trained on."
        yield wrong("the ELBO of some examples is no number", advice)
        return
    parts = f"distortion {tried.distortion_nats:.4g}, rate {tried.kl_nats:.4g}"
    yield fine(f"mean ELBO {tried.elbo_nats:.2f} ± {tried.elbo_se:.2f} nats on {n} examples ({parts})")


def conventions(subject: Examined) -> Iterator[Finding]:
    """What its own record, and whoever imported it, say of loss, beta and sigma."""
    for sentence in subject.notes:
        yield note(sentence, "It is told wherever its figures are.")
    if isinstance(subject.tried, Tried) and subject.tried.is_scale_fitted:
        scale = subject.tried.candidate.likelihood["scale"]
        found = f"sigma {scale:.4g} was fitted to these data, and is no part of the model: its ELBO is too high by that"
        yield note(found, "Where you know the sigma of training, say it: --sigma S.")


@torch.no_grad()
def outputs(subject: Examined) -> Iterator[Finding]:
    """Whether the decoder's means lie where the data do, and logits are none that are probabilities already."""
    few = subject.examples.select(torch.arange(min(_N_ROWS, len(subject.examples))))
    x, codes = few.x, mean_codes(subject.model, few)
    mean = subject.model.likelihood(codes).mean
    low, high = float(x.min()), float(x.max())
    span = max(high - low, 1e-6)
    outside = float(((mean < low - 0.5 * span) | (mean > high + 0.5 * span)).float().mean())
    if _returns_probabilities(subject, codes):
        found = "the decoder returns numbers in [0, 1], which are read as logits: a sigmoid is applied twice"
        yield wrong(found, "Read them as probabilities: --reading output=probabilities.")
    elif not bool(torch.isfinite(mean).all()):
        yield wrong("some of the decoder's means are no numbers", "Look whether the weights are whole.")
    elif outside > _MUCH_OUTSIDE:
        found = f"{outside:.0%} of the decoder's means lie far outside the data's {low:.3g} to {high:.3g}"
        yield wrong(
            found, "These may be other units than those of training: rescale the data, or name others."
        )
    else:
        yield fine(
            f"the decoder's means lie in {float(mean.min()):.3g} to {float(mean.max()):.3g}, as the data do"
        )


def _returns_probabilities(subject: Examined, codes: torch.Tensor) -> bool:
    """Whether what is taken for logits are numbers in [0, 1] alone: logits of data would be on both sides of 0."""
    model = getattr(subject.model, "model", subject.model)
    if (
        not isinstance(model, ProgramVAE)
        or not model.head.takes_logits
        or model.reading.output != "parameters"
    ):
        return False
    raw = torch.cat(
        [output.flatten(1) for output in model.decoder(codes.reshape(-1, *model.shapes.latent))], 1
    )
    return bool((raw >= 0).all() and (raw <= 1).all())
