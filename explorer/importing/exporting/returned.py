"""What functions of other people return, and the programs of what is asked of them: tensors, in the order of a reading.

A distribution of torch's says what its parameters are. Of plain tensors it is the caller who says it, and two are taken
for mean and log-variance; one or three are asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Bernoulli, ContinuousBernoulli, Distribution, Independent, Normal

from explorer.importing.draft import ImportFault
from explorer.models.reading import Reading
from explorer.programs import Program
from explorer.programs.traced import program_of, result_of

Coder = Callable[[Tensor], Tensor | Sequence[Tensor] | Distribution]


@dataclass(frozen=True)
class Returned:
    """A function as a program.

    Attributes:
        name: "encode" or "decode".
        program: of it.
        mean: what a decoder may be given, (N, *latent shape), of an encoder; what it returned first, of a decoder.
        reading: entries that the kind of what is returned says.
        has_scale: whether the last output is a scale.
    """

    name: str
    program: Program
    mean: Tensor
    reading: Mapping[str, str]
    has_scale: bool = False

    def check_end(self, entry: str, *operators: str, output: int = -1) -> None:
        """Raises `ImportFault` where an output is made by one of these operators: the usual reading would miss it."""
        node = self.program.graph.producer(self.program.graph.outputs[output])
        found = next((name for name in operators if node and node.operator == f"aten.{name}.default"), None)
        if found:
            raise ImportFault(
                self.name, "output", f"{_USUAL[entry]}", f"what {found} returns", _ADVICE[entry]
            )


def is_channels_last(stated: Mapping[str, str]) -> bool:
    return stated.get("layout") == "channels_last"


def encoded(encode: Coder, example: Tensor, stated: Mapping[str, str]) -> Returned:
    """An encoder as a program of two outputs, or of one where `stated` has their order.

    Raises:
        ImportFault: it returns something else.
        TraceError: it cannot be followed.
    """
    found = result_of(encode, (example,), "encode")
    if isinstance(found, Distribution):
        spread = _moments("encode", found)[1]
        _check_rows("encode", spread, len(example))
        f: Callable[[Tensor], Any] = lambda x: _moments("encode", encode(x))  # noqa: E731
        reading = {"order": "mean_first", "spread": "sigma"}
    else:
        _check_head(found, len(example), stated)
        f, reading = lambda x: _tuple(encode(x)), {}
    program = program_of(f, example, name="encode")
    with torch.no_grad():
        mean, _ = Reading.from_config({**reading, **stated}).head(program(example))
    answer = Returned("encode", program, mean, reading)
    if not reading and "spread" not in stated and len(program.graph.outputs) == 2:
        first = str(stated.get("order", "")).endswith("spread_first")
        answer.check_end("spread", "exp", "softplus", output=0 if first else 1)
    return answer


def decoded(decode: Coder, z: Tensor, stated: Mapping[str, str]) -> Returned:
    """A decoder as a program of the likelihood's parameters.

    Raises:
        ImportFault: it returns something else.
        TraceError: it cannot be followed.
    """
    found = result_of(decode, (z,), "decode")
    reading: dict[str, str] = {}
    f: Callable[[Tensor], Any] = lambda z: _tuple(decode(z))  # noqa: E731
    has_scale = False
    if isinstance(found, Distribution):
        base = _base(found)
        if isinstance(base, Bernoulli | ContinuousBernoulli):
            f = lambda z: _base(decode(z)).logits  # type: ignore[attr-defined] # noqa: E731
        else:
            _moments("decode", found)
            f = lambda z: _moments("decode", decode(z))  # noqa: E731
            reading, has_scale = {"output_spread": "sigma"}, True
    else:
        _check_tensors("decode", found, len(z))
    program = program_of(f, z, name="decode")
    with torch.no_grad():
        mean = program(z)[0]
    return Returned("decode", program, mean, reading, has_scale)


def _base(found: object) -> object:
    return _base(found.base_dist) if isinstance(found, Independent) else found


def _moments(name: str, found: object) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of a normal distribution."""
    base = _base(found)
    if not isinstance(base, Normal):
        advice = "Return a Normal, or tensors."
        raise ImportFault(name, "output", "a normal distribution, or tensors", type(base).__name__, advice)
    return base.loc, base.scale


def _tuple(found: Any) -> Any:
    return tuple(found) if isinstance(found, list) else found


def _check_head(found: object, n: int, stated: Mapping[str, str]) -> None:
    """Whether these are a mean and its spread."""
    expected = "mean and log-variance, two tensors of one shape"
    tensors = _check_tensors("encode", found, n)
    shapes = " and ".join(str(tuple(t.shape)) for t in tensors)
    if len(tensors) == 1 and "order" not in stated:
        advice = (
            "A sample of q(z|x) is not enough: return mean and log-variance. If this tensor holds both, say how: "
            'reading={"order": "mean_first"}, or "interleaved".'
        )
        raise ImportFault("encode", "output", expected, f"one tensor {shapes}", advice)
    if len(tensors) == 1 and (tensors[0].ndim < 2 or tensors[0].shape[1] % 2):
        raise ImportFault("encode", "output", "two halves", f"one tensor {shapes}")
    if len(tensors) > 2:
        advice = "Leave out what is no mean or log-variance: encode=lambda x: vae.encode(x)[1:], for example."
        raise ImportFault("encode", "output", expected, f"{len(tensors)} tensors, {shapes}", advice)
    if len(tensors) == 2 and tensors[0].shape != tensors[1].shape:
        raise ImportFault("encode", "output", expected, shapes)


def _check_tensors(name: str, found: object, n: int) -> tuple[Tensor, ...]:
    tensors = (found,) if isinstance(found, Tensor) else found
    if (
        not isinstance(tensors, tuple | list)
        or not all(isinstance(t, Tensor) for t in tensors)
        or not tensors
    ):
        kinds = ", ".join(type(t).__name__ for t in tensors) if isinstance(tensors, tuple | list) else ""
        told = f"{type(found).__name__}{f' of {kinds}' if kinds else ''}"
        advice = (
            f"Take them out of it: write a function around it that returns tensors, and pass that as {name}."
        )
        raise ImportFault(name, "output", "tensors, or a distribution of torch's", told, advice)
    for tensor in tensors:
        _check_rows(name, tensor, n)
    return tuple(tensors)


def _check_rows(name: str, tensor: Tensor, n: int) -> None:
    if tensor.ndim < 2 or len(tensor) != n:
        raise ImportFault(name, "output", f"({n}, ...), a row for each given", tuple(tensor.shape))
    if tensor.dtype != torch.float32:
        raise ImportFault(name, "dtype", "torch.float32", tensor.dtype, "Call model.float() first.")
    if not bool(tensor.isfinite().all()):
        raise ImportFault(name, "output", "finite numbers", "NaN or infinity", "Do its weights hold NaN?")


_USUAL = {"output": "the likelihood's raw parameters, logits here", "spread": "a log-variance"}
_ADVICE = {
    "output": 'Return the logits, or pass reading={"output": "probabilities"}.',
    "spread": 'Return the log-variance, or pass reading={"spread": "sigma"} or {"spread": "variance"}.',
}
