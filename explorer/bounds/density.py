"""The posterior p(z|x) of one example on a plane in latent space, beside the encoder's q(z|x).

    z = o + B u + what is off the plane,     u = B'(z - o) in R^2,     B (d, 2) with orthonormal columns

Both densities are the marginals of u. That of a diagonal Gaussian q is Gaussian, N(B'(mu - o), B' diag(s^2) B). That of
the posterior is

    d = 2   p(x, o + B u) / p(x), exact: log p(x) is a sum over a grid, which for a smooth density converges faster than
            any power of the spacing. KL[q || p(.|x)] = log p(x) - E_q log p(x, z) / q(z), with E_q over a grid as well.
            Every other point tells the error of both.
    d > 2   a kernel density estimate from importance draws of a proposal around the posterior's modes.

The kernel has the draws' covariance times h^2, h = ESS^(-1/6) (Silverman's rule in two dimensions). It would widen the
density by h^2, so its places are drawn towards the mean by sqrt(1 - h^2): mean and covariance are those of the draws.

References: Silverman 1986, eq. 4.14; West 1993 (the shrinkage); Trefethen & Weideman 2014 (sums over a grid).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.bounds.best_gaussian import diagonal_encoder, log_joint
from explorer.bounds.engine import Examples, draw
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import fitted, modes
from explorer.bounds.proposals.modes import Survey
from explorer.models.latent_model import LatentModel
from explorer.steps import last

# The picture shows so many standard deviations of both densities on each side.
SHOWN_DEVIATIONS = 4.0
N_SHOWN = 97
# Draws of the exact posterior, and importance draws of another one.
N_SAMPLES = 2048
# Effective draws below which those that are given are not used.
WANTED_ESS = 400
# Points a side of the grids that look for the mass, and of the one that adds it up; the latter odd, so that every other
# point spans the same window.
_N_SOUGHT, _N_SUMMED, _N_Q = 65, 129, 65
# The mass that is left out has a density below the highest by this many nats.
_DEPTH_NATS = 30.0
_MOST_ZOOMS = 32
_PRIOR_DEVIATIONS, _Q_DEVIATIONS = 6.0, 8.0
# Of the stream of random numbers the first part that the fit takes.
_FIT_PART = 1
# Values at once in the kernel density estimate.
_KERNELS_PER_PASS = 2**21


@dataclass(frozen=True)
class Exact:
    """What a grid over all of a two-dimensional latent space tells, nats; errors by a second resolution."""

    log_px_nats: float
    log_px_error: float
    kl_nats: float
    kl_error: float


@dataclass(frozen=True)
class PlaneDensity:
    """Densities on a plane, per unit of its area; float64.

    Attributes:
        x, y: places of the grid's columns (nx,) and rows (ny,), in the plane's coordinates.
        posterior: p(u|x), (ny, nx).
        q: q(u|x), (ny, nx).
        samples: draws u (n, 2) that stand for the posterior, with `weights`.
        weights: (n,), summing to one.
        exact: where the latent space is this plane; None where `posterior` is an estimate.
    """

    x: np.ndarray
    y: np.ndarray
    posterior: np.ndarray
    q: np.ndarray
    samples: np.ndarray
    weights: np.ndarray
    exact: Exact | None

    @property
    def is_exact(self) -> bool:
        """Whether `posterior` has no error but rounding's."""
        return self.exact is not None

    @property
    def ess(self) -> float:
        """How many equally weighted draws the samples are worth."""
        return float(1 / (self.weights**2).sum())


@torch.no_grad()
def plane_density(
    model: LatentModel,
    example: Examples,
    origin: np.ndarray,
    basis: np.ndarray,
    seed: int = 0,
    survey: Survey | None = None,
    n_shown: int = N_SHOWN,
    drawn: tuple[Tensor, Tensor] | None = None,
) -> PlaneDensity:
    """Posterior and q of one example on a plane.

    Args:
        model: its q(z|x) is a diagonal Gaussian, and so is its prior.
        example: one; the result depends on the seed and its id.
        origin: o, (d,).
        basis: B, (d, 2), orthonormal columns.
        seed: of all draws.
        survey: of this model, for d > 2; made here unless given.
        n_shown: points a side of the picture.
        drawn: importance draws of the posterior that are there already, z (n, d) and log w (n,), for d > 2; they are
            used where they are worth `WANTED_ESS`.

    Raises:
        ValueError: q(z|x) is not a diagonal Gaussian.
        FloatingPointError: log p(x, z) is not finite anywhere.
    """
    assert len(example) == 1, "one example at a time"
    plane = _Plane(torch.as_tensor(origin).double(), torch.as_tensor(basis).double())
    assert plane.basis.shape == (model.latent_dim, 2), "a plane of this latent space"
    if model.latent_dim == 2:
        return _exact(model, example, plane, seed, n_shown)
    kept = _even_enough(drawn)
    if kept is None:
        survey = modes.survey(model) if survey is None else survey
        kept = _importance_draws(model, example, seed, survey)
    return _estimated(model, example, plane, kept, n_shown)


@dataclass(frozen=True)
class _Plane:
    origin: Tensor
    basis: Tensor

    def place(self, z: Tensor) -> Tensor:
        return (z.double() - self.origin) @ self.basis

    def lift(self, u: Tensor) -> Tensor:
        return self.origin + u @ self.basis.T


@dataclass(frozen=True)
class _Normal:
    """A Gaussian on the plane: mean (2,), covariance (2, 2)."""

    mean: Tensor
    covariance: Tensor

    def density(self, u: Tensor) -> Tensor:
        """At places u (..., 2)."""
        return torch.exp(
            torch.distributions.MultivariateNormal(self.mean, self.covariance, validate_args=False).log_prob(
                u
            )
        )

    def window(self, n_deviations: float) -> _Window:
        reach = n_deviations * self.covariance.diagonal().sqrt()
        return _Window(self.mean - reach, self.mean + reach)


@dataclass(frozen=True)
class _Window:
    """A rectangle from `low` (2,) to `high` (2,)."""

    low: Tensor
    high: Tensor

    def with_(self, other: _Window) -> _Window:
        """The smallest one around both."""
        return _Window(torch.minimum(self.low, other.low), torch.maximum(self.high, other.high))

    def axes(self, n: int) -> tuple[Tensor, Tensor]:
        x, y = (torch.linspace(a, b, n, dtype=torch.float64) for a, b in zip(*self._ends(), strict=True))
        return x, y

    def grid(self, n: int) -> Tensor:
        """Places (n, n, 2); rows go along y."""
        x, y = self.axes(n)
        return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)

    def cell(self, n: int) -> float:
        """The area of one cell of the grid."""
        return float(((self.high - self.low) / (n - 1)).prod())

    def _ends(self) -> tuple[list[float], list[float]]:
        return self.low.tolist(), self.high.tolist()


def _q_on(plane: _Plane, model: LatentModel, example: Examples) -> _Normal:
    q = diagonal_encoder(model, example.x)
    return _Normal(plane.place(q.mean[0]), plane.basis.T @ (q.scale[0, :, None] ** 2 * plane.basis))


LogDensity = Callable[[Tensor], Tensor]


def _exact(model: LatentModel, example: Examples, plane: _Plane, seed: int, n_shown: int) -> PlaneDensity:
    def log_f(u: Tensor) -> Tensor:
        value = log_joint(model, example.x, plane.lift(u).reshape(-1, 1, 2)).view(u.shape[:-1])
        return torch.nan_to_num(value, nan=-torch.inf, posinf=-torch.inf, neginf=-torch.inf)

    q, prior = _q_on(plane, model, example), model.prior()
    prior_scale = prior.stddev.double().max().expand(2)
    on_plane = _Normal(plane.place(prior.mean), torch.diag(prior_scale**2))
    whole = on_plane.window(_PRIOR_DEVIATIONS).with_(q.window(_Q_DEVIATIONS))
    window = _around_the_mass(log_f, whole)
    u, values = window.grid(_N_SUMMED), log_f(window.grid(_N_SUMMED))
    log_px, coarse = (_log_sum(values[::s, ::s], s * s * window.cell(_N_SUMMED)) for s in (1, 2))
    kl, kl_error = _kl(log_f, q, log_px)
    weights = torch.softmax(values.flatten(), 0)
    shown = _moments(u.reshape(-1, 2), weights).window(SHOWN_DEVIATIONS).with_(q.window(SHOWN_DEVIATIONS))
    samples = _drawn(u.reshape(-1, 2), weights, window, seed, int(example.ids[0]))
    error = abs(log_px - coarse)
    return _picture(
        shown,
        n_shown,
        torch.exp(log_f(shown.grid(n_shown)) - log_px),
        q,
        (samples, np.full(len(samples), 1 / len(samples))),
        Exact(log_px, error, kl, kl_error + error),
    )


def _estimated(
    model: LatentModel, example: Examples, plane: _Plane, kept: tuple[Tensor, Tensor], n_shown: int
) -> PlaneDensity:
    z, weights = kept
    u, q = plane.place(z), _q_on(plane, model, example)
    around = _moments(u, weights)
    shown = around.window(SHOWN_DEVIATIONS).with_(q.window(SHOWN_DEVIATIONS))
    posterior = _kernel_density(shown.grid(n_shown), u, weights, around)
    return _picture(shown, n_shown, posterior, q, (u.numpy(), weights.numpy()), None)


def _picture(
    shown: _Window,
    n_shown: int,
    posterior: Tensor,
    q: _Normal,
    drawn: tuple[np.ndarray, np.ndarray],
    exact: Exact | None,
) -> PlaneDensity:
    x, y = shown.axes(n_shown)
    q_density = q.density(shown.grid(n_shown))
    return PlaneDensity(x.numpy(), y.numpy(), posterior.numpy(), q_density.numpy(), *drawn, exact)


def _around_the_mass(log_f: LogDensity, window: _Window) -> _Window:
    """The rectangle outside which the density is negligible."""
    for _ in range(_MOST_ZOOMS):
        smaller = _zoomed(log_f(window.grid(_N_SOUGHT)), window)
        shrunk = (smaller.high - smaller.low) / (window.high - window.low)
        window = smaller
        if bool((shrunk > 0.7).all() and (shrunk <= 1).all()):
            break
    return window


def _zoomed(values: Tensor, window: _Window) -> _Window:
    """The window around the points that matter, one cell wider; as wide again where they touch its border."""
    if not bool(torch.isfinite(values).any()):
        raise FloatingPointError("log p(x, z) is not finite anywhere: there is no posterior to show")
    # A peak between grid points is higher than the best of them by about an eighth of the second differences.
    kept = values + _bend(values) / 8 > values.max() - _DEPTH_NATS
    step = (window.high - window.low) / (_N_SOUGHT - 1)
    first, last = [], []
    for dim in (0, 1):
        where = torch.nonzero(kept.any(dim))[:, 0]
        first.append(int(where[0]) - (1 if where[0] > 0 else _N_SOUGHT))
        last.append(int(where[-1]) + (1 if where[-1] < _N_SOUGHT - 1 else _N_SOUGHT))
    return _Window(window.low + torch.tensor(first) * step, window.low + torch.tensor(last) * step)


def _bend(values: Tensor) -> Tensor:
    """Sizes of the second differences along both axes, summed; 0 where they are not finite."""
    bend = torch.zeros_like(values)
    along_y = values[2:] - 2 * values[1:-1] + values[:-2]
    along_x = values[:, 2:] - 2 * values[:, 1:-1] + values[:, :-2]
    bend[1:-1] += torch.nan_to_num(along_y, nan=0.0, posinf=0.0, neginf=0.0).abs()
    bend[:, 1:-1] += torch.nan_to_num(along_x, nan=0.0, posinf=0.0, neginf=0.0).abs()
    return bend


def _log_sum(values: Tensor, cell: float) -> float:
    return float(torch.logsumexp(values.flatten(), 0)) + math.log(cell)


def _kl(log_f: LogDensity, q: _Normal, log_px: float) -> tuple[float, float]:
    """KL[q || p(.|x)] and what half the resolution changes of E_q."""
    standard = _Normal(torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))
    e = standard.window(_Q_DEVIATIONS).grid(_N_Q)
    u = q.mean + e @ torch.linalg.cholesky(q.covariance).T
    share, log_ratio = standard.density(e), log_f(u) - q.density(u).log()
    means = [float((share[::s, ::s] * log_ratio[::s, ::s]).sum() / share[::s, ::s].sum()) for s in (1, 2)]
    return log_px - means[0], abs(means[0] - means[1])


def _moments(u: Tensor, weights: Tensor) -> _Normal:
    """Of weighted places u (n, 2)."""
    mean = weights @ u
    return _Normal(mean, (weights[:, None] * (u - mean)).T @ (u - mean))


def _drawn(u: Tensor, weights: Tensor, window: _Window, seed: int, example_id: int) -> np.ndarray:
    """Draws (n, 2) of a density on a grid: a cell, and a place in it."""
    generator = Source(seed, Stream.DISPLAY).generator(example_id, 0)
    cells = generator.choice(len(u), N_SAMPLES, p=weights.numpy())
    within = generator.random((N_SAMPLES, 2)) - 0.5
    return u.numpy()[cells] + within * ((window.high - window.low) / (_N_SUMMED - 1)).numpy()


def _importance_draws(
    model: LatentModel, example: Examples, seed: int, survey: Survey
) -> tuple[Tensor, Tensor]:
    """Draws z (n, d) of the density that is fitted to this example, and their normalised weights (n,)."""
    q = diagonal_encoder(model, example.x)
    proposal = last(fitted.fit(model, example, q, survey, Source(seed, Stream.DISPLAY, _FIT_PART)))
    z, log_w = draw(model, example, proposal, N_SAMPLES, Source(seed, Stream.DISPLAY))
    return z[:, 0], _normalised(log_w[:, 0])


def _even_enough(drawn: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor] | None:
    """The draws with normalised weights, unless they are worth too few."""
    if drawn is None or not bool(torch.isfinite(drawn[1]).any()):
        return None
    z, weights = drawn[0], _normalised(drawn[1])
    return (z, weights) if _worth(weights) >= WANTED_ESS else None


def _worth(weights: Tensor) -> float:
    """Effective draws."""
    return float(1 / (weights**2).sum())


def _normalised(log_w: Tensor) -> Tensor:
    log_w = torch.nan_to_num(log_w, nan=-torch.inf, posinf=-torch.inf, neginf=-torch.inf)
    if not bool(torch.isfinite(log_w).any()):
        raise FloatingPointError("log p(x, z) is not finite anywhere: there is no posterior to show")
    return torch.softmax(log_w, 0)


def _kernel_density(places: Tensor, u: Tensor, weights: Tensor, around: _Normal) -> Tensor:
    """The density at `places` (ny, nx, 2) of draws u (n, 2), whose moments are `around`."""
    h = float((weights**2).sum()) ** (1 / 6)
    factor = torch.linalg.cholesky(around.covariance)
    centres = math.sqrt(max(1 - h**2, 0.0)) * _whitened(u, around.mean, factor) / h
    points = _whitened(places.reshape(-1, 2), around.mean, factor) / h
    # w exp(-|p - c|^2/2) by the product p'c, in place: a quarter of the time of distances and their squares.
    log_height = torch.log(weights) - 0.5 * (centres**2).sum(1)
    rows = max(1, _KERNELS_PER_PASS // len(u))
    sums = []
    for p in points.split(rows):
        exponents = torch.addmm(log_height, p, centres.T).sub_(0.5 * (p**2).sum(1, keepdim=True))
        sums.append(exponents.exp_().sum(1))
    norm = 2 * math.pi * h**2 * float(factor.diagonal().prod())
    return (torch.cat(sums) / norm).view(places.shape[:-1])


def _whitened(u: Tensor, mean: Tensor, factor: Tensor) -> Tensor:
    return torch.linalg.solve_triangular(factor, (u - mean).T, upper=False).T
