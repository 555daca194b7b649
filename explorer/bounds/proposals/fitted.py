"""A density fitted to p(z|x) of each example: around its modes, moved to weighted draws, with wider draws in defence.

    around    g(z) = sum_j a_j N(z_j, s^2 H_j^-1)             the modes z_j with shares a_j (see `modes`), s = WIDTH
    moved     g(z) = N(m, s^2 S) where there is one mode, else half of that and half around the modes;
              m and S are the moments of all weighted draws so far (see `adapted`)
    defended  q(z) = (1 - delta) g(z) + delta N(mu, t^2 diag(sigma^2)),     delta = DEFENCE, t = DEFENCE_WIDTH

N(mu, diag(sigma^2)) is the encoder's q(z|x). The defence bounds the weights where the fitted density is too narrow, and
the encoder's q does that better than the fitted components made wider: of 80 digits 2 kept a tail too heavy to be
trusted, against 11.

References: Hesterberg 1995 (defence); Cappe et al. 2008 (rounds of adaptation).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from explorer.bounds import weights
from explorer.bounds.engine import Examples, draw
from explorer.bounds.estimates import estimate
from explorer.bounds.noise import Source
from explorer.bounds.proposals import (
    DiagonalGaussian,
    FullGaussian,
    Mixture,
    Proposal,
    adapted,
    centre,
    modes,
)
from explorer.bounds.proposals.laplace import EXAMPLES_PER_FIT
from explorer.bounds.proposals.modes import Modes, Survey
from explorer.models.capabilities import require_fits
from explorer.models.latent_model import LatentModel
from explorer.steps import Step

# Measured on the shipped models and a 50-dimensional one (docs/estimators.md): narrower proposals leave heavy tails,
# wider ones waste draws.
WIDTH = 1.1
# Draws of the rounds of adaptation; the moments are taken from all rounds together.
ROUNDS = (1024, 2048, 4096)
DEFENCE, DEFENCE_WIDTH = 0.1, 1.5
# Weights with a lighter tail than this are even enough for `fit` to stop, if the draws are worth this share of them.
GOOD_SHAPE, GOOD_SHARE = 0.4, 0.2
# The share of the time of `fit` until its starts are known, and until its modes are.
_SURVEYED, _CLIMBED = 0.1, 0.8


@dataclass(frozen=True)
class Fit:
    """What a density is made of, for each of N examples.

    Attributes:
        modes: of p(z|x).
        q: the encoder's, where it is a diagonal Gaussian.
        active: the latent dimensions that are fitted; the others stay at the prior.
        moved: the Gaussian at the best mode, moved to weighted draws; None before there are any.
    """

    modes: Modes
    q: DiagonalGaussian | None
    active: Tensor
    moved: FullGaussian | None = None

    @property
    def is_single(self) -> bool:
        """Whether every example has one mode."""
        return bool(self.modes.is_single.all())

    @property
    def gaussian(self) -> FullGaussian:
        """The one Gaussian that is nearest to p(z|x) so far."""
        return self.modes.best if self.moved is None else self.moved

    def select(self, rows: Tensor) -> Fit:
        """The fit of some of the examples."""
        q = None if self.q is None else self.q.select(rows)
        moved = None if self.moved is None else self.moved.select(rows)
        return Fit(self.modes.select(rows), q, self.active, moved)

    def moved_to(self, z: Tensor, log_w: Tensor) -> Fit:
        """The same with the moments of draws z (K, N, d) of any proposal, with log-weights (K, N)."""
        return replace(self, moved=adapted.fit(self.modes.best, z, log_w, self.active))

    def around(self) -> FullGaussian | Mixture:
        """The modes, each a little wider: no draws needed, and none in defence."""
        if self.is_single:
            return self._widened(self.modes.best)
        return Mixture(tuple(map(self._widened, self.modes.components)), self.modes.shares)

    def defended(self) -> Mixture:
        """The fitted density with the defence."""
        rest = 1 - DEFENCE
        main = 0.0 if self.moved is None else rest if self.is_single else 0.5 * rest
        wide = (self.gaussian if self.q is None else self.q).scaled(DEFENCE_WIDTH)
        components, shares = [wide], [self._share(DEFENCE)]
        if self.moved is not None:
            components, shares = [self._widened(self.moved), wide], [self._share(main), *shares]
        if main < rest:
            components += map(self._widened, self.modes.components)
            shares.append((rest - main) * self.modes.shares)
        return Mixture(tuple(components), torch.cat(shares, 1))

    def _widened(self, gaussian: FullGaussian) -> FullGaussian:
        return gaussian.scaled(WIDTH, self.active)

    def _share(self, share: float) -> Tensor:
        return torch.full((len(self.modes.shares), 1), share, dtype=torch.float64)


def at_modes(
    model: LatentModel,
    x: Tensor,
    q: Proposal | None,
    starts: Tensor,
    survey: Survey,
    n_at_once: int = EXAMPLES_PER_FIT,
) -> Fit:
    """Climbs to the modes of each example, from the centre of q and from the survey's starts.

    Args:
        model: log densities that can be differentiated twice.
        x: (N, *shape).
        q: the encoder's; None where it has no density.
        starts: (J, N, d), of `modes.surveyed`.
        survey: of this model.
        n_at_once: climbs in a block of `laplace.fit`.

    Raises:
        CapabilityError: the model has no gradients in z, or codes too long for fits.
    """
    require_fits(model, "fitting a density to p(z|x)")
    if q is not None:
        starts = torch.cat([centre(q)[None].to(starts), starts])
    found = modes.fit(model, x, starts, survey, n_at_once)
    return Fit(found, q if isinstance(q, DiagonalGaussian) else None, survey.active)


@torch.no_grad()
def fit(
    model: LatentModel, example: Examples, q: Proposal | None, survey: Survey, source: Source
) -> Iterator[Step[Mixture]]:
    """The defended density of one example, improved round by round until its weights are even enough.

    Args:
        model: log densities that can be differentiated twice.
        example: one.
        q: the encoder's; None where it has no density.
        survey: of this model.
        source: of the draws of the first round; `part` counts up for the others.
    """
    starts, _ = modes.surveyed(model, example.x, survey)
    yield Step(_SURVEYED)
    # An example that is alone needs no block that others would fit in: a fifth of the time.
    found = at_modes(model, example.x, q, starts, survey, len(starts) + (q is not None))
    drawn: list[tuple[Tensor, Tensor]] = []
    for i, n_draws in enumerate(ROUNDS):
        yield Step(_CLIMBED + (1 - _CLIMBED) * i / len(ROUNDS))
        from_here = replace(source, part=source.part + i)
        drawn.append(draw(model, example, found.defended(), n_draws, from_here))
        if _is_even(drawn[-1][1]):
            break
        z, log_w = (torch.cat(parts) for parts in zip(*drawn, strict=True))
        found = found.moved_to(z, log_w)
    yield Step(1.0, found.defended())


def _is_even(log_w: Tensor) -> bool:
    """Whether log-weights (K, 1) have a light tail and are worth enough draws."""
    found = estimate(weights.of(log_w, weights.tail_length(len(log_w)) + 1))
    return bool(found.pareto_k < GOOD_SHAPE) and bool(found.ess > GOOD_SHARE * len(log_w))
