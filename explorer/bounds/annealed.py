"""Annealed importance sampling from a Gaussian fitted to the posterior, and the same chain run backwards.

    log f_b(z) = (1 - b) log q(z) + b log p(x, z),      0 = b_0 < b_1 < ... < b_T = 1
    forward:   z_0 ~ q,  z_t ~ T_t(z_{t-1}) leaving f_{b_t} invariant,
               log w = sum_t log f_{b_t}(z_{t-1}) - log f_{b_{t-1}}(z_{t-1}),     E w = p(x)
    backward:  the same from z_T ~ p(z|x) to z_0;                               E 1/w = 1/p(x)

so that log mean w is a lower bound in expectation and, where an exact draw of p(z|x) is at hand (on data simulated
from the model), the backward one an upper bound: the sandwich of bidirectional Monte Carlo.

Each transition, forward and backward, is the same Hamiltonian one: it is reversible, so it is its own reverse. It works
in the coordinates where q is N(0, I). The step size of each example is found in a pilot run and then frozen: a step
that depends on the chain's own past would no longer leave f_b invariant.

Every example is decoded by itself. Log p of the same z differs by rounding with the number of rows decoded at once, and
now and then that decides whether a chain moves: a shared pass would make a result depend on the example's company.

References: Neal 2001; Grosse et al. 2015 (bidirectional); Wu et al. 2017; Neal 2011, section 5.2 (the leapfrog).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.bounds.engine import ROWS_PER_PASS, Examples
from explorer.bounds.noise import Source
from explorer.bounds.proposals.gaussian import FullGaussian, apply, log_det, whiten
from explorer.bounds.proposals.proposal import log_normal
from explorer.models.latent_model import LatentModel

N_CHAINS = 128
# On Gaussian posteriors of 16 and 50 dimensions from a start of 0.7 or 1.5 times their width, 48 temperatures with two
# leaps each gave two to five times the effective draws of 24 with four, for the same number of decoded rows.
N_STEPS = 48
N_LEAPS = 2
N_PILOT_CHAINS = 16
# 0.8 did better than 0.7 in the same comparison (0.65 is best in very many dimensions: Beskos et al. 2013).
WANTED_ACCEPTANCE = 0.8
FIRST_STEP = 0.5
_N_TUNINGS = 8


# Place y (M, N, d), log p(x, z) + log |F| there (M, N), and its gradient (M, N, d).
State = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class AnnealedRun:
    """What M chains of each of N examples came to.

    Attributes:
        log_w: log-weights (M, N), float64.
        z: where the chains ended (M, N, d), float64.
        n_decoded: rows decoded an example, the pilot's included; most of them with a gradient.
    """

    log_w: Tensor
    z: Tensor
    n_decoded: int


@torch.no_grad()
def forward(
    model: LatentModel,
    examples: Examples,
    start: FullGaussian,
    source: Source,
    n_steps: int = N_STEPS,
    n_chains: int = N_CHAINS,
) -> AnnealedRun:
    """Chains from q to p(z|x): log mean w <= log p(x) in expectation.

    Args:
        model: log densities that can be differentiated.
        examples: N of them.
        start: q; the closer to the posterior, the fewer steps are needed.
        source: of all random numbers, the pilot's too.
        n_steps: T; 1 is plain importance sampling from q.
        n_chains: M.
    """
    target = _Target(model, examples, start)
    step = _tuned(target, source)
    random = _Random(source, examples.ids, n_chains, model.latent_dim, part=1)
    return _run(target, random.normal(), step, random, _schedule(n_steps))


@torch.no_grad()
def backward(
    model: LatentModel,
    examples: Examples,
    start: FullGaussian,
    exact: Tensor,
    source: Source,
    n_steps: int = N_STEPS,
    n_chains: int = N_CHAINS,
) -> AnnealedRun:
    """Chains from exact posterior draws back to q; each chain's log w is >= log p(x) in expectation.

    Args:
        model: log densities that can be differentiated.
        examples: N of them, simulated from the model.
        start: q, fitted without a look at `exact`.
        exact: exact draws of p(z|x): the z (N, d) that each x was simulated from, or one for each chain (M, N, d).
        source: of all random numbers.
        n_steps: T.
        n_chains: M; where there is one exact draw all start at it. Their weights are averaged as 1/w.
    """
    target = _Target(model, examples, start)
    step = _tuned(target, source)
    random = _Random(source, examples.ids, n_chains, model.latent_dim, part=2)
    offset = (exact.double() - start.mean).expand(n_chains, -1, -1)
    y = whiten(start.factor, offset)
    return _run(target, y, step, random, _schedule(n_steps).flip(0))


def _schedule(n_steps: int) -> Tensor:
    """Temperatures: evenly spaced, as q is near p(z|x). From a prior they would crowd at both ends."""
    return torch.linspace(0, 1, n_steps + 1, dtype=torch.float64)


class _Target:
    """log p(x, z) and its gradient in the coordinates y = F^-1 (z - mean), where q is N(0, I)."""

    def __init__(self, model: LatentModel, examples: Examples, start: FullGaussian):
        self._model, self._start = model, start
        self.x, self.ids = examples.x, examples.ids
        self._dtype = model.prior().mean.dtype
        self.n_decoded = 0

    @property
    def dim(self) -> int:
        return self._start.n_noise

    def place(self, y: Tensor) -> Tensor:
        return self._start.mean + apply(self._start.factor, y)

    def __call__(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """log p(x, z) + log |F| (M, N), and its gradient in y (M, N, d)."""
        self.n_decoded += len(y)
        z = self.place(y).to(self._dtype)
        # Where a chain went astray nothing is asked of the model: a prior may refuse NaN for all examples.
        is_lost = ~torch.isfinite(z).all(-1)
        z = z.masked_fill(is_lost[..., None], 0)
        columns = [self._column(z[:, i, None], x[None]) for i, x in enumerate(self.x)]
        value = torch.cat([c[0] for c in columns], 1).masked_fill(is_lost, torch.nan)
        slope = torch.cat([c[1] for c in columns], 1).double()
        return value + log_det(self._start.factor), apply(self._start.factor.mT, slope)

    def _column(self, z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """log p(x, z) (M, 1) of one example, and its gradient in z (M, 1, d)."""
        parts = [self._part(part, x) for part in z.split(ROWS_PER_PASS)]
        return torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])

    def _part(self, z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        def log_joint(z: Tensor) -> tuple[Tensor, Tensor]:
            value = self._model.likelihood(z).log_prob(x) + self._model.prior().log_prob(z).double()
            return value.sum(), value

        slope, value = torch.func.grad(log_joint, has_aux=True)(z)
        return value, slope


class _Random:
    """One generator an example: its chains see the same numbers in any company."""

    def __init__(self, source: Source, ids: np.ndarray, n_chains: int, dim: int, part: int):
        self._generators = [source.generator(i, part) for i in ids.tolist()]
        self._n_chains, self._dim = n_chains, dim

    def normal(self) -> Tensor:
        """(M, N, d), float64."""
        drawn = [g.standard_normal((self._n_chains, self._dim)) for g in self._generators]
        return torch.from_numpy(np.stack(drawn, 1))

    def uniform(self) -> Tensor:
        """(M, N), float64."""
        return torch.from_numpy(np.stack([g.random(self._n_chains) for g in self._generators], 1))


def _run(target: _Target, y: Tensor, step: Tensor, random: _Random, schedule: Tensor) -> AnnealedRun:
    log_w = torch.zeros(y.shape[:2], dtype=torch.float64)
    state = (y, *target(y))
    is_forward = bool(schedule[-1] > schedule[0])
    for before, after in zip(schedule[:-1].tolist(), schedule[1:].tolist(), strict=True):
        # Forward, a chain moves at the temperature that it has come to; backward, at the one that it leaves.
        if not is_forward:
            state, _ = _transition(target, state, before, step, random)
        log_w += (after - before) * (state[1] - log_normal(state[0]))
        if is_forward:
            state, _ = _transition(target, state, after, step, random)
    return AnnealedRun(log_w if is_forward else -log_w, target.place(state[0]), target.n_decoded)


def _transition(
    target: _Target, state: State, b: float, step: Tensor, random: _Random
) -> tuple[State, Tensor]:
    """One Hamiltonian step that leaves f_b invariant; also each chain's acceptance probability (M, N)."""
    y, value, slope = state
    momentum = random.normal()
    here = _log_density(y, value, b) + log_normal(momentum)
    new = (y, value, slope)
    half = 0.5 * step[:, None]
    for _ in range(N_LEAPS):
        momentum = momentum + half * _slope(new, b)
        moved = new[0] + step[:, None] * momentum
        new = (moved, *target(moved))
        momentum = momentum + half * _slope(new, b)
    there = _log_density(new[0], new[1], b) + log_normal(momentum)
    change = torch.nan_to_num(there - here, nan=-torch.inf).clamp(max=0)
    accepted = torch.log(random.uniform()) < change
    kept = tuple(
        torch.where(accepted if a.ndim == 2 else accepted[..., None], a, c)
        for a, c in zip(new, state, strict=True)
    )
    return kept, torch.exp(change)  # type: ignore[return-value]  # three tensors, as `state` has


def _log_density(y: Tensor, value: Tensor, b: float) -> Tensor:
    return (1 - b) * log_normal(y) + b * value


def _slope(state: State, b: float) -> Tensor:
    return (b - 1) * state[0] + b * state[2]


def _tuned(target: _Target, source: Source) -> Tensor:
    """A step size for each example (N,), from short chains whose draws are not used again."""
    n = len(target.ids)
    random = _Random(source, target.ids, N_PILOT_CHAINS, target.dim, part=0)
    y = random.normal()
    state = (y, *target(y))
    step = torch.full((n,), FIRST_STEP, dtype=torch.float64)
    for i in range(_N_TUNINGS):
        state, acceptance = _transition(target, state, 1.0, step, random)
        step = step * torch.exp((acceptance.mean(0) - WANTED_ACCEPTANCE) * 2 / (1 + i) ** 0.5)
    return step
