"""Posteriors and priors beyond independent Gaussians: they integrate to one, and say what pythae says of itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal

from explorer.bounds import proposals
from explorer.bounds.proposals.distribution import of_distribution
from explorer.models.flows import FLOWS, Flip, InverseAutoregressive, Planar, Radial
from explorer.models.posteriors import POSTERIORS, Diagonal
from explorer.models.posteriors.flow import FlowPosterior
from explorer.models.posteriors.full_covariance import FullCovariance
from explorer.models.priors import PRIORS, MixtureOfGaussians, StandardNormal
from explorer.models.reading import Reading

PYTHAE = np.load(Path(__file__).parents[1] / "importing" / "fixtures" / "pythae_densities.npz")
D = 3


def told(name):
    return torch.from_numpy(PYTHAE[name])


def autoregressive(prefix, d=D, hidden=(8, 8)):
    layer = InverseAutoregressive(d, hidden)
    layer.load_state_dict(
        {
            f"layers.{i}.{part}": told(f"{prefix}.net.{2 * i}.{part}")
            for i in range(3)
            for part in ("weight", "bias")
        }
    )
    return layer


def iaf():
    """pythae runs its blocks from the last to the first, each behind a flip."""
    return FlowPosterior([Flip(), autoregressive("iaf.net.1"), Flip(), autoregressive("iaf.net.0")])


def linear():
    first, middle, last = Planar(D), Radial(D), Planar(D)
    for layer, i in ((first, 0), (last, 2)):
        layer.load_state_dict(
            {"w": told(f"linear.{i}.w")[0], "u": told(f"linear.{i}.u")[0], "b": told(f"linear.{i}.b")[0]}
        )
    middle.load_state_dict(
        {
            "centre": told("linear.1.x0")[0],
            "log_alpha": told("linear.1.log_alpha")[0],
            "raw_beta": told("linear.1.beta")[0],
        }
    )
    return FlowPosterior([first, middle, last])


def standard(kind, n=1, d=D, dtype=torch.float32):
    """A posterior over a standard normal."""
    return kind([torch.zeros(n, d, dtype=dtype), torch.zeros(n, d, dtype=dtype)], Reading())


@torch.no_grad()
@pytest.mark.parametrize(
    "made, name, close",
    # pythae adds 1e-4 to |det J| of a planar layer.
    [(iaf, "iaf", 1e-5), (linear, "linear", 1e-3)],
)
def test_a_flow_is_pythaes(made, name, close):
    y, q = told("y"), standard(made())
    z, log_det = y, torch.zeros(len(y))
    for transform in q.transforms:
        after = transform(z)
        log_det = log_det + transform.log_abs_det_jacobian(z, after)
        torch.testing.assert_close(transform.inv(after), z, rtol=1e-3, atol=1e-4)
        z = after
    torch.testing.assert_close(z, told(f"{name}_z"), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(log_det, told(f"{name}_log_det"), rtol=close, atol=close)
    expected = q.base_dist.log_prob(y) - told(f"{name}_log_det")
    torch.testing.assert_close(q.log_prob(told(f"{name}_z")[:, None])[:, 0], expected, rtol=1e-2, atol=3e-3)


@torch.no_grad()
@pytest.mark.parametrize("made", [iaf, linear])
def test_the_density_of_a_flows_own_draws_is_that_at_their_places(made):
    q = of_distribution(standard(made(), 4, dtype=torch.float64), 4)
    z, log_q = q.sample(torch.randn(100, 4, D, generator=torch.Generator().manual_seed(0)).double())
    torch.testing.assert_close(q.log_prob(z), log_q, rtol=1e-6, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("made", [iaf, linear])
def test_log_det_is_that_of_the_jacobian(made):
    q = standard(made(), dtype=torch.float64)
    for y in told("y")[:4].double():
        for transform in q.transforms:
            jacobian = torch.autograd.functional.jacobian(transform, y)
            found = transform.log_abs_det_jacobian(y, transform(y))
            torch.testing.assert_close(found, torch.linalg.slogdet(jacobian).logabsdet, rtol=1e-5, atol=1e-6)


def plane(reach=9.0, n=500):
    """A grid of the plane (n * n, 2) and the area of a cell."""
    axis = torch.linspace(-reach, reach, n, dtype=torch.float64)
    return torch.cartesian_prod(axis, axis), float(axis[1] - axis[0]) ** 2


def flow_of(kind, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = {"hidden": [16, 16]} if kind == "inverse_autoregressive" else {}
        layer = FLOWS[kind].from_config(2, config)
        for parameter in layer.parameters():
            parameter.data.normal_().mul_(0.3)
    return layer


@torch.no_grad()
@pytest.mark.parametrize("kind", FLOWS)
def test_every_flow_integrates_to_one_and_is_undone(kind):
    layer = flow_of(kind)
    assert layer.is_invertible
    q = standard(FlowPosterior([layer]), d=2, dtype=torch.float64)
    z, area = plane()
    assert float(q.log_prob(z[:, None]).exp().sum() * area) == pytest.approx(1, abs=2e-3)
    back = layer.transform().inv(layer.transform()(z))
    torch.testing.assert_close(back, z, rtol=1e-7, atol=1e-7)
    torch.testing.assert_close(q.mean, q.sample((40_000,)).mean(0), rtol=0, atol=0.06)
    torch.testing.assert_close(q.variance.sqrt(), q.sample((40_000,)).std(0), rtol=0.05, atol=0)


@pytest.mark.parametrize("kind", FLOWS)
def test_a_flows_inverse_has_gradients(kind):
    transform = flow_of(kind).transform()
    z = torch.randn(5, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    assert torch.autograd.gradcheck(lambda z: transform.inv(z), z)


def test_a_planar_layer_that_folds_space_has_no_density():
    layer = Planar(2)
    layer.load_state_dict({"w": torch.tensor([1.0, 0]), "u": torch.tensor([-1.5, 0]), "b": torch.tensor(0.0)})
    assert not FlowPosterior([Flip(), layer]).has_density
    assert FlowPosterior([Flip()]).has_density


# full covariances


def lower(n=2, d=D):
    factor = torch.randn(n, d, d, generator=torch.Generator().manual_seed(0)).tril()
    return (
        factor
        + torch.diag_embed(torch.full((n, d), 0.5)) * torch.sign(factor.diagonal(dim1=1, dim2=2))[:, None]
    )


@pytest.mark.parametrize("form", ["square", "rows", "with a spread"])
def test_a_full_covariance_is_read_of_its_factor(form):
    factor = lower()
    mean, rows = torch.randn(2, D, generator=torch.Generator().manual_seed(1)), torch.tril_indices(D, D)
    outputs = {
        "square": (mean, factor + torch.ones(D, D).triu(1)),
        "rows": (mean, factor[:, rows[0], rows[1]]),
        "with a spread": (mean, factor.diagonal(dim1=1, dim2=2).abs().log() * 2, factor),
    }[form]
    if form == "with a spread":
        factor = factor.tril(-1) + torch.diag_embed(factor.diagonal(dim1=1, dim2=2).abs())
    found = FullCovariance()(outputs, Reading())
    expected = MultivariateNormal(mean, factor @ factor.mT)
    z = torch.randn(7, 2, D, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(found.log_prob(z), expected.log_prob(z), rtol=1e-4, atol=1e-4)
    assert isinstance(of_distribution(found, 2), proposals.FullGaussian)


def test_a_factor_of_another_size_is_told():
    with pytest.raises(
        ValueError, match=r"covariance of 3 dimensions has 9 numbers, or 6 in and below .*found 5"
    ):
        FullCovariance()([torch.zeros(2, 3), torch.zeros(2, 5)], Reading())
    with pytest.raises(ValueError, match="two or three outputs, found 1"):
        FullCovariance()([torch.zeros(2, 3)], Reading())


# priors


def test_a_vamp_prior_is_pythaes():
    found = MixtureOfGaussians.of(told("vamp_means"), told("vamp_log_variances") / 2)
    log_p = found(torch.zeros(1)).log_prob(told("y"))
    torch.testing.assert_close(log_p, told("vamp_log_prior"), rtol=1e-5, atol=1e-5)


def test_a_mixture_integrates_to_one_with_any_shares():
    prior = MixtureOfGaussians.of(
        torch.tensor([[-2.0, 0], [1, 1], [0, 3]]),
        torch.tensor([[-0.5, 0], [0, 0], [0.3, -1]]),
        torch.tensor([3.0, 0, -9]),
    )(torch.zeros(1, dtype=torch.float64))
    z, area = plane(12.0)
    p = prior.log_prob(z).exp()
    assert float(p.sum() * area) == pytest.approx(1, abs=1e-6)
    torch.testing.assert_close((p[:, None] * z).sum(0) * area, prior.mean, rtol=0, atol=1e-5)
    assert isinstance(of_distribution(prior, 2), proposals.Mixture)


# the registries


MADE = {
    "diagonal": Diagonal(),
    "full_covariance": FullCovariance(),
    "flow": FlowPosterior([Flip(), InverseAutoregressive(2, [4]), Planar(2), Radial(2)]),
}
PRIORS_MADE = {"standard_normal": StandardNormal(2), "mixture": MixtureOfGaussians(2, 3)}


def test_every_kind_is_made_of_its_own_configuration():
    for known, made in ((POSTERIORS, MADE), (PRIORS, PRIORS_MADE)):
        assert set(known) == set(made)
        for kind, one in made.items():
            again = known[kind].from_config(2, one.to_config())
            assert again.to_config() == one.to_config()
            again.load_state_dict(one.state_dict())


@pytest.mark.parametrize(
    "config, message",
    [
        ({}, "expected a list of flows"),
        ({"layers": ["planar"]}, "expected a list of flows"),
        ({"layers": [{"kind": "spline"}]}, "one of inverse_autoregressive, flip, planar, radial; found"),
        ({"layers": [{"kind": "flip"}] * 65}, "at most 64, found 65"),
        ({"layers": [{"kind": "inverse_autoregressive", "hidden": [0]}]}, "hidden: expected widths"),
        ({"layers": [{"kind": "inverse_autoregressive", "hidden": [10**9]}]}, "hidden: expected widths"),
    ],
)
def test_a_posterior_that_is_none_is_refused(config, message):
    with pytest.raises(ValueError, match=message):
        FlowPosterior.from_config(2, config)


def test_configurations_that_make_no_density_are_refused():
    with pytest.raises(ValueError, match="two latent dimensions or more"):
        InverseAutoregressive(1, [4])
    for n in (0, -1, 10**9, True, "many"):
        with pytest.raises(ValueError, match="expected 1 to 10,000"):
            MixtureOfGaussians.from_config(2, {"n_components": n})
