"""Paths that are short where the decoder measures the length: geodesics of its pulled-back Fisher-Rao metric.

A code z stands for the distribution p(x|z). With J the Jacobian of the decoder's parameters t(z) and G their Fisher
information, a step dz is as long as what it changes about x:

    squared length = dz' J' G J dz ~ 2 KL(p(x|z) || p(x|z + dz)), in nats.

A length of 1 is one standard deviation of a Gaussian that moves. Where no example has its code the decoder may hardly
change, and such places would be short cuts. So a step there is longer by a term of its own:

    metric(z) = J' G J + w kappa^2 rho(z) I,    rho = softplus_4(ratio(z) - 1)^2,

ratio the distance to a code in units of that code's local scale (`latent.support`), kappa^2 the mean squared speed
of the decoder along the straight line, and softplus_4(r) = log(1 + exp(4 r)) / 4. A curve z_0 .. z_n has

    energy = n sum_i (squared Fisher-Rao step_i + w kappa^2 (rho(z_i) + rho(z_i+1)) / 2 |z_i+1 - z_i|^2) >= length^2,

with equality where all steps are equally long; the curve of least energy is the geodesic, at constant speed.

References:
    Tosi, Hauberg, Vellido & Lawrence 2014, Metrics for probabilistic geometries (metrics pulled back by a model).
    Arvanitidis, Hansen & Hauberg 2018, Latent space oddity (geodesics of a VAE's decoder).
    Arvanitidis, Gonzalez-Duque, Pouplin, Kalatzis & Hauberg 2022, Pulling back information geometry, section 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.latent import paths
from explorer.latent.arrays import Floats
from explorer.latent.neighbours import Search, nearest, search
from explorer.models.capabilities import require_gradients
from explorer.models.latent_model import LatentModel
from explorer.steps import Step

_SHARPNESS = 4
"""Of the softplus: rho is 0.03 at ratio 1, the edge of good support, and 1.02 at ratio 2, the edge of any."""
_LEAST_SCALE = 1e-12
_N_NEAREST = 8
"""Codes that a point of the curve keeps its distance to within a round, whichever is nearest by its own scale."""


@dataclass(frozen=True)
class Settings:
    """How a geodesic is looked for.

    Attributes:
        n_points: of the curve between two anchors; 32 follow every bend that a path of eleven frames can show.
        n_rounds: after each, the nearest codes are looked up again and the path is shown.
        n_iterations: of L-BFGS in a round.
        least_gain: a round that lowers the energy by a smaller share is the last.
        support_weight: w. 4 made paths of Fashion-MNIST 0.6% longer than 0 did, and their worst support better than
            the straight lines'.
    """

    n_points: int = 32
    n_rounds: int = 10
    n_iterations: int = 12
    least_gain: float = 2e-3
    support_weight: float = 4.0


@dataclass(frozen=True, eq=False)
class Geodesic:
    """The best curve so far.

    Attributes:
        parts: its points between each two anchors, (n_points, d), anchors exact.
        steps: the Fisher-Rao length of each step of each part, (n_points - 1,).
        energy: of each part.
        start_energy: of the curve that each part started from; never less than its energy.
    """

    parts: tuple[Floats, ...]
    steps: tuple[Floats, ...]
    energy: tuple[float, ...]
    start_energy: tuple[float, ...]

    def through(self, n: int) -> Floats:
        """n codes along the curve, evenly by Fisher-Rao length, every anchor exactly among them; (n, d)."""
        return paths.joined(self.parts, n, self.steps)


@torch.inference_mode()
def fisher_rao_steps(model: LatentModel, codes: npt.ArrayLike) -> Floats:
    """The Fisher-Rao length of each step along codes (n, d), shape (n - 1,); n >= 2.

    The sum of the steps of ever finer paths tends to the length of the curve, mostly from below.
    """
    steps: Floats = model.likelihood(torch.tensor(np.asarray(codes))).squared_steps().sqrt().numpy()
    return steps


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Where examples have their codes: codes (N, d), and the local scale of each, (N,)."""

    codes: Floats
    radius: Floats

    @cached_property
    def _index(self) -> Search:
        return search(self.codes)

    def of(self, z: Floats) -> Nearby:
        """The codes nearest to each point of a curve (n, d)."""
        _, rows = nearest(self._index, z.astype(np.float64), min(_N_NEAREST, len(self.codes)))
        scale = np.maximum(self.radius[rows], _LEAST_SCALE).astype(z.dtype)
        return Nearby(torch.from_numpy(self.codes[rows].astype(z.dtype)), torch.from_numpy(scale))


@dataclass(frozen=True, eq=False)
class Nearby:
    """The k codes near each of n points, (n, k, d), and their local scales, (n, k)."""

    codes: Tensor
    scale: Tensor

    def rho(self, z: Tensor) -> Tensor:
        """How little the points z (n, d) are supported, squared: shape (n,)."""
        ratio = (torch.linalg.vector_norm(z[:, None] - self.codes, dim=-1) / self.scale).amin(dim=1)
        return F.softplus(ratio - 1, beta=_SHARPNESS) ** 2


@dataclass(frozen=True, eq=False)
class Energy:
    """The energy of curves between two codes.

    Attributes:
        model: whose decoder measures.
        support: w kappa^2.
    """

    model: LatentModel
    support: float

    def __call__(self, z: Tensor, near: Nearby) -> Tensor:
        """Of a curve z (n, d), a scalar, float64."""
        rho, moves = near.rho(z), z.diff(dim=0).square().sum(1)
        outside = 0.5 * (rho[1:] + rho[:-1]) * moves
        decoded = self.model.likelihood(z).squared_steps()
        return (len(z) - 1) * (decoded + self.support * outside.double()).sum()


def geodesic(
    model: LatentModel,
    surroundings: Surroundings,
    anchors: npt.ArrayLike,
    starts: Sequence[Sequence[Floats]] = (),
    settings: Settings = Settings(),
) -> Iterator[Step[Geodesic]]:
    """Looks for the geodesic through anchors, one part after another.

    Args:
        model: whose decoder measures.
        surroundings: the examples' codes.
        anchors: codes with shape (m, d), m >= 2, in the model's floating type.
        starts: other curves than the straight line to begin from; each has a polyline (m_i, d) between each two
            anchors. The one of least energy is taken, a part at a time.
        settings: how long to look.

    Yields:
        The best curve so far, after the choice of starts and after each round; energies only fall.

    Raises:
        MapError: fewer than two anchors.
        CapabilityError: the model has no gradients in z.
    """
    require_gradients(model, "looking for a geodesic")
    rows = np.asarray(anchors)
    paths.steps(rows, len(rows))
    candidates = [[np.stack(pair) for pair in pairwise(rows)], *starts]
    parts = [_Part.best(model, surroundings, options, settings) for options in zip(*candidates, strict=True)]
    n_rounds = len(parts) * settings.n_rounds
    yield Step(0.0, _whole(parts))
    for i in range(len(parts)):
        for done in range(settings.n_rounds):
            before = parts[i]
            parts[i] = before.improved(settings.n_iterations)
            is_last = parts[i].value >= (1 - settings.least_gain) * before.value
            reached = (i + 1) * settings.n_rounds if is_last else i * settings.n_rounds + done + 1
            yield Step(reached / n_rounds, _whole(parts))
            if is_last:
                break


@dataclass(frozen=True, eq=False)
class _Part:
    """A curve between two anchors: its points z (n, d), its energy and that of the one it started from."""

    energy: Energy
    surroundings: Surroundings
    z: Floats
    value: float
    start: float

    @classmethod
    def best(
        cls, model: LatentModel, surroundings: Surroundings, curves: Sequence[Floats], settings: Settings
    ) -> _Part:
        """The curve of least energy, the first of them the straight line."""
        ends, n = curves[0], settings.n_points
        line = paths.linear(ends[0], ends[1], n)
        apart = float(np.linalg.norm(ends[1] - ends[0]))
        squared_speed = (n - 1) * float((fisher_rao_steps(model, line) ** 2).sum()) / max(apart, 1e-12) ** 2
        energy = Energy(model, settings.support_weight * squared_speed)
        resampled = [line, *(paths.joined([curve], n).astype(line.dtype) for curve in curves[1:])]
        values = [_value(energy, surroundings, z) for z in resampled]
        least = int(np.argmin(values))
        return cls(energy, surroundings, resampled[least], values[least], values[least])

    def improved(self, n_iterations: int) -> _Part:
        """After a round of L-BFGS; itself where that found nothing better."""
        stands_still = bool((self.z[0] == self.z[-1]).all())
        if stands_still or self.value == 0:
            return self
        z = _descended(self.energy, self.surroundings.of(self.z), self.z, self.value, n_iterations)
        value = _value(self.energy, self.surroundings, z)
        return replace(self, z=z, value=value) if value < self.value else self


def _whole(parts: Sequence[_Part]) -> Geodesic:
    return Geodesic(
        parts=tuple(part.z for part in parts),
        steps=tuple(fisher_rao_steps(part.energy.model, part.z) for part in parts),
        energy=tuple(part.value for part in parts),
        start_energy=tuple(part.start for part in parts),
    )


@torch.inference_mode()
def _value(energy: Energy, surroundings: Surroundings, z: Floats) -> float:
    return float(energy(torch.from_numpy(z), surroundings.of(z)))


def _descended(energy: Energy, near: Nearby, z: Floats, scale: float, n_iterations: int) -> Floats:
    """The curve after some iterations of L-BFGS on energy / scale, its ends kept."""
    ends, start = torch.from_numpy(z[[0, -1]]), torch.from_numpy(z[1:-1])
    smooth = torch.from_numpy(_smoothing(len(z) - 2).astype(z.dtype))
    w = torch.zeros_like(start, requires_grad=True)
    optimiser = torch.optim.LBFGS([w], max_iter=n_iterations, line_search_fn="strong_wolfe")

    def curve() -> Tensor:
        return torch.cat([ends[:1], start + smooth @ w, ends[1:]])

    def closure() -> Tensor:
        loss = energy(curve(), near) / scale
        # Of w alone: the model's own gradients are nobody's business here.
        (w.grad,) = torch.autograd.grad(loss, w)
        return loss

    optimiser.step(closure)
    return curve().detach().numpy()


def _smoothing(n: int) -> npt.NDArray[np.float64]:
    """C with C C' the inverse of the energy's Hessian under a constant metric, (n, n).

    That Hessian is the path's Laplacian, 2 on the diagonal and -1 beside it, whose condition number grows as n^2;
    in w with z = C w the energy is as round as the metric lets it be, and few iterations reach the minimum.
    """
    laplacian = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    return np.linalg.inv(np.linalg.cholesky(laplacian)).T
