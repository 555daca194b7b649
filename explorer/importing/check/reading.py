"""What the readings that were tried say of the one that was taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

import torch

from explorer.bounds.engine import Examples
from explorer.bounds.stand_ins import completed
from explorer.findings import Finding, fine, note, wrong
from explorer.importing.check.examined import Examined
from explorer.importing.draft import Draft
from explorer.importing.readings.candidates import Candidate, model_of
from explorer.importing.readings.trial import Figures, is_clearly_better, score
from explorer.importing.readings.widened import Widened, is_diagonal
from explorer.models.reading import CHOICES, Reading

_CHOOSE = (
    "Say how it was made (--reading, --likelihood, --sigma), or import one of the table (import, --choose N)."
)
_SAY_LOSS = (
    "Say of which loss it was trained: binary cross-entropy is --likelihood bernoulli; squared errors are --likelihood "
    "gaussian, with --sigma 0.71 for their sum, 1 for half of it, fitted where their weight beside KL was a guess."
)
_N_EXAMPLES = 64
_WIDTHS = (0.5, 0.7, 1.4, 2.0)


def verdict(subject: Examined) -> Iterator[Finding]:
    """Whether the data tell the readings apart."""
    if subject.trial is None:
        return
    if subject.trial.is_clear:
        yield fine(f"of {subject.trial.n_candidates} tried, {subject.trial.why}")
    else:
        is_of_loss = len({rival.group for rival in subject.trial.rivals}) > 1
        yield wrong(f"ambiguous: {subject.trial.why}", _SAY_LOSS if is_of_loss else _CHOOSE)


def doubts(subject: Examined) -> Iterator[Finding]:
    """What speaks against it whatever its ELBO is."""
    for sentence in subject.tried.doubts:
        yield wrong(sentence, "Look at its reconstructions; it may be read wrongly, or these are other data.")
    if not subject.tried.doubts:
        yield fine(f"reconstruction error {subject.tried.rmse:.3g}, KL {subject.tried.kl_nats:.4g} nats")


@torch.no_grad()
def contradicted(subject: Examined) -> Iterator[Finding]:
    """Whether another reading than the one that its source says would be clearly better."""
    draft, candidate = subject.draft, getattr(subject.tried, "candidate", None)
    if draft is None or candidate is None or not draft.known:
        return
    examples = _few(subject)
    taken = score(subject.model, examples)
    found = [o for o in _others(draft, candidate, examples) if o.is_finite and is_clearly_better(o, taken)]
    if not found:
        yield fine("no other reading than the one that is said is better")
        return
    best = max(found, key=lambda other: other.elbo_nats)
    name, _, _ = best.name.partition("=")
    is_now = f"{name}={getattr(candidate.reading, name)}"
    gain = best.elbo_nats - taken.elbo_nats
    said = (
        f"it is said to be read with {is_now}, and with {best.name} its ELBO would be {gain:.4g} nats higher"
    )
    yield wrong(said, f"Look how it was trained; to have it read so: --reading {best.name}.")


@torch.no_grad()
def width(subject: Examined) -> Iterator[Finding]:
    """Whether q(z|x) is as wide as the ELBO would have it, which a spread that is read wrongly is not."""
    if not is_diagonal(subject.model.posterior(subject.examples.x[:1])):
        return
    examples = _few(subject)
    scored = {w: score(Widened(subject.model, w), examples) for w in (1.0, *_WIDTHS)}
    best = max((w for w in _WIDTHS if scored[w].is_finite), key=lambda w: scored[w].elbo_nats)
    if is_clearly_better(scored[best], scored[1.0]):
        gain = scored[best].elbo_nats - scored[1.0].elbo_nats
        found = f"with q(z|x) {best:g} times as wide the ELBO would be {gain:.3g} nats higher"
        why = "The loss weighed KL otherwise (beta), had another sigma, or the spread is read wrongly"
        yield note(found, f"{why}; where none is so, training had not come to its end.")
    else:
        yield fine("q(z|x) is as wide as the ELBO would have it")


def _few(subject: Examined) -> Examples:
    return subject.examples.select(torch.arange(min(_N_EXAMPLES, len(subject.examples))))


def _others(draft: Draft, taken: Candidate, examples: Examples) -> Iterator[Figures]:
    """Readings that differ in one choice that the source says."""
    for field in fields(Reading):
        before = getattr(taken.reading, field.name)
        for value in CHOICES[field.name] if field.name in draft.known else ():
            other = replace(taken, reading=replace(taken.reading, **{field.name: value}))
            if value != before and (found := _scored(draft, other, examples)) is not None:
                yield replace(found, name=f"{field.name}={value}")


def _scored(draft: Draft, candidate: Candidate, examples: Examples) -> Figures | None:
    try:
        return score(completed(model_of(draft, candidate)), examples)
    except (ValueError, RuntimeError):
        # It does not fit these networks.
        return None
