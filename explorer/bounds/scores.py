"""One row of figures an example: the ELBO, log p(x) that can be trusted, the gap between them, and how each was got.

    gap = log p(x) - ELBO = KL[q(z|x) || p(z|x)],     SE^2 = SE(log p)^2 + SE(ELBO)^2

The two come from independent draws, so that the gap of a tight bound may come out below zero by its error.

References: Kingma & Welling 2014, eq. 1; see `elbo` and `ladder` for the two sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from explorer.bounds import ladder
from explorer.bounds.decisions import LadderSettings, Reason
from explorer.bounds.elbo import Columns, columns, draws
from explorer.bounds.engine import Examples
from explorer.bounds.ladder import LadderResult
from explorer.bounds.pareto import Reliability, reliability
from explorer.bounds.proposals import modes
from explorer.models.conventions import check_data, check_model
from explorer.models.latent_model import LatentModel
from explorer.steps import Report, counted

# Examples at once: with 64 draws each they fill a chunk of the engine.
EXAMPLES_PER_BATCH = 32


@dataclass(frozen=True)
class ScoreSettings:
    """What fixes a score, together with the weights and the data.

    Attributes:
        n_samples: K draws from the encoder's q, at least 1: of the ELBO and of the papers' protocol.
        seed: of all draws.
        ladder: how log p(x) is estimated.
    """

    n_samples: int = 512
    seed: int = 0
    ladder: LadderSettings = field(default_factory=LadderSettings)

    def __post_init__(self) -> None:
        if self.n_samples < 1:
            raise ValueError(f"the number of samples K must be at least 1, found {self.n_samples}")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"the seed must lie in 0..2^63 - 1, found {self.seed}")


def scorer(model: LatentModel, settings: ScoreSettings = ScoreSettings()) -> Callable[[Examples], Columns]:
    """What scores a batch of examples, of which there may be `EXAMPLES_PER_BATCH` at once; returns their columns.

    Every value depends on the weights, the example, its id and the settings; on the batch that it came in, by the
    rounding of float32 only.

    Raises:
        ConventionError: log p(x) of the model, or of the examples that it is given, would not be what it is called.
    """
    check_model(model)
    survey = modes.survey(model)

    def columns_of(batch: Examples) -> Columns:
        check_data(model, batch.x)
        drawn = draws(model, batch, settings.n_samples, settings.seed)
        found = ladder.climb(model, batch, drawn.weights, settings.seed, settings.ladder, survey)
        return _with_log_px(columns(model, batch, drawn), found)

    return columns_of


def score(
    model: LatentModel, examples: Examples, settings: ScoreSettings = ScoreSettings()
) -> Iterator[Columns]:
    """Scores examples in batches; yields the columns of each batch, in order. See `scorer`.

    Raises:
        ConventionError: log p(x) of these data would not be what it is called.
    """
    columns_of = scorer(model, settings)
    check_data(model, examples.x)
    for start in range(0, len(examples), EXAMPLES_PER_BATCH):
        rows = slice(start, start + EXAMPLES_PER_BATCH)
        yield columns_of(Examples(examples.x[rows], examples.ids[rows]))


def score_all(
    model: LatentModel,
    examples: Examples,
    settings: ScoreSettings = ScoreSettings(),
    report: Report[Columns] = lambda step: None,
) -> Columns:
    """The columns of all examples, (N,) each: `score` for those who want no batches.

    Args:
        model: as `score` takes it.
        examples: N of them.
        settings: draws, seed, target.
        report: told after each batch how many examples are done; an exception that it raises stops the work.

    Raises:
        ConventionError: log p(x) of these data would not be what it is called.
    """
    batches = []
    for batch in score(model, examples, settings):
        batches.append(batch)
        report(counted("scores", n_rows(batches), len(examples)))
    return concatenated(batches)


def concatenated(batches: Sequence[Columns]) -> Columns:
    """Batches of the same columns as one; none has no columns."""
    return {name: np.concatenate([b[name] for b in batches]) for name in batches[0]} if batches else {}


def n_rows(batches: Sequence[Columns]) -> int:
    """How many examples the batches have in all."""
    return sum(len(next(iter(batch.values()))) for batch in batches)


def _with_log_px(lower: Columns, found: LadderResult) -> Columns:
    """The columns of the ELBO and those of log p(x), and their difference."""
    e = found.estimates
    n_samples = e.n_samples.numpy().astype(np.int64)
    trust = np.array(_trust(found, n_samples))
    log_px, log_px_se = e.log_px_nats.numpy(), _known(e.log_px_se, trust)
    return lower | {
        "log_px_nats": log_px,
        "log_px_se": log_px_se,
        "log_px_low_nats": _known(e.log_px_low_nats, trust),
        "log_px_high_nats": _known(e.log_px_high_nats, trust),
        "gap_nats": log_px - lower["elbo_nats"],
        "gap_se": np.hypot(log_px_se, lower["elbo_se"]),
        "ess": e.ess.numpy(),
        "pareto_k": e.pareto_k.numpy(),
        "n_samples": n_samples,
        "n_spent": found.n_spent.numpy().astype(np.int64),
        "proposal": np.array(found.stage),
        "reason": np.array([str(r) for r in found.reason]),
        "trust": trust,
    }


def _known(error: Tensor, trust: np.ndarray) -> np.ndarray:
    """An error, or an end of the interval, (N,); NaN where the estimate is not trusted: it is then not known."""
    return np.where(trust != Reliability.UNRELIABLE, error.numpy(), np.nan)


def _trust(found: LadderResult, n_samples: np.ndarray) -> list[str]:
    """`Reliability` by Pareto k, and none where something else speaks against the estimate."""
    shapes = found.estimates.pareto_k.tolist()
    return [
        str(reliability(k, int(n)) if doubt is Reason.NONE else Reliability.UNRELIABLE)
        for k, n, doubt in zip(shapes, n_samples, found.doubt, strict=True)
    ]
