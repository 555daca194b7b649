"""p(x|z) of each kind, one a file; `head.py` has the registry. To add one: a file, and a row in `LIKELIHOODS`."""

from explorer.likelihoods.bernoulli import Bernoulli
from explorer.likelihoods.continuous_bernoulli import ContinuousBernoulli
from explorer.likelihoods.discretised_logistic import DiscretisedLogistic
from explorer.likelihoods.gaussian import Gaussian
from explorer.likelihoods.head import LIKELIHOODS, LikelihoodHead
from explorer.likelihoods.likelihood import Likelihood

__all__ = [
    "LIKELIHOODS",
    "Bernoulli",
    "ContinuousBernoulli",
    "DiscretisedLogistic",
    "Gaussian",
    "Likelihood",
    "LikelihoodHead",
]
