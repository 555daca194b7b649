"""How far this model's own estimates of log p(x) can be trusted, on data simulated from the model.

With the exact draw z_1 of p(z|x) that a simulated x comes with (see `simulation`), importance sampling from any q that
was fitted to x alone gives a U_K with log p(x) <= E U_K (see `references`). So U_K - L, L the estimate that users get,
bounds the estimate's mean error from above, whatever q is: where q misses a mode, z_1 lies in it as often as it
matters, and U_K says so. The many-step form, annealed importance sampling forward and backward from the Laplace
Gaussian (`bdmc`), is measured on fewer examples. Coverage and errors are against a long run whose proposal knows z_1
too.

What this shows is the error on data that look like the model's own samples. Real data may lie where the model puts
little mass, where encoder and posterior agree less; a loose calibration is therefore bad news for real data, a good one
no proof. What it can prove is that likelihood, weights and intervals are right on this very decoder.

References: Grosse et al. 2015 (sandwich on simulated data); Cremer et al. 2018; Agresti & Coull 1998 (a share's error).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from explorer.bounds.elbo import Columns
from explorer.bounds.pareto import Reliability
from explorer.bounds.proposals import modes
from explorer.bounds.references import annealed_gap, references
from explorer.bounds.scores import EXAMPLES_PER_BATCH, ScoreSettings, concatenated, n_rows, score
from explorer.bounds.simulation import simulate
from explorer.models.capabilities import require_fits
from explorer.models.latent_model import LatentModel
from explorer.steps import Step, counted

# A mean gap of a tenth of a nat is below what tells models apart; an error beyond a third of it tells nothing.
TIGHT_NATS = 0.1
ERRORS_ALLOWED = 3.0
# Of intervals that claim 95%.
LEAST_COVERAGE = 0.90
# An estimate that is further below the reference than this has missed a part of the posterior.
MISSED_NATS = 0.5
# The reference's error beside that of what it judges: a third takes 1.3% off the coverage of an exact interval.
SHARE_OF_ERROR = 1 / 3
_ANNEALED_PER_BATCH = 4


@dataclass(frozen=True)
class CalibrationSettings:
    """What fixes a calibration, together with the weights.

    Attributes:
        n_examples: simulated, at least 2.
        n_annealed: the first so many of them are annealed as well; 0 leaves that out.
        seed: of the data and of all draws.
        sandwich_n_samples: K of U_K, at least 2.
        n_chains: of annealed importance sampling, each way.
        n_steps: its temperatures.
        reference_se: of the reference, nats; smaller where the estimate's own error is small.
        max_reference: cap on its draws.
    """

    n_examples: int = 200
    n_annealed: int = 40
    seed: int = 0
    sandwich_n_samples: int = 1024
    n_chains: int = 16
    n_steps: int = 10
    reference_se: float = 0.01
    max_reference: int = 16_384

    def __post_init__(self) -> None:
        least = {"n_examples": 2, "n_annealed": 0, "sandwich_n_samples": 2, "n_chains": 2, "n_steps": 1}
        for name, low in {**least, "seed": 0, "max_reference": 64}.items():
            if getattr(self, name) < low:
                raise ValueError(f"{name} must be at least {low}, found {getattr(self, name)}")
        if not 0 < self.reference_se < math.inf:
            raise ValueError(f"reference_se must be a positive number of nats, found {self.reference_se}")


@dataclass(frozen=True)
class Calibration:
    """What the simulated data say of the estimates; figures are NaN where too few examples are trusted.

    Attributes:
        n_examples: simulated.
        n_trusted: of them, estimates that are not marked unreliable; all figures but `bdmc_nats` are of these.
        n_annealed: examples of `bdmc_nats`.
        seed: of data and draws.
        encoder_n_samples: K of the papers' protocol.
        sandwich_n_samples: K of the upper bound.
        log_px_nats: mean estimate.
        sandwich_nats: mean upper bound less mean estimate, with its error over examples.
        bdmc_nats: mean backward less mean forward estimate of annealed importance sampling, with its error.
        coverage: share of the 95% intervals that hold the reference, with its binomial error.
        bias_nats: mean of estimate less reference, with its error; `rmse_nats` the root of its mean square.
        n_missed: estimates more than `MISSED_NATS` below the reference.
        reference_se: root mean square of the reference's own errors, nats.
        encoder_coverage: of log (1/K) sum w +- 1.96 errors by the delta method from the encoder's draws, as papers
            print it; likewise `encoder_bias_nats`, `encoder_rmse_nats`.
    """

    n_examples: int
    n_trusted: int
    n_annealed: int
    seed: int
    encoder_n_samples: int
    sandwich_n_samples: int
    log_px_nats: float
    sandwich_nats: float
    sandwich_se: float
    bdmc_nats: float
    bdmc_se: float
    coverage: float
    coverage_se: float
    bias_nats: float
    bias_se: float
    rmse_nats: float
    n_missed: int
    reference_se: float
    encoder_coverage: float
    encoder_coverage_se: float
    encoder_bias_nats: float
    encoder_rmse_nats: float

    @property
    def verdict(self) -> str:
        """ "calibrated" or "loose"."""
        return "loose" if self.reason else "calibrated"

    @property
    def reason(self) -> str:
        """A sentence on why the verdict is "loose"; empty where it is not."""
        gap, error = self.sandwich_nats, self.sandwich_se
        if math.isnan(gap + error):
            return f"Only {self.n_trusted} of {self.n_examples} estimates are trusted: too few to tell."
        if not gap <= TIGHT_NATS + ERRORS_ALLOWED * error:
            return f"Upper and lower bound are {gap:.2f} nats apart on average."
        if not ERRORS_ALLOWED * error <= TIGHT_NATS:
            return f"The gap between the bounds is known only to {error:.2f} nats."
        if not self.coverage >= LEAST_COVERAGE - 2 * self.coverage_se:
            return f"The 95% intervals hold the reference in {self.coverage:.0%} of the examples."
        return ""


def calibrate(model: LatentModel, settings: CalibrationSettings | None = None) -> Iterator[Step[Calibration]]:
    """Simulates, estimates and judges, in the stages "estimates", "references" and "annealing".

    Raises:
        CapabilityError: the model has no gradients in z, or codes too long for fits.
    """
    require_fits(model, "calibration")
    settings = settings or CalibrationSettings()
    data = simulate(model, settings.n_examples, settings.seed)
    n_annealed = min(settings.n_annealed, len(data))
    scored: list[Columns] = []
    yield counted("estimates", 0, len(data))
    for columns in score(model, data.examples, ScoreSettings(seed=settings.seed)):
        scored.append(columns)
        yield counted("estimates", n_rows(scored), len(data))
    found = concatenated(scored)

    judged: list[Columns] = []
    survey, draws = modes.survey(model), (settings.sandwich_n_samples, settings.max_reference)
    for part in data.batches(EXAMPLES_PER_BATCH):
        wanted = np.fmin(settings.reference_se, SHARE_OF_ERROR * found["log_px_se"][part.examples.ids])
        judged.append(references(model, part, survey, settings.seed, wanted, *draws))
        yield counted("references", n_rows(judged), len(data))

    gaps: list[Columns] = []
    for part in data.select(torch.arange(n_annealed)).batches(_ANNEALED_PER_BATCH):
        gaps.append(annealed_gap(model, part, survey, settings.seed, settings.n_steps, settings.n_chains))
        yield counted("annealing", n_rows(gaps), n_annealed)
    figures = summarised(
        found | concatenated(judged), concatenated(gaps).get("bdmc_nats", np.empty(0)), settings
    )
    yield Step(1.0, figures)


def summarised(found: Columns, bdmc_nats: np.ndarray, settings: CalibrationSettings) -> Calibration:
    """The record of all examples' columns: those of `score`, `upper_nats`, `reference_nats`, `reference_se`."""
    is_known = np.isfinite(found["upper_nats"] + found["reference_nats"] + found["log_px_nats"])
    trusted = {k: v[(found["trust"] != Reliability.UNRELIABLE) & is_known] for k, v in found.items()}
    reference = trusted["reference_nats"]
    error = trusted["log_px_nats"] - reference
    encoder_error = trusted["encoder_log_px_nats"] - reference
    inside = (trusted["log_px_low_nats"] <= reference) & (reference <= trusted["log_px_high_nats"])
    encoder_inside = np.abs(encoder_error) <= 1.96 * _delta_error(trusted)
    bdmc_nats = bdmc_nats[np.isfinite(bdmc_nats)]
    sandwich, bdmc = _mean(trusted["upper_nats"] - trusted["log_px_nats"]), _mean(bdmc_nats)
    bias, coverage, encoder_coverage = _mean(error), _share(inside), _share(encoder_inside)
    return Calibration(
        n_examples=settings.n_examples,
        n_trusted=len(error),
        n_annealed=len(bdmc_nats),
        seed=settings.seed,
        encoder_n_samples=int(found["encoder_n_samples"].max()),
        sandwich_n_samples=settings.sandwich_n_samples,
        log_px_nats=_mean(trusted["log_px_nats"])[0],
        sandwich_nats=sandwich[0],
        sandwich_se=sandwich[1],
        bdmc_nats=bdmc[0],
        bdmc_se=bdmc[1],
        coverage=coverage[0],
        coverage_se=coverage[1],
        bias_nats=bias[0],
        bias_se=bias[1],
        rmse_nats=_root_mean_square(error),
        n_missed=int((error < -MISSED_NATS).sum()),
        reference_se=_root_mean_square(trusted["reference_se"]),
        encoder_coverage=encoder_coverage[0],
        encoder_coverage_se=encoder_coverage[1],
        encoder_bias_nats=_mean(encoder_error)[0],
        encoder_rmse_nats=_root_mean_square(encoder_error),
    )


def _delta_error(found: Columns) -> np.ndarray:
    """SE(log 1/K sum w) = sd(w) / (mean(w) sqrt(K)) of the encoder's draws: what papers print, no tail repaired."""
    n = found["encoder_n_samples"]
    return np.sqrt(np.clip(n / found["encoder_ess"] - 1, 0, None) / np.clip(n - 1, 1, None))


def _mean(values: np.ndarray) -> tuple[float, float]:
    """Mean and its standard error; NaN for fewer than two values."""
    if len(values) < 2:
        return math.nan, math.nan
    return float(values.mean()), float(values.std(ddof=1) / len(values) ** 0.5)


def _share(is_in: np.ndarray) -> tuple[float, float]:
    """A share and its error after Agresti & Coull, which is not zero where all are in; NaN for fewer than two."""
    n = len(is_in)
    if n < 2:
        return math.nan, math.nan
    p = (is_in.sum() + 2) / (n + 4)
    return float(is_in.mean()), float((p * (1 - p) / (n + 4)) ** 0.5)


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean())) if len(values) > 1 else math.nan
