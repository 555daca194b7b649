"""What pythae's VAMP, VAE_IAF and VAE_LinNF have beside networks: a prior of pseudo-inputs, flows behind q(z|x).

VampPrior   p(z) = 1/J sum_j q(z | x_j),  x_j the j-th column of a linear layer, its bias added, clamped to [0, 1]
flows       z = T_n(... T_1(y)),  y ~ N(mean, diag sigma^2)

References: Tomczak & Welling 2018; Kingma et al. 2016; Rezende & Mohamed 2015.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from explorer.importing.draft import ImportFault
from explorer.models.flows import Flip, FlowLayer, InverseAutoregressive, Planar, Radial
from explorer.models.posteriors import PosteriorKind
from explorer.models.posteriors.flow import FlowPosterior
from explorer.models.priors import MixtureOfGaussians
from explorer.programs import Program

# Names of a flow's tensors, by ours.
_LAYERS: Mapping[type[FlowLayer], Mapping[str, str]] = {
    Planar: {"w": "w", "u": "u", "b": "b"},
    Radial: {"centre": "x0", "log_alpha": "log_alpha", "raw_beta": "beta"},
}


def vamp_prior(
    file: Path, tensors: Mapping[str, Tensor], encoder: Program, shape: Sequence[int]
) -> MixtureOfGaussians:
    """The encoder's answers to the pseudo-inputs.

    Raises:
        ImportFault: these are missing or of another size.
    """
    weight = _tensor(file, tensors, "pseudo_inputs.0.weight")
    bias = _tensor(file, tensors, "pseudo_inputs.0.bias")
    n_elements = torch.Size(shape).numel()
    if weight.ndim != 2 or weight.shape[0] != n_elements or bias.shape != (n_elements,):
        raise ImportFault(file, "pseudo_inputs", f"columns of {n_elements:,} elements", tuple(weight.shape))
    if not 1 <= weight.shape[1] <= MixtureOfGaussians.MAX_COMPONENTS:
        expected = f"1 to {MixtureOfGaussians.MAX_COMPONENTS:,} of them"
        raise ImportFault(file, "pseudo_inputs", expected, weight.shape[1])
    with torch.no_grad():
        mean, log_variance = encoder((weight.T + bias).clamp(0, 1).reshape(-1, *shape))
    return MixtureOfGaussians.of(mean, 0.5 * log_variance)


def iaf_posterior(file: Path, tensors: Mapping[str, Tensor], d: int) -> PosteriorKind:
    """pythae runs its blocks from the last to the first, each behind a flip.

    Raises:
        ImportFault: they are not those of a flow over d dimensions.
    """
    n = _n(tensors, "iaf_flow.net")
    layers: list[FlowLayer] = []
    for i in reversed(range(n)):
        layers += [Flip(), _autoregressive(file, tensors, f"iaf_flow.net.{i}", d)]
    return _posterior(file, layers)


def linear_posterior(file: Path, tensors: Mapping[str, Tensor], d: int) -> PosteriorKind:
    """Planar and radial layers, in order.

    Raises:
        ImportFault: a layer is neither, or not one to one.
    """
    return _posterior(file, [_linear(file, tensors, f"net.{i}", d) for i in range(_n(tensors, "net"))])


def _posterior(file: Path, layers: Sequence[FlowLayer]) -> PosteriorKind:
    if not layers:
        raise ImportFault(file, "flow", "the layers of a flow", "none")
    try:
        return FlowPosterior(layers).requires_grad_(False)
    except ValueError as error:
        raise ImportFault(file, "flow", "a flow that can be built", error) from error


def _n(tensors: Mapping[str, Tensor], name: str) -> int:
    """How many numbered entries a list has."""
    found = (re.match(rf"{re.escape(name)}\.(\d{{1,4}})\.", key) for key in tensors)
    return len({match[1] for match in found if match})


def _autoregressive(file: Path, tensors: Mapping[str, Tensor], name: str, d: int) -> FlowLayer:
    n = _n(tensors, f"{name}.net")
    weights = [_tensor(file, tensors, f"{name}.net.{2 * i}.weight") for i in range(n)]
    state = {f"layers.{i}.weight": weight for i, weight in enumerate(weights)}
    state |= {f"layers.{i}.bias": _tensor(file, tensors, f"{name}.net.{2 * i}.bias") for i in range(n)}
    try:
        layer = InverseAutoregressive.from_config(d, {"hidden": [len(weight) for weight in weights[:-1]]})
        layer.load_state_dict(state)
    except (ValueError, RuntimeError, TypeError) as error:
        reason = f"{error}".partition("\n")[0]
        raise ImportFault(file, name, f"an autoregressive network over {d} dimensions", reason) from error
    return layer


def _linear(file: Path, tensors: Mapping[str, Tensor], name: str, d: int) -> FlowLayer:
    for family, words in _LAYERS.items():
        layer = family.from_config(d, {})
        expected = layer.state_dict()
        found = {ours: tensors.get(f"{name}.{theirs}") for ours, theirs in words.items()}
        fitting = {k: v for k, v in found.items() if v is not None and v.numel() == expected[k].numel()}
        state = {k: v.reshape(expected[k].shape) for k, v in fitting.items()}
        if state.keys() == expected.keys():
            layer.load_state_dict(state)
            return layer
    shown = ", ".join(key for key in tensors if key.startswith(f"{name}.")) or "nothing"
    raise ImportFault(file, name, f"a planar or radial layer of {d} dimensions", shown)


def _tensor(file: Path, tensors: Mapping[str, Tensor], name: str) -> Tensor:
    if name not in tensors:
        raise ImportFault(file, name, "a tensor", "nothing")
    return tensors[name]
