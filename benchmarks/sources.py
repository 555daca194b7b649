"""Files of other makes for benchmarks to open: one MLP VAE, trained for seconds, as three programs would store it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LATENT_DIM, HIDDEN, N_PIXELS = 16, 512, 784
_EPOCHS, _BATCH, SEED = 3, 128, 0


class Encoder(nn.Module):
    """x (N, 1, 28, 28) -> mean and log-variance; the names are pythae's."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Sequential(nn.Linear(N_PIXELS, HIDDEN), nn.ReLU()))
        self.embedding, self.log_var = nn.Linear(HIDDEN, LATENT_DIM), nn.Linear(HIDDEN, LATENT_DIM)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.layers(x.flatten(1))
        return self.embedding(hidden), self.log_var(hidden)


class Decoder(nn.Module):
    """z (N, d) -> probabilities (N, 1, 28, 28)."""

    def __init__(self) -> None:
        super().__init__()
        first = nn.Sequential(nn.Linear(LATENT_DIM, HIDDEN), nn.ReLU())
        self.layers = nn.Sequential(first, nn.Sequential(nn.Linear(HIDDEN, N_PIXELS), nn.Sigmoid()))

    def forward(self, z: Tensor) -> Tensor:
        x: Tensor = self.layers(z)
        return x.reshape(-1, 1, 28, 28)


class VAE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(), Decoder()


def trained(x: Tensor) -> VAE:
    """Trained on grey values (N, 1, 28, 28) by their cross-entropy; in eval mode."""
    torch.manual_seed(SEED)
    vae = VAE()
    optimiser = torch.optim.Adam(vae.parameters(), 1e-3)
    for _ in range(_EPOCHS):
        for rows in torch.randperm(len(x)).split(_BATCH):
            mean, log_var = vae.encoder(x[rows])
            decoded = vae.decoder(mean + torch.randn_like(mean) * (log_var / 2).exp())
            lost = F.binary_cross_entropy(decoded, x[rows], reduction="sum")
            loss = lost - 0.5 * (1 + log_var - mean.square() - log_var.exp()).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return vae.eval()


def as_state_dict(vae: VAE, folder: Path) -> Path:
    path = folder / "weights.pt"
    torch.save(vae.state_dict(), path)
    return path


def as_pair(vae: VAE, folder: Path) -> Path:
    """`encoder.pt2` and `decoder.pt2`."""
    path = folder / "exported"
    path.mkdir()
    batch = torch.export.Dim("batch")
    parts = {
        "encoder": (vae.encoder, torch.rand(2, 1, 28, 28)),
        "decoder": (vae.decoder, torch.randn(2, LATENT_DIM)),
    }
    for name, (module, example) in parts.items():
        program = torch.export.export(module, (example,), dynamic_shapes=({0: batch},))
        torch.export.save(program, path / f"{name}.pt2")
    return path


def as_pythae(vae: VAE, folder: Path) -> Path:
    """As pythae 0.1.2's `VAE.save` writes it."""
    path = folder / "pythae"
    path.mkdir()
    torch.save({"model_state_dict": vae.state_dict()}, path / "model.pt")
    config = {
        "name": "VAEConfig",
        "input_dim": [1, 28, 28],
        "latent_dim": LATENT_DIM,
        "uses_default_encoder": True,
        "uses_default_decoder": True,
        "reconstruction_loss": "bce",
    }
    (path / "model_config.json").write_text(json.dumps(config))
    environment = {"name": "EnvironmentConfig", "python_version": "3.11"}
    (path / "environment.json").write_text(json.dumps(environment))
    return path


# What a person has to say of each besides the data; pythae's folder says its loss itself.
SAID = ("--likelihood", "bernoulli")
SOURCES: Mapping[str, tuple[Callable[[VAE, Path], Path], tuple[str, ...]]] = {
    "state dict (.pt)": (as_state_dict, SAID),
    "exported pair (.pt2)": (as_pair, SAID),
    "pythae folder": (as_pythae, ()),
}
