"""An ONNX file as plain nodes and tensors, everything in it checked before it is believed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.files import read
from explorer.importing.draft import ImportFault

SUFFIX = ".onnx"
# protobuf itself takes no more.
MAX_BYTES = (1 << 31) - 1
_MAX_NODES = 20_000
_OPSETS = range(7, 27)
_DOMAINS = ("", "ai.onnx")
TRY_EXPORT = "Export the model with explorer.export in the script that has it (docs/your-model.md)."


@dataclass(frozen=True)
class OnnxNode:
    """A node: which operator, and the names of what it takes ("" where it is left out) and gives."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class OnnxGraph:
    """What an ONNX file computes.

    Attributes:
        opset: of ai.onnx, by which its operators are read.
        inputs: names and shapes, None for a size that is open.
        outputs: names.
        tensors: its weights and constants.
    """

    path: Path
    opset: int
    inputs: Mapping[str, tuple[int | None, ...]]
    outputs: tuple[str, ...]
    nodes: tuple[OnnxNode, ...]
    tensors: Mapping[str, Tensor]


def parsed(path: Path) -> OnnxGraph:
    """Reads a file.

    Raises:
        ImportFault: it is damaged, or holds what is not read here; or onnx is not installed.
    """
    proto = _proto(path)
    graph = proto.graph
    if proto.functions:
        raise ImportFault(path, "functions", "none", f"{len(proto.functions)} of its own", _INLINE)
    if len(graph.node) > _MAX_NODES:
        raise ImportFault(path, "nodes", f"at most {_MAX_NODES:,}", f"{len(graph.node):,}")
    if graph.sparse_initializer:
        raise ImportFault(path, "weights", "dense ones", "sparse ones", TRY_EXPORT)
    opset = _opset(path, proto)
    tensors = {_text(tensor.name): _tensor(path, tensor) for tensor in graph.initializer}
    return OnnxGraph(
        path,
        opset,
        {_text(i.name): _shape(i) for i in graph.input if _text(i.name) not in tensors},
        tuple(_text(output.name) for output in graph.output),
        tuple(_nodes(path, graph.node)),
        tensors,
    )


_INLINE = "Inline them first: onnx.inliner.inline_local_functions."


def _proto(path: Path) -> Any:
    try:
        import onnx
    except ImportError as error:
        advice = "pip install 'vae-explorer[onnx]'"
        raise ImportFault(path, "reader", "the package onnx", "none installed", advice) from error
    try:
        content = read.content(path, MAX_BYTES)
    except OSError as error:
        raise ImportFault(path, "file", f"one of at most {MAX_BYTES:,} bytes", error) from error
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(content)
    except Exception as error:  # protobuf's own error has moved between its versions
        raise ImportFault(path, "content", "an ONNX model", error, "Export it again.") from error
    if not proto.graph.node and not proto.graph.output:
        raise ImportFault(path, "content", "an ONNX model", "no graph", "Export it again.")
    return proto


def _opset(path: Path, proto: Any) -> int:
    found = {entry.domain: entry.version for entry in proto.opset_import}
    version = found.get("", found.get("ai.onnx", 0))
    if version not in _OPSETS:
        expected = f"one of {_OPSETS[0]} to {_OPSETS[-1]}"
        advice = "Convert it: onnx.version_converter.convert_version."
        raise ImportFault(path, "opset", expected, version, advice)
    return int(version)


def _nodes(path: Path, nodes: Sequence[Any]) -> Iterator[OnnxNode]:
    for node in nodes:
        if node.domain not in _DOMAINS:
            found = f"{node.op_type} of {node.domain!r}"
            raise ImportFault(path, "operator", "one of ai.onnx", found[:200], TRY_EXPORT)
        operator = _text(node.op_type)
        attributes = {_text(a.name): _attribute(path, operator, a) for a in node.attribute}
        inputs, outputs = (tuple(map(_text, names)) for names in (node.input, node.output))
        yield OnnxNode(operator, inputs, outputs, attributes)


def _text(value: str | bytes) -> str:
    """A text of the file; protobuf leaves as bytes what is no UTF-8."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _attribute(path: Path, operator: str, attribute: Any) -> Any:
    from onnx import AttributeProto

    values = {
        AttributeProto.FLOAT: lambda a: float(a.f),
        AttributeProto.INT: lambda a: int(a.i),
        AttributeProto.STRING: lambda a: a.s.decode("utf-8", "replace"),
        AttributeProto.FLOATS: lambda a: [float(v) for v in a.floats],
        AttributeProto.INTS: lambda a: [int(v) for v in a.ints],
        AttributeProto.STRINGS: lambda a: [s.decode("utf-8", "replace") for s in a.strings],
        AttributeProto.TENSOR: lambda a: _tensor(path, a.t),
    }
    if attribute.type not in values:
        what = f"{operator} with a graph inside (If, Loop, Scan)"
        raise ImportFault(path, "operator", "one without control flow", what[:200], TRY_EXPORT)
    return values[attribute.type](attribute)


def _tensor(path: Path, tensor: Any) -> Tensor:
    """A tensor of numbers; floating ones as float32, the others as int64 or bool."""
    from onnx import TensorProto, numpy_helper

    name = f"tensor {_text(tensor.name):.80}" if tensor.name else "tensor"
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        advice = "Save it in one file: onnx.save(model, path, save_as_external_data=False)."
        raise ImportFault(path, name, "its numbers in this file", "the path of another file", advice)
    shape = tuple(tensor.dims)
    if any(n < 0 for n in shape) or math.prod(shape) > MAX_BYTES:
        raise ImportFault(path, name, "a shape of whole numbers that fits the file", f"{shape!r:.80}")
    try:
        values = numpy_helper.to_array(tensor)
    except Exception as error:  # of several kinds, by what is damaged
        raise ImportFault(path, name, f"numbers for shape {shape}", error, "Export it again.") from error
    if values.shape != shape or (values.dtype.kind not in "fiub" and values.dtype.name != "bfloat16"):
        raise ImportFault(path, name, "numbers", f"{values.dtype} of shape {values.shape}", TRY_EXPORT)
    wide = np.bool_ if values.dtype.kind == "b" else np.int64 if values.dtype.kind in "iu" else np.float32
    return torch.from_numpy(np.array(values, wide, order="C"))


def _shape(value: Any) -> tuple[int | None, ...]:
    dims = value.type.tensor_type.shape.dim
    return tuple(int(d.dim_value) if d.HasField("dim_value") and d.dim_value > 0 else None for d in dims)
