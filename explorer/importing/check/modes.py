"""Whether encoder and decoder are functions of one example alone: not of chance, nor of the others in its batch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from explorer.bounds.engine import Examples
from explorer.findings import Finding, fine, wrong
from explorer.importing.check.examined import Examined
from explorer.importing.readings.trial import drawn_codes
from explorer.models.conventions import ConventionError, check_model
from explorer.programs import Node, Program

_N_ROWS = 8
# Of float32, in batches of another size; beyond it, what differs is computed from the others.
_TOLERANCE = 1e-3
# Where the flag of an operator's training mode stands among its arguments.
_TRAINING = {"aten.batch_norm.default": 5, "aten.instance_norm.default": 5}
_PER_BATCH = "aten.batch_norm.default"
_EVAL = "Call model.eval() before it is saved or exported, and import it again."


def training_mode(subject: Examined) -> Iterator[Finding]:
    """Layers that normalise by the batch they are in."""
    try:
        check_model(subject.model)
    except ConventionError as error:
        yield wrong(str(error), _EVAL)
        return
    nodes = list(_nodes_in_training(subject.model))
    if nodes:
        some = ", ".join(nodes[:3]) + (", ..." if len(nodes) > 3 else "")
        found = f"{len(nodes)} layers normalise by their batch, as in training ({some})"
        yield wrong(f"{found}: log p(x|z) depends on the other examples", _EVAL)
    else:
        yield fine("no layer is in training mode")


def _nodes_in_training(model: object) -> Iterator[str]:
    if isinstance(model, torch.nn.Module):
        for program in (m for m in model.modules() if isinstance(m, Program)):
            yield from (node.name for node in program.graph.nodes if _is_in_training(node))


def _is_in_training(node: Node) -> bool:
    place = _TRAINING.get(node.operator)
    if place is None or node.operator != _PER_BATCH:
        return False
    return bool(node.args[place]) if len(node.args) > place else bool(node.kwargs.get("training"))


@torch.no_grad()
def chance(subject: Examined) -> Iterator[Finding]:
    """Two runs of the same."""
    first, second = (_outputs(subject, _few(subject)) for _ in range(2))
    if _differs(first, second):
        found = "two runs on the same examples differ: something in it is drawn at random, such as dropout or the code"
        yield wrong(found, "Export encoder and decoder in eval mode, without the draw of z between them.")
    else:
        yield fine("two runs on the same examples are equal")


@torch.no_grad()
def batches(subject: Examined) -> Iterator[Finding]:
    """A batch, and each of its rows alone."""
    few = _few(subject)
    together = _outputs(subject, few)
    rows = (_outputs(subject, few.select(row)) for row in torch.arange(len(few)).split(1))
    if _differs(together, [torch.cat(parts) for parts in zip(*rows, strict=True)]):
        yield wrong("an example's figures depend on the others in its batch", _EVAL)
    else:
        yield fine(f"{len(few)} examples have the same outputs together and alone")


def _few(subject: Examined) -> Examples:
    return subject.examples.select(torch.arange(min(_N_ROWS, len(subject.examples))))


def _outputs(subject: Examined, examples: Examples) -> list[Tensor]:
    """A code of each example, drawn with noise that is the example's own, and what it decodes to."""
    z = drawn_codes(subject.model, examples)
    return [z, subject.model.likelihood(z).mean]


def _differs(first: list[Tensor], second: list[Tensor]) -> bool:
    return not all(
        torch.allclose(one, other, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True)
        for one, other in zip(first, second, strict=True)
    )
