"""Which reading of a draft the data bear out: each is scored on the same examples with the same noise.

    ELBO = E_q log p(x|z) - KL[q(z|x) || p(z)]        a wrong reading loses nats, and nothing else shows it

All are scored on a few examples, and the best of them on more. Two readings are told apart by the differences of their
ELBOs example by example, whose error is much smaller than that of either. Readings of one likelihood are compared;
between likelihoods an ELBO decides nothing: a density and a probability are in other units, and a scale that was fitted
to these data is better on these data by its making. Where the likelihood is open, it is chosen by whoever knows how the
model was trained.

A loss may have weighed KL by another number than 1 (beta), which makes q wider or narrower: a spread that is read
wrongly may then have the better ELBO. Where another reading of the spread would be as good to a nat, if q were as wide
as its ELBO would have it, it is named; and where that is the usual one, the person is asked.

References: Kingma & Welling 2014, eq. 3; Higgins et al. 2017 (a loss with another weight of KL).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.bounds import proposals
from explorer.bounds.elbo import score_elbo
from explorer.bounds.engine import Examples
from explorer.bounds.noise import Source, Stream, normals
from explorer.bounds.stand_ins import completed
from explorer.datasets import Dataset
from explorer.importing.draft import Draft, ImportFault
from explorer.importing.readings.candidates import (
    Candidate,
    candidates,
    is_fitted,
    model_of,
    names,
    with_scale,
)
from explorer.importing.readings.widened import Widened, is_diagonal
from explorer.models.conventions import check_data, maximum_likelihood_sigma
from explorer.models.fit_data import fitted
from explorer.models.latent_model import LatentModel
from explorer.steps import Step

# How many examples, and how many readings go on from there.
ROUNDS = ((16, 24), (64, 8), (512, 8))
_LEAST_KEPT = 3
_N_DRAWS = 4
_EXAMPLES_PER_BATCH = 128
# What is a clear margin: so many of its own errors, and more than a nat or, of small figures, a hundredth of them.
_ERRORS, _NATS, _SHARE = 3.0, 1.0, 0.01
# Of a dimension; trained VAEs have one to six.
_MUCH_KL_NATS, _NO_KL_NATS = 15.0, 0.01
_LEAST_SIGMA = 1e-3
_N_WIDENED, _WIDTHS = 256, (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8)
_USUAL_SPREAD = "log_variance"


@dataclass(frozen=True, eq=False, kw_only=True)
class Figures:
    """What a model comes to on some examples.

    Attributes:
        name: in words: of a reading, what tells it from the others.
        elbo_nats, elbo_se: mean over the examples, and its standard error.
        kl_nats, distortion_nats: rate and distortion, of which the ELBO is made; means.
        rmse: of the reconstructions of the codes' means, in the data's units.
        elbos: (n,) of each example, nats.
        is_finite: whether all of it is a number.
        doubts: what speaks against it whatever its ELBO, in sentences.
    """

    name: str
    elbo_nats: float
    elbo_se: float
    kl_nats: float
    distortion_nats: float
    rmse: float
    elbos: NDArray[np.float64]
    is_finite: bool = True
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Tried(Figures):
    """A reading and what it comes to.

    Attributes:
        candidate: with its scale, where that was fitted.
        is_scale_fitted: whether its scale was fitted to these examples.
    """

    candidate: Candidate
    is_scale_fitted: bool = False

    @property
    def group(self) -> str:
        """The likelihood whose readings it is compared with."""
        kind = str(self.candidate.likelihood["kind"])
        return f"{kind}, sigma fitted" if self.is_scale_fitted else self.candidate.family


@dataclass(frozen=True)
class Trial:
    """Readings that were tried, on so many examples.

    Attributes:
        tried: by likelihood, the best first.
        n_examples: of the last round.
        n_candidates: how many there were at the beginning.
        winner: the reading that the data bear out; None where that is open.
        rivals: those between which it is open.
        why: the verdict in a sentence.
    """

    tried: tuple[Tried, ...]
    n_examples: int
    n_candidates: int
    winner: Tried | None
    rivals: tuple[Tried, ...]
    why: str

    @property
    def is_clear(self) -> bool:
        return self.winner is not None


def try_readings(draft: Draft, dataset: Dataset, seed: int = 0) -> Iterator[Step[Trial]]:
    """Tries all readings of a draft on data; the last step has the trial.

    Raises:
        ImportFault: there is no reading that fits, or none under which the data have a number.
        DatasetError, ConventionError: the data are none that the model's likelihood is a density of.
    """
    left = [(candidate, is_fitted(candidate)) for candidate in candidates(draft, dataset)]
    n_candidates, said = len(left), names([candidate for candidate, _ in left])
    named = {id(candidate): name for (candidate, _), name in zip(left, said, strict=True)}
    found: list[Tried] = []
    for n, n_kept in ROUNDS:
        scored, few = [], spread_out(dataset, n)
        for done, (candidate, is_of_data) in enumerate(left):
            yield Step(done / len(left), stage=f"{len(left)} readings on {len(few)} examples")
            scored.append((candidate, is_of_data, tried(draft, candidate, few, seed, named[id(candidate)])))
        keep = _kept([t for *_, t in scored], n_kept)
        left = [(candidate, of) for candidate, of, t in scored if t in keep]
        found = keep
        if len(few) < n or (len(left) == 1 and n >= ROUNDS[1][0]):
            break
    if not found:
        expected = "finite numbers under one reading at least"
        advice = "The weights are damaged, or the data are in other units than those of training."
        raise ImportFault(draft.source, "ELBO", expected, f"none under {n_candidates} readings", advice)
    trial = _judged(_in_order(found), n_candidates)
    yield Step(1.0, _if_weighed_otherwise(draft, trial, dataset, seed))


def spread_out(dataset: Dataset, n: int) -> Dataset:
    """So many examples of all of it: a file may be in the order of its labels."""
    rows = np.unique(np.linspace(0, len(dataset) - 1, min(n, len(dataset))).astype(np.int64))
    return dataset.take(rows)


def examples_of(dataset: Dataset, model: LatentModel, seed: int = 0) -> Examples:
    """The data in the model's convention.

    Raises:
        DatasetError, ConventionError: its likelihood is no density of them.
    """
    data = fitted(dataset, model, seed)
    x = torch.from_numpy(data.x(slice(None)))
    check_data(model, x)
    return Examples(x, data.example_ids)


@torch.no_grad()
def tried(draft: Draft, candidate: Candidate, dataset: Dataset, seed: int = 0, name: str = "") -> Tried:
    """One reading, scored; its scale is fitted first where the data are to say it."""
    is_of_data = is_fitted(candidate)
    if is_of_data:
        draft_model = model_of(draft, with_scale(candidate, 1.0))
        candidate = with_scale(candidate, _sigma(draft_model, examples_of(dataset, draft_model, seed), seed))
    model = completed(model_of(draft, candidate))
    examples = examples_of(dataset, model, seed)
    found = score(model, examples, seed, name)
    return Tried(**vars(found), candidate=candidate, is_scale_fitted=is_of_data)


@torch.no_grad()
def score(model: LatentModel, examples: Examples, seed: int = 0, name: str = "") -> Figures:
    """A model's figures on examples in its convention."""
    columns: dict[str, list[NDArray[np.float64]]] = {}
    squares = []
    for rows in torch.arange(len(examples)).split(_EXAMPLES_PER_BATCH):
        batch = examples.select(rows)
        for key, values in score_elbo(model, batch, _N_DRAWS, seed).items():
            columns.setdefault(key, []).append(values)
        mean = model.likelihood(mean_codes(model, batch)).mean
        squares.append((mean - batch.x).double().square().flatten(1).mean(1).numpy())
    elbos, kl, distortion = (
        np.concatenate(columns[key]) for key in ("elbo_analytic_nats", "kl_nats", "distortion_nats")
    )
    of_pixels = np.concatenate(squares)
    is_finite = bool(np.isfinite(elbos).all() and np.isfinite(of_pixels).all())
    # What is not finite is told as such.
    with np.errstate(invalid="ignore", over="ignore"):
        se = float(elbos.std(ddof=1) / math.sqrt(len(elbos))) if len(elbos) > 1 else math.nan
        elbo, rate, lost = (float(values.mean()) for values in (elbos, kl, distortion))
        rmse = float(np.sqrt(of_pixels.mean()))
    found = Figures(
        name=name,
        elbo_nats=elbo,
        elbo_se=se,
        kl_nats=rate,
        distortion_nats=lost,
        rmse=rmse,
        elbos=elbos,
        is_finite=is_finite,
    )
    return replace(found, doubts=tuple(_doubts(found, model.latent_dim, examples)))


def _sigma(model: LatentModel, examples: Examples, seed: int) -> float:
    """The scale under which the data are likeliest given what draws of q are decoded to."""
    model = completed(model)
    sigma = maximum_likelihood_sigma(examples.x, model.likelihood(drawn_codes(model, examples, seed)).mean)
    return max(sigma, _LEAST_SIGMA) if math.isfinite(sigma) else 1.0


def drawn_codes(model: LatentModel, examples: Examples, seed: int = 0) -> torch.Tensor:
    """A draw of each example's q, (N, d), of noise that belongs to the example."""
    q = proposals.encoder(model, examples.x)
    z, _ = q.sample(normals(Source(seed, Stream.DISPLAY), examples.ids, 0, 1, q.n_noise))
    return z[0].to(examples.x.dtype)


def mean_codes(model: LatentModel, examples: Examples) -> torch.Tensor:
    """A code for each example, (N, d): the mean of its q, or a draw where that is not known, as of a flow."""
    try:
        return model.posterior(examples.x).mean
    except NotImplementedError:
        return drawn_codes(model, examples)


def _doubts(found: Figures, latent_dim: int, examples: Examples) -> Iterator[str]:
    """What speaks against a reading, whatever its ELBO is."""
    spread = float((examples.x - examples.x.mean(0)).double().square().mean().sqrt())
    a_dim = found.kl_nats / latent_dim
    if found.rmse >= 0.98 * spread > 0:
        yield f"its reconstructions (error {found.rmse:.3g}) are no nearer than the mean of the data ({spread:.3g})"
    if a_dim > _MUCH_KL_NATS:
        yield f"a KL of {found.kl_nats:.4g} nats, {a_dim:.3g} a dimension, is more than training leaves"
    elif a_dim < _NO_KL_NATS:
        yield f"a KL of {found.kl_nats:.2g} nats: q(z|x) is the prior, and codes say nothing of their examples"


def _kept(found: Sequence[Tried], n: int) -> list[Tried]:
    """The best of each likelihood, of which no two are the same on every example."""
    kept: list[Tried] = []
    groups = dict.fromkeys(t.group for t in found)
    n = max(_LEAST_KEPT, n // max(1, len(groups)))
    for group in groups:
        mine = sorted((t for t in found if t.group == group and t.is_finite), key=lambda t: -t.elbo_nats)
        distinct: list[Tried] = []
        for one in mine:
            # Sorted stably: of those that come to the same, the most usual is first.
            if not any(np.array_equal(one.elbos, other.elbos) for other in distinct[-2:]):
                distinct.append(one)
        kept += distinct[:n]
    return kept


def _in_order(found: Sequence[Tried]) -> list[Tried]:
    groups = list(dict.fromkeys(t.group for t in found))
    return sorted(found, key=lambda t: (groups.index(t.group), -t.elbo_nats))


def is_clearly_better(one: Figures, other: Figures) -> bool:
    """Whether one reading is better than another by more than chance and by more than matters."""
    difference, se = _difference(one, other)
    return difference > max(_ERRORS * se, _matters(one))


def is_as_good(one: Figures, other: Figures) -> bool:
    """Whether two readings differ by less than matters, and that is sure."""
    difference, se = _difference(one, other)
    return abs(difference) + _ERRORS * se <= _matters(one)


def _difference(one: Figures, other: Figures) -> tuple[float, float]:
    """Mean of the differences of two readings' ELBOs, and its error: much smaller than that of either."""
    each = one.elbos - other.elbos
    return float(each.mean()), float(each.std(ddof=1) / math.sqrt(len(each))) if len(each) > 1 else math.inf


def _matters(one: Figures) -> float:
    return min(_NATS, _SHARE * abs(one.elbo_nats))


def _if_weighed_otherwise(draft: Draft, trial: Trial, dataset: Dataset, seed: int) -> Trial:
    """The trial with the spreads that are as good as the winner's if the loss weighed KL by another number than 1."""
    winner = trial.winner
    others = [t for t in trial.tried if winner and _is_of_another_spread(winner, t)]
    if winner is None or not others:
        return trial
    few = spread_out(dataset, _N_WIDENED)
    best = _at_its_best_width(draft, winner, few, seed).elbo_nats
    rivals = [t for t in others if best - _at_its_best_width(draft, t, few, seed).elbo_nats <= _NATS]
    if not rivals:
        return trial
    listed = "; ".join(t.name for t in rivals)
    if any(t.candidate.reading.spread == _USUAL_SPREAD for t in rivals):
        why = f"{winner.name} is the best if the loss weighed KL by 1; with another weight (beta) it may be: {listed}"
        return replace(trial, winner=None, rivals=(winner, *rivals), why=why)
    return replace(trial, why=f"{trial.why}. Had the loss weighed KL otherwise (beta), it might be: {listed}")


def _is_of_another_spread(one: Tried, other: Tried) -> bool:
    """Whether they differ in what the spread is, alone, and one is clearly better."""
    same = replace(other.candidate.reading, spread=one.candidate.reading.spread) == one.candidate.reading
    is_same_net = other.candidate.networks is one.candidate.networks and other.group == one.group
    return other is not one and same and is_same_net and not is_as_good(one, other)


@torch.no_grad()
def _at_its_best_width(draft: Draft, one: Tried, dataset: Dataset, seed: int) -> Figures:
    model = completed(model_of(draft, one.candidate))
    examples = examples_of(dataset, model, seed)
    if not is_diagonal(model.posterior(examples.x[:1])):
        return score(model, examples, seed)
    found = [score(Widened(model, width), examples, seed) for width in _WIDTHS]
    return max((f for f in found if f.is_finite), key=lambda f: f.elbo_nats, default=found[0])


def _judged(found: Sequence[Tried], n_candidates: int) -> Trial:
    groups = {t.group: [o for o in found if o.group == t.group] for t in found}
    close = {
        name: [
            mine[0],
            *(t for t in mine[1:] if not (is_clearly_better(mine[0], t) or is_as_good(mine[0], t))),
        ]
        for name, mine in groups.items()
    }
    n = len(found[0].elbos)
    winner, rivals, why = _verdict(close, n)
    if winner is not None:
        as_good = [t.name for t in groups[winner.group][1:] if is_as_good(winner, t)]
        why += (
            f"; {', or '.join(as_good)}, comes to the same within {_matters(winner):.2g} nats"
            if as_good
            else ""
        )
    return Trial(tuple(found), n, n_candidates, winner, rivals, why)


def _verdict(close: dict[str, list[Tried]], n: int) -> tuple[Tried | None, tuple[Tried, ...], str]:
    """The winner, its rivals and a sentence, of the best of each likelihood with what is not clearly worse."""
    # What no ELBO decides, doubts may: they speak against a likelihood whatever its ELBO is.
    close = {name: mine for name, mine in close.items() if not mine[0].doubts} or close
    firsts = [mine[0] for mine in close.values()]
    if len(firsts) > 1:
        listed = "; ".join(t.name for t in firsts)
        said = f"the likelihood is open, and no ELBO decides it. The best of each: {listed}. Say how it was trained"
        return None, tuple(firsts), said
    (mine,) = close.values()
    if len(mine) > 1:
        return None, tuple(mine), f"{n} examples do not tell apart: {'; '.join(t.name for t in mine)}"
    return mine[0], (), f"clear: {mine[0].name}"
