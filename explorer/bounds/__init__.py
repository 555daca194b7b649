"""Bounds on log p(x), for one example at a time, each with its error.

`noise` draws numbers that belong to an example; a density of `proposals` turns them into z; the `engine` streams
log-weights through the decoder into `weights`, running sums that merge exactly; `estimates` reads bounds, gap, errors
and diagnostics off the sums, with `pareto` for the tail and `intervals` for the interval. `ladder` tries the
`rungs` in turn until a proposal fits the example, by `decisions`; `annealed` is the last resort, `split` takes the gap
apart, `density` draws a posterior on a plane, `calibration` tests all of it on simulated data, `stand_ins` take the
place of what a model lacks. `elbo`, `scores` and `curve` are what atlas, command line and pages ask for.
"""

from explorer.bounds.curve import Curve, curve
from explorer.bounds.decisions import LadderSettings
from explorer.bounds.elbo import Posterior, posterior, score_elbo
from explorer.bounds.engine import Examples
from explorer.bounds.pareto import Reliability, reliability
from explorer.bounds.scores import ScoreSettings, score, score_all

__all__ = [
    "Curve",
    "Examples",
    "LadderSettings",
    "Posterior",
    "Reliability",
    "ScoreSettings",
    "curve",
    "posterior",
    "reliability",
    "score",
    "score_all",
    "score_elbo",
]
