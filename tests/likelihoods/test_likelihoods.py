import math
from dataclasses import replace

import pytest
import torch
from torch.distributions import Bernoulli as TorchBernoulli
from torch.distributions import ContinuousBernoulli as TorchContinuousBernoulli
from torch.distributions import Normal

from explorer.likelihoods import (
    LIKELIHOODS,
    Bernoulli,
    ContinuousBernoulli,
    DiscretisedLogistic,
    Gaussian,
    LikelihoodHead,
)
from explorer.likelihoods.head import MAX_LOG_SCALE, MIN_LOG_SCALE

HEADS = {
    "bernoulli": {},
    "discretised_logistic": {"n_levels": 17, "scale": "learned"},
    "gaussian": {"scale": 0.3},
    "continuous_bernoulli": {},
    "laplace": {"scale": 0.3},
    "student_t": {"scale": 0.3, "degrees_of_freedom": 4},
    "categorical": {"n_levels": 5},
    "negative_binomial": {},
    "zero_inflated_negative_binomial": {},
}
COUNTS = ("negative_binomial", "zero_inflated_negative_binomial")
SHAPE = (2, 4, 3)


def double(values):
    return torch.as_tensor(values, dtype=torch.float64)


def logistic(locations, scales, n_levels):
    """One likelihood a pair of location and scale, shape (len(locations) * len(scales), 1)."""
    mu, s = torch.meshgrid(double(locations), double(scales), indexing="ij")
    return DiscretisedLogistic(mu.reshape(-1, 1), s.reshape(-1, 1).log(), n_levels, 1)


def levels_and_probabilities(likelihood):
    """Levels (L,) and p of each under each of M likelihoods, (L, M)."""
    levels = torch.arange(likelihood.n_levels, dtype=torch.float64) / (likelihood.n_levels - 1)
    return levels, likelihood.log_prob(levels[:, None, None]).exp()


# discretised logistic


@pytest.mark.parametrize("n_levels", [2, 17, 256])
def test_levels_sum_to_one_wherever_the_logistic_is_and_however_wide(n_levels):
    scales = torch.logspace(math.log10(math.exp(MIN_LOG_SCALE)), math.log10(math.exp(MAX_LOG_SCALE)), 9)
    likelihood = logistic([-50.0, -1.0, 0.0, 1 / 3, 0.5, 1.0, 2.0, 50.0], scales, n_levels)
    _, p = levels_and_probabilities(likelihood)
    torch.testing.assert_close(p.sum(0), torch.ones_like(p[0]), rtol=0, atol=1e-11)


def test_log_prob_is_the_naive_difference_of_sigmoids_where_that_is_stable():
    likelihood = logistic(torch.linspace(0, 1, 11), [0.02, 0.1, 0.5], 256)
    mu, s = likelihood.location, likelihood.log_scale.exp()
    half = 0.5 / 255
    for level in (1, 100, 254):
        x = double([[level / 255]])
        naive = torch.sigmoid((x + half - mu) / s) - torch.sigmoid((x - half - mu) / s)
        kept = naive[:, 0] > 1e-9
        assert kept.sum() > 10
        torch.testing.assert_close(likelihood.log_prob(x)[kept], naive[:, 0].log()[kept], rtol=1e-6, atol=0)


def test_outer_levels_reach_to_infinity():
    likelihood = logistic([0.3], [0.1], 17)
    half = 0.5 / 16
    first, last = likelihood.log_prob(double([[0.0]])), likelihood.log_prob(double([[1.0]]))
    torch.testing.assert_close(first.exp(), torch.sigmoid(double([(half - 0.3) / 0.1])))
    torch.testing.assert_close(last.exp(), 1 - torch.sigmoid(double([(1 - half - 0.3) / 0.1])))


def test_a_level_far_in_the_tail_has_a_finite_log_prob_and_gradient():
    location = torch.tensor([[0.0]], requires_grad=True)
    log_scale = torch.tensor(MIN_LOG_SCALE, requires_grad=True)
    log_p = DiscretisedLogistic(location, log_scale, 256, 1).log_prob(torch.tensor([[0.9]]))
    assert -1000 < float(log_p.detach()) < -900
    log_p.sum().backward()
    assert torch.isfinite(location.grad).all()
    assert torch.isfinite(log_scale.grad)


@pytest.mark.parametrize("n_levels", [2, 17, 256])
def test_mean_is_the_sum_over_levels_within_what_its_docstring_says(n_levels):
    width = 1 / (n_levels - 1)
    for scale, limit in [(0.01, 0.5), (0.25, 0.5), (0.5, 1 / 40), (1.0, 1 / 40), (8.0, 1 / 40)]:
        likelihood = logistic(torch.linspace(-0.3, 1.3, 161), [scale * width], n_levels)
        levels, p = levels_and_probabilities(likelihood)
        difference = (likelihood.mean[:, 0] - levels @ p).abs()
        assert float(difference.max()) < limit * width


def test_samples_of_a_discretised_logistic_are_levels_with_their_probabilities():
    likelihood = logistic([0.4], [0.1], 5)
    many = DiscretisedLogistic(likelihood.location.expand(20_000, 1), likelihood.log_scale, 5, 1)
    drawn = many.sample(torch.Generator().manual_seed(0))
    levels, p = levels_and_probabilities(likelihood)
    shares = (drawn == levels).double().mean(0)
    assert float(shares.sum()) == pytest.approx(1)
    assert float((shares - p[:, 0]).abs().max()) < 4 * 0.5 / 20_000**0.5


# the others, against torch.distributions


def test_bernoulli_is_torchs():
    logits = torch.linspace(-30, 30, 13, dtype=torch.float64)[:, None]
    for x in (0.0, 1.0):
        expected = TorchBernoulli(logits=logits).log_prob(double([[x]]))[:, 0]
        torch.testing.assert_close(
            Bernoulli(logits, 1).log_prob(double([[x]])), expected, rtol=1e-7, atol=1e-8
        )
    torch.testing.assert_close(Bernoulli(logits, 1).mean, TorchBernoulli(logits=logits).mean)


def test_gaussian_is_torchs():
    location, log_scale = torch.randn(
        2, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    x = torch.linspace(-3, 3, 20, dtype=torch.float64).reshape(5, 4)
    expected = Normal(location, log_scale.exp()).log_prob(x).sum(-1)
    torch.testing.assert_close(Gaussian(location, log_scale, 1).log_prob(x), expected)


@pytest.mark.parametrize("logit", [-9.0, -5.0, -0.3, -0.011, 0.011, 0.3, 5.0, 9.0])
def test_continuous_bernoulli_is_torchs(logit):
    logits = double([[logit]])
    # torch has its own, wider series near probability 1/2, which an empty interval switches off; further out
    # than these logits it clamps.
    other = TorchContinuousBernoulli(logits=logits, lims=(0.5, 0.5), validate_args=False)
    ours = ContinuousBernoulli(logits, 1)
    for x in (0.0, 0.2, 0.9, 1.0):
        expected = other.log_prob(double([[x]]))[:, 0]
        torch.testing.assert_close(ours.log_prob(double([[x]])), expected, rtol=1e-7, atol=1e-7)
    torch.testing.assert_close(ours.mean, other.mean, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("logit", [-200.0, -3.0, -1e-2, -1e-4, 0.0, 1e-4, 1e-2, 3.0, 200.0])
def test_continuous_bernoulli_is_a_density_with_that_mean(logit):
    ours = ContinuousBernoulli(double([[logit]]), 1)
    # Gauss-Legendre on ten pieces: exact to rounding for exp(l x).
    nodes, node_weights = torch.from_numpy(_legendre()).double()
    p = ours.log_prob(nodes[:, None, None])[:, 0].exp()
    assert float(node_weights @ p) == pytest.approx(1, abs=1e-9)
    assert float(node_weights @ (p * nodes)) == pytest.approx(float(ours.mean), abs=1e-8)


def _legendre():
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(40)
    pieces = np.arange(10)[:, None]
    return np.stack([((nodes + 1) / 2 + pieces).ravel() / 10, np.tile(weights, 10) / 20])


@pytest.mark.parametrize("logit", [-40.0, -2.0, 0.0, 0.5, 40.0])
def test_continuous_bernoulli_samples_follow_its_distribution_function(logit):
    n = 4000
    ours = ContinuousBernoulli(torch.full((n, 1), logit, dtype=torch.float64), 1)
    drawn = ours.sample(torch.Generator().manual_seed(1))[:, 0].sort().values
    cdf = torch.expm1(logit * drawn) / math.expm1(logit) if logit else drawn
    steps = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    # Kolmogorov-Smirnov: 1.95 / sqrt(n) is exceeded once in a thousand.
    assert float((cdf - steps).abs().max()) < 1.95 / n**0.5


@pytest.mark.parametrize("logit", [-300.0, -100.0, -1e-3, 0.0, 1e-3, 100.0, 300.0])
def test_continuous_bernoulli_has_finite_gradients_in_float32(logit):
    logits = torch.tensor([[logit]], requires_grad=True)
    likelihood = ContinuousBernoulli(logits, 1)
    (likelihood.log_prob(torch.tensor([[0.3]])).sum() + likelihood.mean.sum()).backward()
    assert torch.isfinite(logits.grad).all()


# the contract, over every kind


def made(kind, *leading, dtype=torch.float32, spread=2.0):
    head = LikelihoodHead(kind, n_event_dims=len(SHAPE), **HEADS[kind])
    return head(raw_of(head, *leading, dtype=dtype, spread=spread))


def raw_of(head, *leading, dtype=torch.float32, spread=2.0):
    """A decoder's output for examples of SHAPE."""
    shape = (*leading, head.n_parameters * SHAPE[0], *SHAPE[1:])
    raw = spread * torch.randn(*shape, generator=torch.Generator().manual_seed(3), dtype=dtype)
    return raw.requires_grad_()


def data(kind, n):
    x = torch.rand(n, *SHAPE, generator=torch.Generator().manual_seed(4))
    if kind in COUNTS:
        return (x * 9).round()
    n_levels = {"bernoulli": 2, "discretised_logistic": 17, "categorical": 5}.get(kind)
    return x if n_levels is None else (x * (n_levels - 1)).round() / (n_levels - 1)


@pytest.mark.parametrize("kind", LIKELIHOODS)
@pytest.mark.parametrize("draws", [(), (5,), (2, 5)])
def test_shapes_are_those_of_draws_and_examples(kind, draws):
    likelihood = made(kind, *draws, 3)
    log_p = likelihood.log_prob(data(kind, 3))
    assert log_p.shape == (*draws, 3)
    assert log_p.dtype == torch.float64
    assert likelihood.mean.shape == likelihood.sample().shape == (*draws, 3, *SHAPE)


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_x_is_broadcast_against_the_draws(kind):
    likelihood, x = made(kind, 6, 3), data(kind, 3)
    repeated = made(kind, 6, 3).log_prob(x.expand(6, 3, *SHAPE).clone())
    torch.testing.assert_close(likelihood.log_prob(x), repeated, rtol=0, atol=0)


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_log_prob_is_the_sum_of_its_elements(kind):
    likelihood, x = made(kind, 5, 3, dtype=torch.float64), data(kind, 3).double()
    elements = likelihood.log_prob_per_element(x)
    torch.testing.assert_close(likelihood.log_prob(x), elements.sum((-1, -2, -3)))


@torch.no_grad()
@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_samples_lie_in_range_and_average_to_the_mean(kind):
    n = 4000
    head = LikelihoodHead(kind, n_event_dims=1, **HEADS[kind])
    raw = torch.linspace(-3, 3, 7).expand(n, 7)
    likelihood = head(torch.cat([raw.roll(2 * i, 1) for i in range(head.n_parameters)], 1))
    drawn = likelihood.sample(torch.Generator().manual_seed(0))
    low, high = head.value_range
    assert low <= float(drawn.min())
    assert float(drawn.max()) <= high
    error = 4.5 * drawn.std(0) / n**0.5 + 1e-3
    assert ((drawn.mean(0) - likelihood.mean[0]).abs() < error).all()


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_a_generator_fixes_the_sample(kind):
    first, again, other = (made(kind, 3).sample(torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("kind", LIKELIHOODS)
@pytest.mark.parametrize("spread", [1e-3, 2.0, 300.0])
def test_gradients_are_finite(kind, spread):
    head = LikelihoodHead(kind, n_event_dims=len(SHAPE), **HEADS[kind])
    raw = raw_of(head, 2, 3, spread=spread)
    likelihood = head(raw)
    (likelihood.log_prob(data(kind, 3)).sum() + likelihood.mean.sum()).backward()
    for parameter in (raw, *head.parameters()):
        assert torch.isfinite(parameter.grad).all()


CHANGING_SCALE = {
    "gaussian, scale an element": ("gaussian", {"scale": "per_element"}),
    "discretised_logistic, scale an element": (
        "discretised_logistic",
        {"n_levels": 17, "scale": "per_element"},
    ),
    "laplace, scale an element": ("laplace", {"scale": "per_element"}),
    "student_t, scale an element": ("student_t", {"scale": "per_element", "degrees_of_freedom": 4}),
}
STEPPED = {kind: (kind, settings) for kind, settings in HEADS.items()} | CHANGING_SCALE


def stepped(name, step, dtype=torch.float64):
    """Likelihoods (2, 40) a step apart, of parameters all over their range."""
    kind, settings = STEPPED[name]
    head = LikelihoodHead(kind, n_event_dims=1, **settings)
    start = torch.linspace(-0.4, 1.4, 40, dtype=dtype) * (6 if "bernoulli" in kind else 1)
    if kind in COUNTS:
        start = 2 * start
    others = [torch.linspace(-2.0 + i, -1.0 + i, 40, dtype=dtype) for i in range(head.n_parameters - 1)]
    start = torch.cat([start, *others])
    turn = torch.cos(torch.arange(len(start), dtype=dtype))
    return head(torch.stack([start, start + step * turn]))


def nodes_of(kind):
    """Where to sum p, and with what weights: the levels, the counts, or Gauss-Legendre on pieces."""
    n_levels = {"bernoulli": 2, "discretised_logistic": 17, "categorical": 5}.get(kind)
    if n_levels is not None:
        return torch.linspace(0, 1, n_levels, dtype=torch.float64), torch.ones(n_levels).double()
    if kind in COUNTS:
        return torch.arange(3000).double(), torch.ones(3000).double()
    nodes, weights = torch.from_numpy(_legendre()).double()
    if kind in ("laplace", "student_t"):
        # x = sinh(u), for tails; kinks of a Laplace are crossed by small steps.
        u = torch.linspace(-12, 12, 400_001, dtype=torch.float64)
        return torch.sinh(u), torch.cosh(u) * (u[1] - u[0])
    return (8 * nodes - 3.5, 8 * weights) if kind == "gaussian" else (nodes, weights)


# Relative errors of the length of a step of 1e-3: the levels of a logistic are not summed one by one, a Laplace's
# divergence has a third order, and the information of a dispersion is a quadrature's.
CLOSE = {"discretised_logistic": 0.01, "laplace": 0.01, **dict.fromkeys(COUNTS, 0.01)}


@pytest.mark.parametrize("name", STEPPED)
def test_a_small_squared_step_is_the_divergence_both_ways(name):
    """KL(p || q) + KL(q || p) = squared length, up to the fourth order of the step."""
    likelihood = stepped(name, 1e-3)
    x, weights = nodes_of(STEPPED[name][0])
    log_p, log_q = likelihood.log_prob_per_element(x[:, None, None]).unbind(1)
    divergence = (weights[:, None] * (log_p.exp() - log_q.exp()) * (log_p - log_q)).sum(0)
    close = CLOSE.get(STEPPED[name][0], 1e-4)
    torch.testing.assert_close(likelihood.squared_steps_per_element()[0], divergence, rtol=close, atol=1e-12)


@pytest.mark.parametrize("name", STEPPED)
def test_a_squared_step_is_the_same_both_ways_and_none_where_nothing_changes(name):
    step = stepped(name, 0.3).squared_steps()
    torch.testing.assert_close(step, stepped_back(name, 0.3).squared_steps())
    assert (step > 0).all()
    assert (stepped(name, 0.0).squared_steps() == 0).all()


def stepped_back(name, step):
    likelihood = stepped(name, step)
    parameters = {key: value for key, value in vars(likelihood).items() if isinstance(value, torch.Tensor)}
    turned = {key: value.flip(0) if value.ndim else value for key, value in parameters.items()}
    return replace(likelihood, **turned)


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_squared_steps_have_one_value_between_two_likelihoods(kind):
    likelihood = made(kind, 5, 3, dtype=torch.float64)
    steps = likelihood.squared_steps()
    assert steps.shape == (5, 2)
    assert steps.dtype == torch.float64
    torch.testing.assert_close(steps, likelihood.squared_steps_per_element().sum((-1, -2, -3)))


@pytest.mark.parametrize("name", STEPPED)
@pytest.mark.parametrize("spread", [1e-3, 2.0, 300.0])
def test_squared_steps_have_finite_gradients(name, spread):
    kind, settings = STEPPED[name]
    head = LikelihoodHead(kind, n_event_dims=1, **settings)
    raw = spread * torch.randn(4, 6 * head.n_parameters, generator=torch.Generator().manual_seed(3))
    head(raw.requires_grad_()).squared_steps().sum().backward()
    assert torch.isfinite(raw.grad).all()


def test_many_small_steps_of_a_bernoulli_are_as_long_as_one():
    logits = torch.linspace(-30, 30, 1001, dtype=torch.float64)[:, None]
    lengths = Bernoulli(logits, 1).squared_steps().sqrt()
    ends = Bernoulli(logits[[0, -1]], 1).squared_steps().sqrt()
    assert float(lengths.sum()) == pytest.approx(float(ends[0]), rel=1e-12)
    assert float(ends[0]) == pytest.approx(math.pi, abs=1e-5)


@pytest.mark.parametrize("ends", [(-1.0, 1.0), (0.0, 20.0), (-200.0, 200.0)])
def test_a_long_step_of_a_continuous_bernoulli_is_about_as_long_as_many_small_ones(ends):
    line = torch.linspace(*ends, 100_001, dtype=torch.float64)[:, None]
    fine = ContinuousBernoulli(line, 1).squared_steps().sqrt().sum()
    coarse = ContinuousBernoulli(line[[0, -1]], 1).squared_steps().sqrt()[0]
    assert float(coarse) == pytest.approx(float(fine), rel=0.12)


@pytest.mark.parametrize("scale_in_levels", [0.1, 0.3, 1.0, 4.0])
def test_the_information_of_a_discretised_location_is_its_mean_over_a_level(scale_in_levels):
    """Exact information sum (dP_k/dmu)^2 / P_k, averaged over one level's width of mu."""
    n_levels = 33
    width = 1 / (n_levels - 1)
    mu = 0.5 + width * torch.linspace(-0.5, 0.5, 2001, dtype=torch.float64)[:-1, None]
    log_scale = torch.tensor(scale_in_levels * width, dtype=torch.float64).log()
    moved = mu.clone().requires_grad_()
    levels = torch.arange(n_levels, dtype=torch.float64) / (n_levels - 1)
    p = DiscretisedLogistic(moved, log_scale, n_levels, 1).log_prob_per_element(levels).exp()
    slopes = torch.stack([torch.autograd.grad(column.sum(), moved, retain_graph=True)[0] for column in p.T])
    exact = (slopes[..., 0].T ** 2 / p.detach().clamp(min=1e-300)).sum(1).mean()
    pairs = torch.stack([mu, mu + 1e-6], dim=1)
    ours = DiscretisedLogistic(pairs, log_scale, n_levels, 1).squared_steps()
    assert float(ours.mean() / 1e-12) == pytest.approx(float(exact), rel=2e-3)


def test_every_kind_has_a_class_and_a_contract():
    assert set(LIKELIHOODS) == set(HEADS)


@pytest.mark.parametrize("kind", ["gaussian", "discretised_logistic", "laplace", "student_t"])
def test_a_scale_an_element_is_the_decoders_second_output(kind):
    settings = {**HEADS[kind], "scale": "per_element"}
    head = LikelihoodHead(kind, n_event_dims=3, **settings)
    assert head.n_parameters == 2
    raw = torch.cat([torch.full((5, 2, *SHAPE[1:]), 0.25), torch.full((5, 2, *SHAPE[1:]), -99.0)], dim=1)
    likelihood = head(raw)
    assert likelihood.location.shape == (5, *SHAPE)
    assert (likelihood.location == 0.25).all()
    assert (likelihood.log_scale == MIN_LOG_SCALE).all()


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"kind": "poisson"}, "unknown; expected one of bernoulli"),
        ({"kind": "gaussian"}, "needs scale"),
        ({"kind": "gaussian", "scale": 0.0}, "positive number"),
        ({"kind": "gaussian", "scale": -1.0}, "positive number"),
        ({"kind": "gaussian", "scale": math.nan}, "positive number"),
        ({"kind": "gaussian", "scale": True}, "positive number"),
        ({"kind": "gaussian", "scale": "each"}, "learned or per_element"),
        ({"kind": "bernoulli", "scale": 1.0}, "has no scale"),
        ({"kind": "bernoulli", "n_levels": 256}, "has no levels"),
        ({"kind": "discretised_logistic", "scale": 0.1}, "n_levels of at least 2"),
        ({"kind": "discretised_logistic", "scale": 0.1, "n_levels": 1}, "n_levels of at least 2"),
        ({"kind": "categorical"}, "n_levels of at least 2"),
        ({"kind": "student_t", "scale": 0.1}, "needs degrees_of_freedom: a number above 1"),
        ({"kind": "student_t", "scale": 0.1, "degrees_of_freedom": 1}, "a number above 1; found 1"),
        ({"kind": "gaussian", "scale": 0.1, "degrees_of_freedom": 4}, "has no degrees_of_freedom"),
        ({"kind": "negative_binomial", "typical_library": 0}, "a number above 0; found 0"),
        ({"kind": "negative_binomial", "typical_library": math.inf}, "a number above 0; found inf"),
        ({"kind": "negative_binomial", "scale": 1.0}, "has no scale"),
    ],
)
def test_settings_that_make_no_density_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        LikelihoodHead(n_event_dims=1, **settings)


def test_a_whole_number_is_a_scale():
    head = LikelihoodHead("gaussian", 1, scale=1)
    assert float(head(torch.zeros(1, 1)).log_prob(torch.zeros(1, 1))) == pytest.approx(
        -0.5 * math.log(2 * math.pi)
    )
