"""The training loop: maximises the ELBO and yields records; prints nothing.

One epoch minimises the mean over a batch of  -E_q log p(x|z) + beta KL[q(z|x) || p(z)]  with one draw of z
an example (Kingma & Welling 2014, eq. 10); beta rises to 1 during the warm-up; the held-out ELBO has beta = 1.
Everything random in epoch e comes from (seed, e), so a run that was killed and resumed ends as if it had not been.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributions import kl_divergence

from explorer.models import checkpoints
from explorer.models.vae import VAE, ModelConfig
from explorer.training import resume
from explorer.training.recipes import TrainingConfig, check_range
from explorer.training.resume import Progress


@dataclass(frozen=True)
class StepRecord:
    """After a gradient step: the batch's mean ELBO (beta = 1)."""

    epoch: int
    step: int
    n_steps: int
    elbo_nats: float


@dataclass(frozen=True)
class EpochRecord:
    """After an epoch: mean ELBO on training batches and on held-out data, its two terms, time."""

    epoch: int
    elbo_nats: float
    held_out_elbo_nats: float
    held_out_kl_nats: float
    learning_rate: float
    seconds: float
    is_best: bool


@dataclass(frozen=True)
class Split:
    """Training and held-out examples in float32, shape (N, *shape); grey values when they are to be binarised."""

    train: Tensor
    held_out: Tensor


def split_held_out(x: Tensor, share: float, seed: int) -> Split:
    """A random split of x (N, *shape) that depends on the seed alone."""
    if len(x) < 2:
        raise ValueError(f"training needs at least 2 examples, one of them held out; found {len(x)}")
    order = np.random.default_rng(seed).permutation(len(x))
    n_held_out = min(max(1, round(share * len(x))), len(x) - 1)
    return Split(x[order[n_held_out:]], x[order[:n_held_out]])


def train(
    model_config: ModelConfig,
    config: TrainingConfig,
    split: Split,
    out: Path,
    seed: int = 0,
    device: str = "cpu",
    description: dict[str, Any] | None = None,
) -> Iterator[StepRecord | EpochRecord]:
    """Trains a VAE into the folder `out`, resuming a run that was stopped there.

    Args:
        model_config: what to build.
        config: the dials.
        split: training and held-out examples.
        out: receives the best weights as a checkpoint, and the resumable state while it runs.
        seed: of initial weights, order and noise.
        device: "cpu", "cuda" or "mps"; networks run in bfloat16 on CUDA, likelihoods in float32.
        description: what the checkpoint records of its origin beside the figures.

    Yields:
        A `StepRecord` a gradient step and an `EpochRecord` an epoch.

    Raises:
        CheckpointError: `out` holds a finished checkpoint or another run; see `resume.claimed`.
        ValueError: a value of x that the likelihood has no density for.
        FloatingPointError: the ELBO is no longer a number.
    """
    torch.manual_seed(seed)
    model = VAE(model_config).to(device)
    _check_range(model, split)
    with resume.claimed(out, _run(model_config, config, split, seed, description or {})):
        optimiser = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
        progress = resume.restore(out, model, optimiser)
        while not _is_finished(progress, config):
            started = time.perf_counter()
            elbo_nats = yield from _epoch(model, optimiser, config, split.train, progress.next_epoch, seed)
            record = _record(model, config, split.held_out, progress, elbo_nats, started, seed)
            progress = _after(progress, record)
            if record.is_best:
                checkpoints.save(out, model, _provenance(progress, config, seed, description))
            resume.store(out, model, optimiser, progress)
            yield record


def _run(
    model_config: ModelConfig, config: TrainingConfig, split: Split, seed: int, description: dict[str, Any]
) -> dict[str, Any]:
    """What fixes the result, device aside."""
    return {
        "model": model_config.to_dict(),
        "settings": asdict(config),
        "seed": seed,
        "n_examples": [len(split.train), len(split.held_out)],
        "data_digest": description.get("data_digest"),
    }


def _check_range(model: VAE, split: Split) -> None:
    for x in (split.train, split.held_out):
        check_range(model.head, *map(float, torch.aminmax(x)))


def _after(progress: Progress, record: EpochRecord) -> Progress:
    moved = replace(progress, next_epoch=record.epoch + 1, seconds=progress.seconds + record.seconds)
    if not record.is_best:
        return moved
    return replace(moved, best_epoch=record.epoch, best_elbo_nats=record.held_out_elbo_nats)


def _is_finished(progress: Progress, config: TrainingConfig) -> bool:
    counted_from = max(progress.best_epoch, config.n_warmup_epochs)
    is_stale = progress.next_epoch - 1 - counted_from >= config.patience
    return progress.next_epoch >= config.n_epochs or is_stale


def _epoch(
    model: VAE,
    optimiser: torch.optim.Optimizer,
    config: TrainingConfig,
    x: Tensor,
    epoch: int,
    seed: int,
) -> Generator[StepRecord, None, float]:
    """One pass over x; returns the mean ELBO of its batches."""
    model.train()
    generator = _generator(model.device, seed, epoch)
    order = torch.from_numpy(np.random.default_rng((seed, epoch)).permutation(len(x)))
    batches = order.split(config.batch_size)
    total = 0.0
    for step, index in enumerate(batches):
        position = epoch + step / len(batches)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(position, config)
        log_px, kl = _elbo_terms(model, _batch(x[index], model, generator), generator)
        loss = (min(1.0, position / max(config.n_warmup_epochs, 1e-9)) * kl - log_px).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), config.max_gradient_norm)
        optimiser.step()
        elbo_nats = float((log_px - kl).detach().mean())
        total += elbo_nats * len(index)
        yield StepRecord(epoch, step + 1, len(batches), elbo_nats)
    return total / len(x)


def learning_rate(position: float, config: TrainingConfig) -> float:
    """Cosine from the full rate to 1% of it at `position` (in epochs)."""
    share = min(position / config.n_epochs, 1.0)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))


def _batch(x: Tensor, model: VAE, generator: torch.Generator) -> Tensor:
    x = x.to(model.device, non_blocking=True)
    if not model.data_spec.binarise:
        return x
    return (torch.empty_like(x).uniform_(generator=generator) < x).to(x.dtype)


def _elbo_terms(model: VAE, x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """log p(x|z) at one draw z ~ q(z|x), and KL[q || p], each (N,) in nats."""
    with torch.autocast(x.device.type, torch.bfloat16, enabled=x.device.type == "cuda"):
        posterior = model.posterior(x)
    mu, sigma = posterior.mean.float(), posterior.stddev.float()
    z = mu + sigma * torch.empty_like(mu).normal_(generator=generator)
    with torch.autocast(x.device.type, torch.bfloat16, enabled=x.device.type == "cuda"):
        raw = model.decoder(z)
    q = torch.distributions.Independent(torch.distributions.Normal(mu, sigma, validate_args=False), 1)
    return model.head(raw.float()).log_prob(x).float(), kl_divergence(q, model.prior())


@torch.no_grad()
def held_out_elbo(model: VAE, x: Tensor, seed: int, batch_size: int = 1000) -> tuple[float, float]:
    """Mean ELBO and mean KL (nats) on x (N, *shape): one draw of z an example, the same draws at every call."""
    model.eval()
    generator = _generator(model.device, seed, -1)
    terms = [_elbo_terms(model, _batch(b, model, generator), generator) for b in x.split(batch_size)]
    kl = torch.cat([t[1] for t in terms])
    return float((torch.cat([t[0] for t in terms]) - kl).mean()), float(kl.mean())


def _record(
    model: VAE,
    config: TrainingConfig,
    held_out: Tensor,
    progress: Progress,
    elbo_nats: float,
    started: float,
    seed: int,
) -> EpochRecord:
    held_out_nats, kl_nats = held_out_elbo(model, held_out, seed)
    if not math.isfinite(held_out_nats):
        raise FloatingPointError(
            f"training diverged in epoch {progress.next_epoch}: the held-out ELBO is {held_out_nats}. "
            "What was saved before is kept; try a lower learning rate or other data."
        )
    return EpochRecord(
        progress.next_epoch,
        elbo_nats,
        held_out_nats,
        kl_nats,
        learning_rate(progress.next_epoch + 1, config),
        time.perf_counter() - started,
        held_out_nats > progress.best_elbo_nats,
    )


def _generator(device: torch.device, seed: int, epoch: int) -> torch.Generator:
    return torch.Generator(device).manual_seed(seed * 1_000_003 + epoch + 1)


def _provenance(
    progress: Progress, config: TrainingConfig, seed: int, description: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        **(description or {}),
        "seed": seed,
        "n_epochs_scheduled": config.n_epochs,
        "best_epoch": progress.best_epoch + 1,
        "held_out_elbo_nats": progress.best_elbo_nats,
        "seconds": round(progress.seconds, 1),
    }
