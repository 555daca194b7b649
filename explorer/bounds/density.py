"""The posterior p(z|x) of one example on a plane in latent space, beside the encoder's q(z|x).

    z = o + B u + what is off the plane,     u = B'(z - o) in R^2,     B (d, 2) with orthonormal columns

Both densities are the marginals of u. That of a diagonal Gaussian q is Gaussian, N(B'(mu - o), B' diag(s^2) B). That of
the posterior is

    d = 2   p(x, o + B u) / p(x), exact: log p(x) and KL[q || p(.|x)] are sums over a grid (see `quadrature`)
    d > 2   a kernel density estimate (see `kernel_density`) from importance draws of a density that is fitted to x
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.bounds import quadrature
from explorer.bounds.best_gaussian import diagonal_encoder, log_joint
from explorer.bounds.engine import Examples, draw
from explorer.bounds.kernel_density import kernel_density
from explorer.bounds.noise import Source, Stream
from explorer.bounds.plane_grid import LatentPlane, PlaneGaussian, Window
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
_PRIOR_DEVIATIONS = 6.0
# Of the stream of random numbers the first part that the fit takes.
_FIT_PART = 1


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
    plane = LatentPlane(torch.as_tensor(origin).double(), torch.as_tensor(basis).double())
    assert plane.basis.shape == (model.latent_dim, 2), "a plane of this latent space"
    if model.latent_dim == 2:
        return _exact(model, example, plane, seed, n_shown)
    kept = _even_enough(drawn)
    if kept is None:
        survey = modes.survey(model) if survey is None else survey
        kept = _importance_draws(model, example, seed, survey)
    return _estimated(model, example, plane, kept, n_shown)


def _q_on(plane: LatentPlane, model: LatentModel, example: Examples) -> PlaneGaussian:
    q = diagonal_encoder(model, example.x)
    return PlaneGaussian(plane.place(q.mean[0]), plane.basis.T @ (q.scale[0, :, None] ** 2 * plane.basis))


def _exact(
    model: LatentModel, example: Examples, plane: LatentPlane, seed: int, n_shown: int
) -> PlaneDensity:
    def log_f(u: Tensor) -> Tensor:
        value = log_joint(model, example.x, plane.lift(u).reshape(-1, 1, 2)).view(u.shape[:-1])
        return torch.nan_to_num(value, nan=-torch.inf, posinf=-torch.inf, neginf=-torch.inf)

    q, prior = _q_on(plane, model, example), model.prior()
    widest = prior.stddev.double().max().expand(2)
    on_plane = PlaneGaussian(plane.place(prior.mean), torch.diag(widest**2))
    whole = on_plane.window(_PRIOR_DEVIATIONS).with_(q.window(quadrature.Q_DEVIATIONS))
    mass = quadrature.mass(log_f, whole)
    kl, kl_error = quadrature.kl(log_f, q, mass.log_total)
    shown = mass.moments.window(SHOWN_DEVIATIONS).with_(q.window(SHOWN_DEVIATIONS))
    posterior = torch.exp(log_f(shown.grid(n_shown)) - mass.log_total)
    samples = mass.draws(N_SAMPLES, Source(seed, Stream.DISPLAY).generator(int(example.ids[0]), 0))
    drawn = samples, np.full(len(samples), 1 / len(samples))
    exact = Exact(mass.log_total, mass.error, kl, kl_error + mass.error)
    return _picture(shown, n_shown, posterior, q, drawn, exact)


def _estimated(
    model: LatentModel,
    example: Examples,
    plane: LatentPlane,
    kept: tuple[Tensor, Tensor],
    n_shown: int,
) -> PlaneDensity:
    z, weights = kept
    u, q = plane.place(z), _q_on(plane, model, example)
    around = PlaneGaussian.of(u, weights)
    shown = around.window(SHOWN_DEVIATIONS).with_(q.window(SHOWN_DEVIATIONS))
    posterior = kernel_density(shown.grid(n_shown), u, weights, around)
    return _picture(shown, n_shown, posterior, q, (u.numpy(), weights.numpy()), None)


def _picture(
    shown: Window,
    n_shown: int,
    posterior: Tensor,
    q: PlaneGaussian,
    drawn: tuple[np.ndarray, np.ndarray],
    exact: Exact | None,
) -> PlaneDensity:
    x, y = shown.axes(n_shown)
    q_density = q.density(shown.grid(n_shown))
    return PlaneDensity(x.numpy(), y.numpy(), posterior.numpy(), q_density.numpy(), *drawn, exact)


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
