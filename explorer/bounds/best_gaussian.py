"""The best diagonal and the best full-covariance Gaussian for one x, found by climbing the ELBO.

In the coordinates u of a start N(m, F F'), where a posterior that the start describes is N(0, I):

    z = m + F u,     u = b + T A e,     e ~ N(0, I)
    ELBO(b, A) = E log p(x, m + F u) + sum_i log A_ii + constant

For a full covariance A is lower triangular and T = I; for a diagonal one A is diagonal and T = F^-1 S, S the start's
own best scales: where log p(x, z) is quadratic with precision H = (F F')^-1, the best diagonal Gaussian has the same
mean and variances 1/H_ii. The climb is for what is not quadratic. With r the gradient in u of log p(x, z) + |u|^2 / 2,

    dELBO/db = E r - b,     dELBO/dA = T'(E r e' - T A) + diag(1 / A_ii)

only r is a matter of chance; draws in pairs +-e take its odd part away. b, log A_ii and A_ij have curvatures of 1 or 2,
whatever the model, so that a plain gradient step at one rate is nearly Newton's. Adam, which forgets those curvatures,
was no better after as many steps, and up to 0.7 nats behind from a start further off.

References: Cremer et al. 2018, section 3; Miller et al. 2017 (the quadratic control variate); Kucukelbir et al. 2017.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.bounds.engine import ROWS_PER_PASS, Examples
from explorer.bounds.noise import Source, Stream, normals
from explorer.bounds.proposals import fitted, modes
from explorer.bounds.proposals.distribution import encoder
from explorer.bounds.proposals.gaussian import DiagonalGaussian, FullGaussian, apply
from explorer.bounds.proposals.modes import Survey
from explorer.bounds.proposals.proposal import Proposal
from explorer.models.latent_model import LatentModel
from explorer.steps import Step

# With 64 steps of 8 pairs the mean ELBO of 200 digits is within 0.003 nats of that after five times as many of twice
# the pairs, that of 16 Fashion-MNIST images within 0.01.
N_STEPS = 64
N_PAIRS = 8
FIRST_RATE = 0.4
# The longest step of a coordinate, in standard deviations of the start: far out, r can be anything.
MAX_STEP = 0.3
# Pairs by which two Gaussians are compared.
N_COMPARED = 32
# A difference below this many nats is a draw, and goes to the one with the better coordinates or the longer climb.
DRAW_NATS = 0.05


@dataclass(frozen=True)
class BestGaussians:
    """The best found so far for each of N examples, float64."""

    diagonal: DiagonalGaussian
    full: FullGaussian


@torch.no_grad()
def fit(
    model: LatentModel, examples: Examples, seed: int, survey: Survey, n_steps: int = N_STEPS
) -> Iterator[Step[BestGaussians]]:
    """Two climbs, the diagonal one first; yields after each step, so that a caller can show or stop it.

    The diagonal one starts from Laplace's approximation at the best mode or from the encoder's q, the full one from
    Laplace's approximation or from where the diagonal one ended: whichever has the higher ELBO. Where a climb loses,
    its start is kept. What comes out is at best a local optimum: ELBO[found] <= ELBO[best].

    Args:
        model: its q(z|x) is a diagonal Gaussian; log densities that can be differentiated twice.
        examples: N of them; a result depends on the seed and the example's id, not on its company.
        seed: of all draws.
        survey: of this model; the latent dimensions that it found collapsed stay at the prior.
        n_steps: of each climb, at least 1.

    Raises:
        ValueError: q(z|x) is not a diagonal Gaussian.
    """
    assert n_steps >= 1, "a climb has a step"
    laplace, start = _starts(model, examples, Source(seed, Stream.LOCAL, 0), survey)
    found = start
    for found, fraction in _climb(model, examples, _diagonal_frame(start, survey.active), seed, 1, n_steps):
        yield Step(fraction / 2, BestGaussians(best_diagonal(found), laplace))
    diagonal = _as_full(best_diagonal(start))
    diagonal = _better(model, examples, found, diagonal, Source(seed, Stream.LOCAL, 2))
    start = _better(model, examples, laplace, diagonal, Source(seed, Stream.LOCAL, 3))
    for found, fraction in _climb(model, examples, _full_frame(start, survey.active), seed, 4, n_steps):
        yield Step((1 + fraction) / 2, BestGaussians(best_diagonal(diagonal), found))
    full = _better(model, examples, found, start, Source(seed, Stream.LOCAL, 5))
    yield Step(1.0, BestGaussians(best_diagonal(diagonal), full))


def diagonal_encoder(model: LatentModel, x: Tensor) -> DiagonalGaussian:
    """The encoder's q(z|x) where it is a diagonal Gaussian, float64.

    Raises:
        ValueError: it is something else.
    """
    q = encoder(model, x)
    if not isinstance(q, DiagonalGaussian):
        raise ValueError(
            "the best Gaussians are held against an encoder whose q(z|x) is a diagonal Gaussian; this one's is "
            f"a {type(q).__name__}"
        )
    return DiagonalGaussian(q.mean.double(), q.scale.double())


def best_diagonal(gaussian: FullGaussian) -> DiagonalGaussian:
    """The diagonal q with the least KL[q || N(m, F F')]: the same mean, variances 1/H_ii of the precision H."""
    identity = torch.eye(gaussian.n_noise, dtype=torch.float64)
    inverse = torch.linalg.solve_triangular(gaussian.factor, identity, upper=False)
    return DiagonalGaussian(gaussian.mean, (inverse**2).sum(-2).rsqrt())


def paired_draws(
    model: LatentModel, examples: Examples, q: Proposal, n_pairs: int, source: Source
) -> tuple[Tensor, Tensor, Tensor]:
    """Draws of q in M pairs of opposite noise: z (2, M, N, d), log p(x, z) and log q(z), float64 (2, M, N)."""
    half = normals(source, examples.ids, 0, n_pairs, q.n_noise)
    z, log_q = q.sample(torch.cat([half, -half]))
    pairs = (2, n_pairs)
    return (
        z.unflatten(0, pairs),
        log_joint(model, examples.x, z).unflatten(0, pairs),
        log_q.unflatten(0, pairs),
    )


def log_joint(model: LatentModel, x: Tensor, z: Tensor) -> Tensor:
    """log p(x, z) of places z (K, N, d), float64 (K, N), nats."""
    return torch.cat([_log_joint(model, x, part) for part in _passes(model, x, z)])


def _starts(
    model: LatentModel, examples: Examples, source: Source, survey: Survey
) -> tuple[FullGaussian, FullGaussian]:
    """Laplace's approximation, and what the diagonal climb starts from."""
    q, prior = diagonal_encoder(model, examples.x), model.prior()
    starts, _ = modes.surveyed(model, examples.x, survey)
    laplace = fitted.at_modes(model, examples.x, q, starts, survey).modes.best
    is_active = torch.zeros(model.latent_dim, dtype=torch.bool)
    is_active[survey.active] = True
    given = DiagonalGaussian(
        torch.where(is_active, q.mean, prior.mean.double()),
        torch.where(is_active, q.scale, prior.stddev.double()),
    )
    is_laplace = _is_better(model, examples, best_diagonal(laplace), given, source)
    return laplace, _where(is_laplace, laplace, _as_full(given))


def _better(
    model: LatentModel, examples: Examples, a: FullGaussian, b: FullGaussian, source: Source
) -> FullGaussian:
    return _where(_is_better(model, examples, a, b, source), a, b)


def _is_better(model: LatentModel, examples: Examples, a: Proposal, b: Proposal, source: Source) -> Tensor:
    """Whether ELBO[a] >= ELBO[b] but for a draw, on the same noise, (N,); one that is not finite is the worst."""
    elbo = []
    for q in (a, b):
        _, log_p, log_q = paired_draws(model, examples, q, N_COMPARED, source)
        elbo.append(torch.nan_to_num((log_p - log_q).mean((0, 1)), nan=-torch.inf))
    return torch.isfinite(elbo[0]) & (elbo[0] > elbo[1] - DRAW_NATS)


def _where(first: Tensor, a: FullGaussian, b: FullGaussian) -> FullGaussian:
    return FullGaussian(
        torch.where(first[:, None], a.mean, b.mean), torch.where(first[:, None, None], a.factor, b.factor)
    )


def _as_full(q: DiagonalGaussian) -> FullGaussian:
    return FullGaussian(q.mean, torch.diag_embed(q.scale))


@dataclass(frozen=True)
class _Frame:
    """z = m + F (b + T A e): m and F of `start`, T `inner` (N, d, d); `free` (d, d) is 1 where A may move."""

    start: FullGaussian
    inner: Tensor
    free: Tensor

    def place(self, u: Tensor) -> Tensor:
        """z (K, N, d) of u (K, N, d)."""
        return self.start.mean + apply(self.start.factor, u)

    def gaussian(self, b: Tensor, a: Tensor) -> FullGaussian:
        """The Gaussian in z of b (N, d) and A (N, d, d)."""
        return FullGaussian(self.place(b[None])[0], self.start.factor @ self.inner @ a)


def _diagonal_frame(start: FullGaussian, active: Tensor) -> _Frame:
    scales = torch.diag_embed(best_diagonal(start).scale)
    inner = torch.linalg.solve_triangular(start.factor, scales, upper=False)
    free = torch.zeros(start.n_noise, dtype=torch.float64)
    free[active] = 1
    return _Frame(start, inner, torch.diag(free))


def _full_frame(start: FullGaussian, active: Tensor) -> _Frame:
    free = torch.zeros(start.n_noise, start.n_noise, dtype=torch.float64)
    free[active[:, None], active] = 1
    return _Frame(start, torch.eye(start.n_noise, dtype=torch.float64).expand_as(start.factor), free.tril())


def _climb(
    model: LatentModel, examples: Examples, frame: _Frame, seed: int, part: int, n_steps: int
) -> Iterator[tuple[FullGaussian, float]]:
    """The Gaussian after each step, and the fraction of the steps that are done."""
    d = model.latent_dim
    noise = normals(Source(seed, Stream.LOCAL, part), examples.ids, 0, n_steps * N_PAIRS, d).double()
    b = torch.zeros(len(examples), d, dtype=torch.float64)
    a = torch.eye(d, dtype=torch.float64).expand(len(examples), d, d)
    for i, half in enumerate(noise.split(N_PAIRS)):
        rate = FIRST_RATE * 0.5 * (1 + math.cos(math.pi * i / n_steps))
        b, a = _step(model, examples.x, frame, b, a, torch.cat([half, -half]), rate)
        yield frame.gaussian(b, a), (i + 1) / n_steps


def _step(
    model: LatentModel, x: Tensor, frame: _Frame, b: Tensor, a: Tensor, e: Tensor, rate: float
) -> tuple[Tensor, Tensor]:
    """b and A after one gradient step on noise e (K, N, d); the diagonal of A moves in its logarithm."""
    scale = frame.inner @ a
    u = b + apply(scale, e)
    slope = _slope(model, x, frame.place(u))
    r = (slope.transpose(0, 1) @ frame.start.factor).transpose(0, 1) + u
    slope_b = (r.mean(0) - b) * frame.free.diagonal()
    slope_a = frame.free * (frame.inner.mT @ (torch.einsum("kni,knj->nij", r, e) / len(e) - scale))
    diagonal = a.diagonal(dim1=-2, dim2=-1)
    slope_log = slope_a.diagonal(dim1=-2, dim2=-1) * diagonal + frame.free.diagonal()
    grown = diagonal * torch.exp(_bounded(rate * slope_log))
    below = (a + _bounded(rate * slope_a)).tril(-1)
    return b + _bounded(rate * slope_b), below + torch.diag_embed(grown)


def _bounded(step: Tensor) -> Tensor:
    """No longer than `MAX_STEP`, and none where the slope is not a number."""
    return torch.nan_to_num(step, nan=0.0).clamp(-MAX_STEP, MAX_STEP)


def _slope(model: LatentModel, x: Tensor, z: Tensor) -> Tensor:
    """Gradient of log p(x, z) in z (K, N, d), float64."""
    slope_of = torch.func.grad(lambda z: _log_joint(model, x, z).sum())
    return torch.cat([slope_of(part) for part in _passes(model, x, z)]).double()


def _log_joint(model: LatentModel, x: Tensor, z: Tensor) -> Tensor:
    return model.likelihood(z).log_prob(x) + model.prior().log_prob(z).double()


def _passes(model: LatentModel, x: Tensor, z: Tensor) -> Sequence[Tensor]:
    """z in the model's own precision, as many draws at a time as a pass of the decoder takes."""
    return z.to(model.prior().mean.dtype).split(max(1, ROWS_PER_PASS // len(x)))
