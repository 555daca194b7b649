"""Laplace, Student's t and categorical levels, against other people's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch.distributions import Categorical as TorchCategorical
from torch.distributions import Laplace as TorchLaplace
from torch.distributions import StudentT as TorchStudentT

from explorer.likelihoods import CategoricalLevels, Laplace, LikelihoodHead, Student

X = torch.linspace(-30, 30, 41, dtype=torch.float64)[:, None]


def parameters(n=41):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, n, 3, dtype=torch.float64, generator=generator)


def test_a_laplace_is_torchs():
    mu, log_b = parameters()
    torch.testing.assert_close(
        Laplace(mu, log_b, 1).log_prob(X), TorchLaplace(mu, log_b.exp()).log_prob(X).sum(-1)
    )


@pytest.mark.parametrize("nu", [1.5, 4.0, 300.0])
def test_a_student_t_is_torchs(nu):
    mu, log_s = parameters()
    expected = TorchStudentT(nu, mu, log_s.exp()).log_prob(X).sum(-1)
    torch.testing.assert_close(Student(mu, log_s, nu, 1).log_prob(X), expected)


@pytest.mark.parametrize(
    "made, expected",
    [
        (lambda zeros: Laplace(zeros + 1, zeros[0, 0] + 0.5, 1), stats.laplace(1, math.exp(0.5))),
        (lambda zeros: Student(zeros + 1, zeros[0, 0] + 0.5, 1.5, 1), stats.t(1.5, 1, math.exp(0.5))),
        (lambda zeros: Student(zeros + 1, zeros[0, 0] + 0.5, 30.0, 1), stats.t(30.0, 1, math.exp(0.5))),
    ],
)
def test_draws_follow_the_distribution_function(made, expected):
    drawn = made(torch.zeros(4000, 1)).sample(torch.Generator().manual_seed(3))[:, 0].numpy()
    assert stats.kstest(drawn, expected.cdf).pvalue > 1e-3


def test_a_categorical_is_torchs_at_every_level():
    logits = torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    # (K, N, L, D), and torch's with the levels last.
    other, ours = TorchCategorical(logits=logits.movedim(2, -1)), CategoricalLevels(logits, 4, 1)
    for level in range(4):
        x = torch.full((3, 5), level / 3, dtype=torch.float64)
        torch.testing.assert_close(ours.log_prob(x), other.log_prob(torch.full((3, 5), level)).sum(-1))
    levels = torch.arange(4).double() / 3
    torch.testing.assert_close(ours.mean, other.probs @ levels)


def test_levels_are_drawn_as_often_as_they_are_likely():
    logits = torch.tensor([0.0, 1.0, -2.0])[:, None].expand(20_000, 3, 1)
    drawn = CategoricalLevels(logits, 3, 1).sample(torch.Generator().manual_seed(0))
    shares = torch.stack([(drawn == level / 2).double().mean() for level in range(3)])
    assert float((shares - logits[0, :, 0].softmax(0)).abs().max()) < 4 * 0.5 / 20_000**0.5


def test_the_decoder_gives_a_block_a_level():
    head = LikelihoodHead("categorical", n_event_dims=3, n_levels=4)
    assert head.n_parameters == 4
    raw = torch.arange(2 * 8 * 3 * 3.0).reshape(2, 8, 3, 3)
    likelihood = head(raw)
    assert likelihood.mean.shape == (2, 2, 3, 3)
    assert torch.equal(likelihood.logits[:, 1], raw[:, 2:4])


def test_many_small_steps_of_a_categorical_are_as_long_as_one_great_circle():
    ends = torch.tensor([[9.0, 0.0, 0.0], [0.0, 9.0, 0.0]], dtype=torch.float64).softmax(1)
    angle = torch.acos((ends[0].sqrt() * ends[1].sqrt()).sum())
    share = torch.linspace(0, 1, 501).double()[:, None]
    circle = (
        torch.sin((1 - share) * angle) * ends[0].sqrt() + torch.sin(share * angle) * ends[1].sqrt()
    ) / angle.sin()
    fine = CategoricalLevels(circle.log()[..., None] * 2, 3, 1).squared_steps().sqrt().sum()
    coarse = CategoricalLevels(ends.log()[..., None], 3, 1).squared_steps().sqrt()[0]
    assert float(fine) == pytest.approx(float(coarse), rel=1e-9)
    assert float(coarse) == pytest.approx(2 * float(angle), rel=1e-9)


@pytest.mark.parametrize(
    "kind, settings",
    [
        ("laplace", {"scale": 0.3}),
        ("student_t", {"scale": 0.3, "degrees_of_freedom": 4}),
        ("categorical", {"n_levels": 3}),
    ],
)
def test_curvatures_can_be_batched(kind, settings):
    head, x = LikelihoodHead(kind, 1, **settings), torch.tensor([[0.0, 0.5, 1.0]])
    start = torch.randn(4, 3 * head.n_parameters, generator=torch.Generator().manual_seed(0))
    slope = torch.func.grad(lambda raw: head(raw[None]).log_prob(x)[0])
    found = torch.func.vmap(torch.func.jacrev(slope))(start)
    assert torch.isfinite(found).all()
    np.testing.assert_allclose(found, found.transpose(1, 2), atol=1e-5)
