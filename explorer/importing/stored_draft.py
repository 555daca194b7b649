"""A draft as two files, by which a process that has parsed a stranger's file hands over what it found.

    <folder>/draft.json          what is said, and the networks' graphs
    <folder>/draft.safetensors   every tensor once, by its number; what is learnt of a prior or a posterior by its name

Whoever wrote them is not believed: graphs, shapes, names and sizes are checked as those of a checkpoint are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.files import read, write
from explorer.importing.draft import Draft, ImportFault, Networks
from explorer.models import checkpoints
from explorer.models.latent_model import DataSpec
from explorer.models.posteriors import POSTERIORS, PosteriorKind
from explorer.models.priors import PRIORS, PriorKind
from explorer.models.reading import CHOICES, Reading
from explorer.programs import Graph, Program

DRAFT_FILE, TENSORS_FILE = "draft.json", "draft.safetensors"
MOST_BYTES_OF_JSON = 64 << 20
MOST_NETWORKS = 64
_MOST_SENTENCES, _MOST_LETTERS = 100, 1000
_FORMAT_VERSION = 1
_PROGRAMS = ("encoder", "decoder")
_DENSITIES: Mapping[str, Mapping[str, type[nn.Module]]] = {"prior": PRIORS, "posterior": POSTERIORS}


def save(folder: Path, draft: Draft) -> None:
    """Writes a draft into a folder that is there.

    Raises:
        OSError: it cannot be written.
    """
    tensors = _Numbered()
    said = {
        "format_version": _FORMAT_VERSION,
        **{name: getattr(draft, name) for name in ("make", "source", "sha256", "trained_on")},
        "known": dict(draft.known),
        "likelihood": dict(draft.likelihood),
        "data": None if draft.data is None else asdict(draft.data),
        "said": list(draft.said),
        "assumed": list(draft.assumed),
        "networks": [_networks_to_config(networks, tensors) for networks in draft.networks],
        **{name: _density_to_config(getattr(draft, name), name) for name in _DENSITIES},
    }
    for name in _DENSITIES:
        if (part := getattr(draft, name)) is not None:
            tensors.found |= {f"{name}.{key}": value for key, value in part.state_dict().items()}
    checkpoints.save_tensors(folder / TENSORS_FILE, tensors.found)
    # Last: a folder without it holds no draft.
    write.text(folder / DRAFT_FILE, json.dumps(said))


def load(folder: Path, most_bytes: int = 8 << 30) -> Draft:
    """Reads a draft.

    Args:
        folder: that holds one.
        most_bytes: of its tensors.

    Raises:
        ImportFault: it holds none, or one that is no VAE's.
        CheckpointError: its tensors are damaged, or not those of its graphs.
    """
    path = folder / DRAFT_FILE
    try:
        said = json.loads(read.content(path, MOST_BYTES_OF_JSON))
        return _draft(said, _Stored(folder / TENSORS_FILE, most_bytes))
    except ImportFault:
        raise
    except (OSError, RecursionError, TypeError, ValueError, LookupError, AttributeError) as error:
        if isinstance(error, checkpoints.CheckpointError):
            raise
        advice = "Read its source again."
        raise ImportFault(path, "content", "a draft of a VAE", error, advice) from error


class _Numbered:
    """Tensors under a number each; the same one has one number however often it is asked for."""

    def __init__(self) -> None:
        self.found: dict[str, Tensor] = {}
        self._numbers: dict[tuple[object, ...], str] = {}

    def number(self, tensor: Tensor) -> str:
        key = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype)
        if key not in self._numbers or not tensor.numel():
            self._numbers[key] = str(len(self.found))
            # A copy: safetensors refuses tensors that share their memory.
            self.found[self._numbers[key]] = tensor.detach().clone()
        return self._numbers[key]


class _Stored:
    """The tensors of a draft's file, each asked for by name and shape."""

    def __init__(self, path: Path, most_bytes: int):
        self._path, self._found = path, checkpoints.load_tensors(path, most_bytes)

    def of_shapes(self, names: Mapping[str, str], shapes: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
        """Those of a graph: the stored name and the shape of each."""
        expected = {names[name]: torch.empty(tuple(shape), device="meta") for name, shape in shapes.items()}
        found = {key: self._found[key] for key in expected if key in self._found}
        checkpoints.check_weights(self._path, expected, found)
        return {name: found[names[name]] for name in shapes}

    def fill(self, part: nn.Module, prefix: str) -> None:
        """Gives a prior or a posterior what it has learnt."""
        start = f"{prefix}."
        found = {k.removeprefix(start): v for k, v in self._found.items() if k.startswith(start)}
        checkpoints.check_weights(self._path, part.state_dict(), found)
        part.load_state_dict(found)


def _networks_to_config(networks: Networks, tensors: _Numbered) -> dict[str, Any]:
    programs = {name: getattr(networks, name) for name in _PROGRAMS}
    return {
        "name": networks.name,
        "latent_shape": list(networks.latent_shape),
        "input_shape": list(networks.input_shape),
        "reduction": networks.reduction,
        **{name: None if p is None else _program_to_config(p, tensors) for name, p in programs.items()},
    }


def _program_to_config(program: Program, tensors: _Numbered) -> dict[str, Any]:
    stored = {name: tensors.number(value) for name, value in program.tensors.items()}
    return {"graph": program.graph.to_config(), "stored": stored}


def _density_to_config(part: PriorKind | PosteriorKind | None, name: str) -> dict[str, Any] | None:
    if part is None:
        return None
    kind = next(kind for kind, family in _DENSITIES[name].items() if type(part) is family)
    return {"kind": kind, **part.to_config()}


def _draft(said: Mapping[str, Any], tensors: _Stored) -> Draft:
    if said.get("format_version") != _FORMAT_VERSION:
        raise ValueError(f"format_version: expected {_FORMAT_VERSION}, found {said.get('format_version')!r}")
    listed = said["networks"]
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_NETWORKS:
        raise ValueError(f"networks: expected a list of 1 to {MOST_NETWORKS}, found {listed!r:.80}")
    networks = tuple(_networks(found, tensors) for found in listed)
    latent_dim = math.prod(networks[0].latent_shape)
    return Draft(
        make=_text(said["make"]),
        source=_text(said["source"]),
        sha256=_text(said["sha256"]),
        networks=networks,
        known=_known(said["known"]),
        likelihood=dict(said["likelihood"]),
        data=None if said["data"] is None else _data(said["data"]),
        prior=_density("prior", latent_dim, said["prior"], tensors),
        posterior=_density("posterior", latent_dim, said["posterior"], tensors),
        said=_sentences(said["said"]),
        assumed=_sentences(said["assumed"]),
        trained_on=None if said["trained_on"] is None else _text(said["trained_on"]),
    )


def _networks(found: Mapping[str, Any], tensors: _Stored) -> Networks:
    encoder, decoder = (None if found[name] is None else _program(found[name], tensors) for name in _PROGRAMS)
    if decoder is None:
        raise ValueError("decoder: expected a program, found none")
    latent, of_input = (_shape(found[name]) for name in ("latent_shape", "input_shape"))
    decoder.output_shapes(latent)
    if encoder is not None:
        encoder.output_shapes(of_input)
    return Networks(
        _text(found["name"]), encoder, decoder, latent, of_input, _reduction(found, latent, of_input)
    )


def _reduction(found: Mapping[str, Any], latent: Sequence[int], of_input: Sequence[int]) -> int | None:
    # Drafts of before have none.
    reduction = found.get("reduction")
    if reduction is None:
        return None
    is_whole = type(reduction) is int and reduction >= 1 and len(latent) == len(of_input) == 3
    if not is_whole or [n * reduction for n in latent[1:]] != list(of_input[1:]):
        raise ValueError(
            f"reduction: expected that of {of_input} to {latent}, or null; found {reduction!r:.80}"
        )
    return reduction


def _program(found: Mapping[str, Any], tensors: _Stored) -> Program:
    graph = Graph.from_config(found["graph"])
    return Program(graph, tensors.of_shapes(found["stored"], graph.tensors))


def _density(name: str, latent_dim: int, config: Any, tensors: _Stored) -> Any:
    """A prior or a posterior of a kind that is known; None for the usual one."""
    if config is None:
        return None
    known = _DENSITIES[name]
    if config.get("kind") not in known:
        raise ValueError(
            f"{name}: expected a kind, one of {', '.join(known)}; found {config.get('kind')!r:.80}"
        )
    family: Any = known[config["kind"]]
    part = family.from_config(latent_dim, config)
    tensors.fill(part, name)
    return part.eval().requires_grad_(False)


def _known(found: Mapping[str, Any]) -> dict[str, str]:
    Reading.from_config(found)
    return {name: value for name, value in found.items() if name in CHOICES}


def _data(found: Mapping[str, Any]) -> DataSpec:
    return DataSpec(**{**found, "shape": _shape(found["shape"])})


def _shape(found: Any) -> tuple[int, ...]:
    if not isinstance(found, list) or not found or not all(type(n) is int and n >= 1 for n in found):
        raise ValueError(f"expected a shape of whole numbers from 1 on, found {found!r:.80}")
    return tuple(found)


def _sentences(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or len(found) > _MOST_SENTENCES:
        raise ValueError(f"expected a list of at most {_MOST_SENTENCES} sentences, found {found!r:.80}")
    return tuple(map(_text, found))


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise ValueError(f"expected a text, found {found!r:.80}")
    return found[:_MOST_LETTERS]
