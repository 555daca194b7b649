"""A folder that pythae saved: `model_config.json` and `model.pt`, with networks of its own.

Its losses are  -log p(x|z) + beta KL  with  -log p(x|z) = |x - decoder(z)|^2 / 2  ("mse", a Gaussian of sigma 1 but for
its constant) or the cross-entropy ("bce", a Bernoulli).

References: Chadebec et al. 2022, "Pythae: unifying generative autoencoders in Python".
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from explorer.importing.draft import Draft, ImportFault, Networks
from explorer.importing.json_file import json_object
from explorer.importing.weights import template
from explorer.importing.weights.container import weights
from explorer.importing.weights.layers import Layer, layers
from explorer.importing.weights.pythae_densities import iaf_posterior, linear_posterior, vamp_prior
from explorer.models.posteriors import PosteriorKind
from explorer.programs import Program
from explorer.programs.graph import MAX_RANK
from explorer.programs.program import MAX_NUMBERS

CONFIG_FILE, WEIGHTS_FILE = "model_config.json", "model.pt"

# What a class says of itself beside the VAE's p(x, z) and q(z|x), which all of these have.
_VAES: Mapping[str, str] = {
    "VAEConfig": "",
    "BetaVAEConfig": "",
    "BetaTCVAEConfig": "It was trained with a weight of its own on the total correlation of the codes.",
    "DisentangledBetaVAEConfig": "It was trained towards a given amount of KL, not to the ELBO's maximum.",
    "FactorVAEConfig": "It was trained with a discriminator's penalty on the total correlation of the codes.",
    "INFOVAE_MMD_Config": "It was trained with a penalty on the distance of all codes from the prior.",
    "IWAEConfig": "It was trained on the bound of several samples, under which q(z|x) need not be near p(z|x).",
    "CIWAEConfig": "It was trained on a mixture of the ELBO and the bound of several samples.",
    "MIWAEConfig": "It was trained on the bound of several samples, averaged over several.",
    "PIWAEConfig": "Its encoder was trained on the average, its decoder on the bound of several samples.",
    "MSSSIM_VAEConfig": "It was trained on a measure of similarity that is the log-density of nothing.",
    "VAEGANConfig": "Its decoder was trained on a discriminator's features, which are the log-density of nothing.",
    "Adversarial_AE_Config": "Its encoder was trained against a discriminator, not to the ELBO's maximum.",
    "VAMPConfig": "Its prior is the mixture of its encoder's answers to its pseudo-inputs.",
    "VAE_IAF_Config": "Its q(z|x) is a Gaussian behind an inverse autoregressive flow.",
    "VAE_LinNF_Config": "Its q(z|x) is a Gaussian behind planar and radial flows.",
    "HVAEConfig": "Its Hamiltonian steps are left out: q(z|x) is the Gaussian with which they begin.",
}
_OTHERS: Mapping[str, str] = {
    "AEConfig": "It is a plain autoencoder: it has no q(z|x), and no p(x).",
    "RAE_GP_Config": "It is a regularised autoencoder: it has no q(z|x), and its p(x) is fitted afterwards.",
    "RAE_L2_Config": "It is a regularised autoencoder: it has no q(z|x), and its p(x) is fitted afterwards.",
    "WAE_MMD_Config": "It is a Wasserstein autoencoder with a deterministic encoder: it has no q(z|x).",
    "VQVAEConfig": "Its codes are entries of a table, not points of a latent space.",
    "SVAEConfig": "Its codes lie on a sphere (von Mises-Fisher), where estimates of this kind do not apply.",
    "PoincareVAEConfig": "Its codes lie in hyperbolic space, where estimates of this kind do not apply.",
    "RHVAEConfig": "Its q(z|x) and its prior follow a metric that it learnt, which is not read.",
}
# Where no log-density was trained.
_WITHOUT_LIKELIHOOD = frozenset({"MSSSIM_VAEConfig", "VAEGANConfig"})

_CONV = " | ".join(f"conv layers.{i}.0 2 1 | norm layers.{i}.1 | ReLU" for i in range(4))
_ENCODERS: Mapping[str, str] = {
    "MLP": "flat | linear layers.0.0 | ReLU",
    "convolutions": f"{_CONV} | flat",
    "residual, MNIST": "conv layers.0.0 2 1 | conv layers.1.0 2 1 | conv layers.2.0 2 1 | residual layers.3.0 | "
    "residual layers.3.1 | flat",
    "residual, CIFAR": "conv layers.0.0 2 1 | conv layers.1.0 2 1 | conv layers.2.0 1 1 | residual layers.3.0 | "
    "residual layers.3.1 | flat",
    "residual, CelebA": "conv layers.0.0 2 1 | conv layers.1.0 2 1 | conv layers.2.0 2 1 | conv layers.3.0 2 1 | "
    "residual layers.4.0 | residual layers.4.1 | flat",
}
_DECODERS: Mapping[str, str] = {
    "MLP": "linear layers.0.0 | ReLU | linear layers.1.0 | sigmoid",
    "convolutions, MNIST": "linear layers.0 | image 1024 4 4 | transposed layers.1.0 2 1 0 | norm layers.1.1 | ReLU | "
    "transposed layers.2.0 2 1 1 | norm layers.2.1 | ReLU | transposed layers.3.0 2 1 1 | sigmoid",
    "convolutions, CIFAR": "linear layers.0 | image 1024 8 8 | transposed layers.1.0 2 1 0 | norm layers.1.1 | ReLU | "
    "transposed layers.2.0 2 1 1 | norm layers.2.1 | ReLU | transposed layers.3.0 1 2 0 | sigmoid",
    "convolutions, CelebA": "linear layers.0.0 | image 1024 8 8 | transposed layers.1.0 2 2 0 | norm layers.1.1 | ReLU "
    "| transposed layers.2.0 2 1 0 | norm layers.2.1 | ReLU | transposed layers.3.0 2 2 1 | norm layers.3.1 | ReLU | "
    "transposed layers.4.0 1 1 0 | sigmoid",
    "residual, MNIST": "linear layers.0 | image 128 4 4 | transposed layers.1 2 1 0 | residual layers.2.0 | "
    "residual layers.2.1 | ReLU | transposed layers.3.0 2 1 1 | ReLU | transposed layers.4.0 2 1 1 | sigmoid",
    "residual, CIFAR": "linear layers.0 | image 128 8 8 | residual layers.1.0 | residual layers.1.1 | "
    "transposed layers.2.0 2 1 0 | transposed layers.3.0 2 1 0 | sigmoid",
    # The first sigmoid stands in the midst of it, in pythae too.
    "residual, CelebA": "linear layers.0 | image 128 4 4 | transposed layers.1 2 1 0 | residual layers.2.0 | "
    "residual layers.2.1 | transposed layers.3.0 2 1 0 | sigmoid | transposed layers.4.0 2 1 1 | "
    "transposed layers.5.0 2 1 0 | sigmoid",
}
_POSTERIORS: Mapping[str, Callable[[Path, Mapping[str, Tensor], int], PosteriorKind]] = {
    "VAE_IAF_Config": iaf_posterior,
    "VAE_LinNF_Config": linear_posterior,
}
_HEADS = ("linear embedding", "linear log_var")
_PICKLED = (
    "It is a network of somebody's own, which pythae keeps as a pickle that runs code when it is read. Where it was "
    "made: explorer.export(model, example, 'model.pt2')."
)


def takes(path: Path) -> bool:
    """Whether a path is a folder that pythae saved, by the names of its files."""
    return all((path / name).is_file() for name in (CONFIG_FILE, WEIGHTS_FILE))


def read(path: Path) -> Draft:
    """The model of such a folder.

    Raises:
        ImportFault: it is no VAE, or one whose networks, prior or posterior are not known here.
    """
    config, content = json_object(path / CONFIG_FILE)
    name = _class_of(path / CONFIG_FILE, config)
    shape, latent_dim = _shapes(path / CONFIG_FILE, config)
    file = path / WEIGHTS_FILE
    found = weights(file)
    encoder = _encoder(path, found.tensors, shape, latent_dim)
    decoder = _decoder(path, found.tensors, shape, latent_dim)
    likelihood, output = _likelihood(path / CONFIG_FILE, config)
    return Draft(
        "pythae",
        path.name,
        hashlib.sha256(content + found.sha256.encode()).hexdigest(),
        (Networks("", encoder, decoder, (latent_dim,), shape),),
        known={"order": "mean_first", "spread": "log_variance", "output": output, "layout": "channels_first"},
        likelihood=likelihood,
        prior=vamp_prior(file, found.tensors, encoder, shape) if name == "VAMPConfig" else None,
        posterior=_POSTERIORS[name](file, found.tensors, latent_dim) if name in _POSTERIORS else None,
        said=tuple(
            filter(
                None, (f"{name.removesuffix('Config').strip('_')} of pythae.", _VAES[name], *_told(config))
            )
        ),
    )


def _class_of(file: Path, config: Mapping[str, Any]) -> str:
    name = config.get("name")
    if isinstance(name, str) and name in _OTHERS:
        raise ImportFault(
            file, "name", "a VAE with a Gaussian q(z|x) and a normal prior", name, _OTHERS[name]
        )
    if not isinstance(name, str) or name not in _VAES:
        raise ImportFault(file, "name", f"one of {', '.join(_VAES)}", repr(name))
    return name


def _shapes(file: Path, config: Mapping[str, Any]) -> tuple[tuple[int, ...], int]:
    shape, latent_dim = config.get("input_dim"), config.get("latent_dim")
    if not isinstance(shape, list) or not _is_shape(shape):
        raise ImportFault(file, "input_dim", "the shape of an example", repr(shape))
    if type(latent_dim) is not int or not 1 <= latent_dim <= MAX_NUMBERS:
        raise ImportFault(file, "latent_dim", "a whole number from 1 on", repr(latent_dim))
    return tuple(shape), latent_dim


def _is_shape(found: Sequence[object]) -> bool:
    sides = [n for n in found if type(n) is int and n >= 1]
    return 1 <= len(sides) == len(found) < MAX_RANK and math.prod(sides) <= MAX_NUMBERS


def _part(path: Path, tensors: Mapping[str, Any], name: str) -> dict[str, Layer]:
    """Layers of one of the two networks, by their names within it."""
    own = {
        key.removeprefix(f"{name}."): value for key, value in tensors.items() if key.startswith(f"{name}.")
    }
    made, others = layers(path / WEIGHTS_FILE, own)
    if not made or others:
        raise ImportFault(path / WEIGHTS_FILE, name, "the layers of a network", ", ".join(others) or "none")
    return {layer.name: layer for layer in made}


def _encoder(path: Path, tensors: Mapping[str, Any], shape: Sequence[int], d: int) -> Program:
    found = _part(path, tensors, "encoder")
    if "log_var" not in found:
        raise ImportFault(
            path / WEIGHTS_FILE, "encoder", "log_var, for the spread of q(z|x)", ", ".join(found)
        )
    for trunk in _ENCODERS.values():
        program = template.program("x", found, trunk, _HEADS, shape)
        if program is not None and program.output_shapes(shape) == ((d,), (d,)):
            return program
    raise ImportFault(
        path, "encoder", "one of pythae's own networks", "; ".join(map(str, found.values())), _PICKLED
    )


def _decoder(path: Path, tensors: Mapping[str, Any], shape: Sequence[int], d: int) -> Program:
    found = _part(path, tensors, "decoder")
    for line in _DECODERS.values():
        program = template.program("z", found, line, (), (d,))
        if program is not None and math.prod(program.output_shapes((d,))[0]) == math.prod(shape):
            return program
    raise ImportFault(
        path, "decoder", "one of pythae's own networks", "; ".join(map(str, found.values())), _PICKLED
    )


def _likelihood(file: Path, config: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """p(x|z), and how the decoder's sigmoid is read."""
    if config["name"] in _WITHOUT_LIKELIHOOD:
        return {"kind": "gaussian"}, "parameters"
    loss = config.get("reconstruction_loss")
    if loss == "bce":
        return {"kind": "bernoulli"}, "probabilities"
    if loss == "mse":
        return {"kind": "gaussian", "scale": 1.0}, "parameters"
    raise ImportFault(file, "reconstruction_loss", "bce or mse", repr(loss))


def _told(config: Mapping[str, Any]) -> list[str]:
    beta, loss = config.get("beta"), config.get("reconstruction_loss")
    said = ["Its squared error is a Gaussian of sigma 1: pythae adds up half of it."] if loss == "mse" else []
    if isinstance(beta, int | float) and 0 < beta < math.inf and beta != 1:
        said.append(f"It was trained with beta = {beta:g} before KL.")
        if loss == "mse":
            said.append(f"That is the ELBO of sigma = {math.sqrt(beta):.4g}, up to a constant.")
    return said
