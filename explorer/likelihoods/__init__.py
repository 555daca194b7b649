"""p(x|z) of each kind, one a file; `head.py` has the registry. To add one: a file, and a row in `LIKELIHOODS`."""

from explorer.likelihoods.bernoulli import Bernoulli
from explorer.likelihoods.categorical import CategoricalLevels
from explorer.likelihoods.continuous_bernoulli import ContinuousBernoulli
from explorer.likelihoods.discretised_logistic import DiscretisedLogistic
from explorer.likelihoods.gaussian import Gaussian
from explorer.likelihoods.head import LIKELIHOODS, LikelihoodHead
from explorer.likelihoods.laplace import Laplace
from explorer.likelihoods.likelihood import Likelihood
from explorer.likelihoods.negative_binomial import NegativeBinomial
from explorer.likelihoods.student_t import Student
from explorer.likelihoods.zero_inflated import ZeroInflatedNegativeBinomial

__all__ = [
    "LIKELIHOODS",
    "Bernoulli",
    "CategoricalLevels",
    "ContinuousBernoulli",
    "DiscretisedLogistic",
    "Gaussian",
    "Laplace",
    "Likelihood",
    "LikelihoodHead",
    "NegativeBinomial",
    "Student",
    "ZeroInflatedNegativeBinomial",
]
