"""From a model in the memory of its own script to one that is opened here: any pair of functions of torch.

    explorer.export("my-vae", encode=vae.encode, decode=vae.decode, likelihood="bernoulli", example=x)

    encode(x) -> mean, log-variance of q(z|x);  a distribution of torch's;  or what `reading` says
    decode(z) -> the likelihood's raw parameters (logits of a Bernoulli);  or what `reading` says

Both are followed by torch.export, on `example` and on the means that it is encoded to; what is written is a checkpoint
folder like any other, which no longer needs their code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypedDict, Unpack

import torch
from torch import Tensor

from explorer.importing.draft import Draft, ImportFault, Networks
from explorer.importing.exporting.returned import Coder, decoded, encoded, is_channels_last
from explorer.importing.readings import candidates
from explorer.importing.readings.candidates import Candidate
from explorer.likelihoods import LikelihoodHead
from explorer.models import checkpoints
from explorer.models.conventions import check_data
from explorer.models.latent_model import DataSpec
from explorer.models.priors import PriorKind
from explorer.models.program_vae import ProgramVAE
from explorer.models.reading import Reading
from explorer.programs.traced import modules_of

MAKE = "torch"
_LEVELS_OF_BYTES = 256
# Of pictures: one bit, the 8x8 digits, bytes.
_USUAL_LEVELS = (2, 17, _LEVELS_OF_BYTES)


class _Needed(TypedDict):
    encode: Coder
    decode: Coder
    likelihood: str | Mapping[str, Any]
    example: Tensor


class Given(_Needed, total=False):
    """What `export` and `from_torch` take, by name; see `from_torch`."""

    reading: Mapping[str, str] | None
    prior: PriorKind | None
    data: Mapping[str, Any] | DataSpec | None
    trained_on: str | None


def export(path: Path | str, **parts: Unpack[Given]) -> Path:
    """Writes a model as a checkpoint folder, which is returned.

        explorer.export("my-vae", encode=vae.encode, decode=vae.decode, likelihood="bernoulli", example=x)

    All parts, and what is raised, are those of `explorer.from_torch`.
    """
    model = from_torch(**parts)
    trained_on = parts.get("trained_on")
    checkpoints.save(Path(path), model, {} if trained_on is None else {"data": trained_on})
    return Path(path)


def from_torch(**parts: Unpack[Given]) -> ProgramVAE:
    """A model in memory, for `explorer.score`.

    Args:
        encode: x as `example` is -> (mean, log-variance), both (N, *latent shape), or a Normal.
        decode: z (N, *latent shape) -> the likelihood's raw parameters.
        likelihood: "bernoulli", or with what it needs: {"kind": "gaussian", "scale": 0.1}.
        example: a batch of x as `encode` takes it, in eval mode and on the CPU; two rows or more are best.
        reading: entries of `Reading` that are not the usual ones.
        prior: p(z); a standard normal if None.
        data: entries of `DataSpec` that the example does not say: {"shape": (1, 28, 28), "n_levels": 256}.
        trained_on: the name of the data.

    Raises:
        ImportFault: what was given is no VAE as it stands; says what to do.
        TraceError: torch cannot follow one of the functions; says in which line, and what to do.
        ConventionError: the likelihood is no density of the example.
    """
    draft = draft_of(**parts)
    model = model_of(draft)
    _check_values(model, parts["example"])
    return model


def draft_of(
    *,
    encode: Coder,
    decode: Coder,
    likelihood: str | Mapping[str, Any],
    example: Tensor,
    reading: Mapping[str, str] | None = None,
    prior: PriorKind | None = None,
    data: Mapping[str, Any] | DataSpec | None = None,
    trained_on: str | None = None,
) -> Draft:
    """What is known of such a model, which is everything: its one reading is the usual one, changed by `reading`."""
    stated = dict(reading or {})
    _check_places(encode, decode)
    _check_example(example, stated)
    section = {"kind": likelihood} if isinstance(likelihood, str) else dict(likelihood)
    shape = tuple(example.shape[1:])
    coder = encoded(encode, example.detach(), stated)
    back = decoded(decode, coder.mean, stated)
    if back.has_scale:
        section.setdefault("scale", "per_element")
    head = _head(section, shape)
    if head.takes_logits and "output" not in stated:
        back.check_end("output", "sigmoid")
    known = Reading.from_config({**coder.reading, **back.reading, **stated}).to_config()
    networks = Networks("", coder.program, back.program, tuple(coder.mean.shape[1:]), shape)
    spec = _spec(data, example, head, stated)
    assumed = _assumed(spec, example)
    return Draft(MAKE, "torch", "", (networks,), known, section, spec, prior, None, (), assumed, trained_on)


def model_of(draft: Draft) -> ProgramVAE:
    """The model of a draft that leaves nothing open.

    Raises:
        ImportFault: its parts do not fit each other.
    """
    (networks,) = draft.networks
    assert draft.data is not None, "a draft that leaves nothing open"
    reading = Reading.from_config(draft.known)
    try:
        return candidates.model_of(draft, Candidate(networks, reading, draft.likelihood, draft.data))
    except ValueError as error:
        raise ImportFault(
            draft.source, "networks", "ones that fit the data and the likelihood", error
        ) from error


def _check_places(*functions: Coder) -> None:
    places = {str(p.device) for f in functions for m in modules_of(f) for p in m.parameters()}
    if places - {"cpu"}:
        raise ImportFault("model", "device", "cpu", ", ".join(sorted(places)), "Call model.cpu() first.")


def _check_example(example: object, stated: Mapping[str, str]) -> None:
    if not isinstance(example, Tensor):
        found = f"{type(example).__module__}.{type(example).__name__}"
        raise ImportFault("example", "type", "a torch.Tensor", found, "Use torch.as_tensor.")
    if example.device.type != "cpu":
        raise ImportFault("example", "device", "cpu", example.device, "Use model.cpu() and example.cpu().")
    if example.dtype != torch.float32:
        advice = "Use example.float(), scaled as for training, and model.float()."
        raise ImportFault("example", "dtype", "torch.float32", example.dtype, advice)
    if example.ndim < 2 or not len(example):
        raise ImportFault("example", "shape", "(N, ...), a batch", tuple(example.shape), "Use example[None].")
    if not bool(example.isfinite().all()):
        raise ImportFault("example", "values", "finite numbers", "NaN or infinity")
    is_behind = example.ndim == 4 and example.shape[-1] in _CHANNELS and example.shape[1] not in _CHANNELS
    if is_behind and "layout" not in stated:
        advice = 'Pass reading={"layout": "channels_last"} if encode and decode have it so, or permute.'
        raise ImportFault("example", "shape", "(N, C, H, W)", tuple(example.shape), advice)


def _head(section: dict[str, Any], shape: Sequence[int]) -> LikelihoodHead:
    if section.get("kind") == "discretised_logistic":
        section.setdefault("n_levels", _LEVELS_OF_BYTES)
    if section.get("scale") == "learned":
        raise ImportFault(
            "likelihood", "scale", "a number", "learned", "Give what was learnt, in the data's units."
        )
    try:
        return LikelihoodHead(n_event_dims=len(shape), **section)
    except (TypeError, ValueError) as error:
        advice = (
            'For example likelihood={"kind": "gaussian", "scale": 0.7071}, which is sigma of a loss of summed squared '
            "errors plus KL (explorer.models.conventions.sigma_of_loss)."
        )
        raise ImportFault("likelihood", "entries", "a likelihood", error, advice) from error


def _spec(
    data: Mapping[str, Any] | DataSpec | None,
    example: Tensor,
    head: LikelihoodHead,
    stated: Mapping[str, str],
) -> DataSpec:
    """What one example is, by what is said of it, the likelihood, and the example."""
    if isinstance(data, DataSpec):
        return data
    said = dict(data or {})
    unknown = said.keys() - {field.name for field in fields(DataSpec)}
    if unknown:
        raise ImportFault("data", "entries", "shape, kind, n_levels, binarise", ", ".join(sorted(unknown)))
    shape = tuple(said.get("shape", _event(tuple(example.shape[1:]), is_channels_last(stated))))
    kind = said.get("kind", _KINDS.get((len(shape), shape[0] if len(shape) == 3 else 0)))
    if kind is None:
        advice = 'Pass data={"shape": ..., "kind": "vector"}, with a shape of (D,), (1, H, W) or (3, H, W).'
        raise ImportFault("example", "shape", "vectors, or grey or colour images", shape, advice)
    n_levels = said.get("n_levels", head.data_levels or (_levels(example) if len(shape) == 3 else None))
    binarise = said.get("binarise", head.data_levels == 2)
    try:
        return DataSpec(shape, kind, n_levels, binarise)
    except ValueError as error:
        raise ImportFault("data", "entries", "those of a DataSpec", error) from error


def _event(row: tuple[int, ...], is_behind: bool) -> tuple[int, ...]:
    """The shape of an example, of that of a row as the encoder takes it."""
    if len(row) == 2:
        return (1, *row)
    return (row[-1], *row[:-1]) if is_behind and len(row) == 3 else row


def _levels(example: Tensor) -> int | None:
    """How many levels pictures seem to have; None where they are none of the usual."""
    for n in _USUAL_LEVELS:
        steps = example * (n - 1)
        if bool(((steps - steps.round()).abs() < 1e-3).all()) and example.min() >= 0 and example.max() <= 1:
            return n
    return None


def _is_binary(example: Tensor) -> bool:
    return bool(((example == 0) | (example == 1)).all())


def _assumed(spec: DataSpec, example: Tensor) -> tuple[str, ...]:
    if not spec.binarise or _is_binary(example):
        return ()
    return (
        "The example that it was exported with has grey values, and its likelihood is a probability of 0/1 values: "
        "x is drawn 0 or 1 by them, once an example.",
    )


def _check_values(model: ProgramVAE, example: Tensor) -> None:
    """Whether the likelihood is one of the example's values."""
    spec = model.data_spec
    behind = model.reading.layout == "channels_last" and example.ndim == 4
    x = (example.movedim(-1, 1) if behind else example).reshape(-1, *spec.shape)
    if spec.binarise and x.min() >= 0 and x.max() <= 1:
        x = x.round()
    check_data(model, x)
    with torch.no_grad():
        finite = model.likelihood(model.posterior(x).mean).log_prob(x).isfinite()
    if not bool(finite.all()):
        raise ImportFault(
            "decode", "log p(x|z)", "a number of nats", "NaN or infinity", "Do its weights hold NaN?"
        )


_CHANNELS = (1, 3)
_KINDS = {(1, 0): "vector", (3, 1): "grey image", (3, 3): "colour image"}
