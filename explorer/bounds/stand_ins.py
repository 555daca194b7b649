"""What stands in the place of something that a model lacks (`models.capabilities`).

    no encoder         q(z|x) = N(z*, diag(1 / H_ii)),   z* the mode of p(z|x) of most evidence,
                                                         H = -d^2 log p(x, z) / dz dz' at z*
    no density of q    q(z|x) = N(m, diag s^2),          m, s^2 of `N_DRAWS` draws of the encoder's

The first is the best diagonal Gaussian where log p(x, z) is quadratic. Both have a density, so every bound that is
computed with them is a bound on log p(x); it is their ELBO, and not an encoder's, which `Capabilities.notes` says.

References: MacKay 1992 (Laplace's approximation); Cremer et al. 2018 (the best member of a family for one x).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from explorer.bounds.proposals import modes
from explorer.bounds.proposals.gaussian import FullGaussian
from explorer.bounds.proposals.modes import Survey
from explorer.likelihoods import Likelihood
from explorer.models import checkpoints
from explorer.models.capabilities import MOST_FITTED, Capabilities, CapabilityError, capabilities_of
from explorer.models.checkpoints import Checkpoint
from explorer.models.latent_model import DataSpec, LatentModel, latent_shape

N_DRAWS = 512
_SEED = 0


def load_checkpoint(path: Path | str, device: str | torch.device = "cpu") -> Checkpoint:
    """Reads a checkpoint folder; what its model lacks is stood in for.

    Raises:
        CheckpointError: a file is missing, damaged, of another format, or does not fit its configuration.
        CapabilityError: the model lacks more than can be stood in for.
    """
    checkpoint = checkpoints.load(path, device)
    return replace(checkpoint, model=completed(checkpoint.model))


def completed(model: LatentModel) -> LatentModel:
    """The model itself where it has an encoder whose q(z|x) has a density; else with a Gaussian in q's place.

    Raises:
        CapabilityError: it has neither an encoder nor the fits by which one could do without.
    """
    has = capabilities_of(model)
    if has.encoder and has.density:
        return model
    if has.encoder:
        return _OfDraws(model)
    if not has.fits:
        lack = (
            "gradients in z" if not has.gradients else f"codes short enough for fits, {MOST_FITTED} numbers"
        )
        raise CapabilityError(
            f"this model has neither an encoder nor {lack}: there is no way from an example to its code"
        )
    return _AroundTheMode(model)


class _Completed(nn.Module):
    """A latent model with another q(z|x)."""

    def __init__(self, model: LatentModel):
        super().__init__()
        # Registered where it is a module, so that layers in training mode are found.
        self.model = model

    @property
    def capabilities(self) -> Capabilities:
        return capabilities_of(self.model)

    @property
    def latent_dim(self) -> int:
        return self.model.latent_dim

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return latent_shape(self.model)

    @property
    def data_spec(self) -> DataSpec:
        return self.model.data_spec

    def prior(self) -> Distribution:
        return self.model.prior()

    def likelihood(self, z: Tensor) -> Likelihood:
        return self.model.likelihood(z)


class _OfDraws(_Completed):
    """The encoder's q is known by its draws only."""

    def posterior(self, x: Tensor) -> Distribution:
        """The diagonal Gaussian with the moments of q's draws; the same at every call."""
        # torch's distributions draw from the global generator, which is left as it was.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_SEED)
            z = self.model.posterior(x).sample((N_DRAWS,))
        return _diagonal(z.mean(0), z.std(0))


class _AroundTheMode(_Completed):
    """There is no encoder: each x is climbed for."""

    @cached_property
    def _survey(self) -> Survey:
        return modes.survey(self.model)

    def posterior(self, x: Tensor) -> Distribution:
        """The diagonal Gaussian around the mode of most evidence."""
        # Whoever encodes may have switched gradients off, which the climb is made of.
        with torch.inference_mode(False), torch.no_grad():
            x = x.clone()
            starts, _ = modes.surveyed(self.model, x, self._survey)
            best = modes.fit(self.model, x, starts.to(x.dtype), self._survey).best
        return _diagonal(best.mean.to(x.dtype), _mean_field_scale(best).to(x.dtype))


def _mean_field_scale(q: FullGaussian) -> Tensor:
    """1 / sqrt(H_ii) for H = (F F')^-1, (N, d)."""
    identity = torch.eye(q.n_noise, dtype=q.factor.dtype).expand_as(q.factor)
    inverse = torch.linalg.solve_triangular(q.factor, identity, upper=False)
    return inverse.square().sum(-2).rsqrt()


def _diagonal(mean: Tensor, scale: Tensor) -> Distribution:
    return Independent(Normal(mean, scale, validate_args=False), 1)
