"""Bounds on log p(x), for one example at a time, each with its error.

`noise` draws numbers that belong to an example; a `proposals` density turns them into z; the `engine` streams
log-weights through the decoder into `weights`, running sums that merge exactly; `estimates` reads bounds, gap,
errors and diagnostics off the sums; `scores` and `curve` are what the atlas, the command line and the pages ask for.
"""

from explorer.bounds.curve import Curve, curve
from explorer.bounds.engine import Examples
from explorer.bounds.pareto import Reliability, reliability
from explorer.bounds.scores import Posterior, ScoreSettings, posterior, score

__all__ = [
    "Curve",
    "Examples",
    "Posterior",
    "Reliability",
    "ScoreSettings",
    "curve",
    "posterior",
    "reliability",
    "score",
]
