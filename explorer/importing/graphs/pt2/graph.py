"""The graph of an exported program: its JSON as calls, and these as a program.

Nothing in it is evaluated. Sizes are whole numbers or names of earlier results; texts are some that torch's operators
take; what torch says beside the graph (guards, expressions, traces) is not looked at, but for the name of the batch's
size and its largest value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import torch

from explorer.importing.draft import ImportFault
from explorer.importing.graphs.cut import Exported
from explorer.importing.graphs.pt2.archive import Pt2Archive
from explorer.importing.graphs.pt2.weights import DTYPES, RawTensors
from explorer.programs import Text
from explorer.programs.graph import MAX_NODES
from explorer.programs.lowering import Call, Lowering, Unsupported

# Of the schema; a larger second number only adds to it.
SCHEMA = 8
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_ATEN = re.compile(r"torch\.ops\.(aten\.[a-z0-9_]{1,80}\.[A-Za-z0-9_]{1,40})")
_SYMBOL = re.compile(r"(?:Symbol\(')?([A-Za-z_]\w{0,40})(?:'(?:, \w+=True)*\))?", re.ASCII)
_EQUATION = re.compile(r"[A-Za-z,.>\- ]{1,60}")
_TEXTS = {
    "none",
    "tanh",
    "zeros",
    "border",
    "reflection",
    "nearest",
    "bilinear",
    "bicubic",
    "same",
    "valid",
    "ij",
    "xy",
}
_TEXTS |= {"constant", "reflect", "replicate", "circular", "floor", "trunc", "mean", "sum"}
_WHOLE = frozenset({"add", "sub", "mul", "floordiv", "neg"})
_MOST = 1 << 63
# Numbers that JSON has no word for.
_FLOATS = {"Infinity": float("inf"), "-Infinity": float("-inf")}
# What else a file may hold, and why it is not read.
_REFUSED = {
    "as_graph": "a graph within the graph (cond, map, scan): its path depends on values",
    "as_custom_obj": "an object of its own",
    "as_operator": "an operator that takes operators",
    "as_complex": "complex numbers",
}
_SPECS = {"parameter": "parameter_name", "buffer": "buffer_name", "tensor_constant": "tensor_constant_name"}


def exported(archive: Pt2Archive, model: str) -> Exported:
    """A model of an archive.

    Raises:
        ImportFault: it is damaged, newer than this, or has what is not run; says which.
    """
    try:
        return _Reader(archive, f"models/{model}.json").exported(RawTensors(archive, model))
    except Unsupported as error:
        advice = "Export what encodes and decodes of it alone, in eval mode, from plain operators of torch."
        raise ImportFault(archive.path, "graph", "operators that are run", error, advice) from error
    except ImportFault:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RuntimeError) as error:
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise ImportFault(archive.path, "graph", "one that can be read", reason) from error


class _Reader:
    def __init__(self, archive: Pt2Archive, name: str):
        self._path = archive.path
        content = archive.json(name)
        self._check_version(content)
        module = content["graph_module"]
        self._graph, self._signature = module["graph"], module["signature"]
        self._ranges = content.get("range_constraints") or {}
        self._values = self._graph["tensor_values"]

    def exported(self, weights: RawTensors) -> Exported:
        x, tensors = self._inputs()
        lowering = Lowering([x], self._is_floating)
        nodes = self._graph["nodes"]
        if len(nodes) > MAX_NODES:
            self._refuse("nodes", f"at most {MAX_NODES:,}", f"{len(nodes):,}")
        used = set(self._used())
        for name, target in tensors.items():
            # What counts batches, for one, is in the file and nowhere used.
            if name in used:
                lowering.tensor(name, weights.tensor(target))
        for node in nodes:
            lowering.call(self._call(node))
        shape, most_rows = self._shape(x)
        found = lowering.program(self._outputs(), most_rows)
        return Exported(found.program, shape, {name: self._shape(name)[0] for name in found.draws})

    def _check_version(self, content: Mapping[str, Any]) -> None:
        version = content.get("schema_version")
        major = version.get("major") if isinstance(version, dict) else None
        if type(major) is not int or major != SCHEMA:
            is_newer = type(major) is int and major > SCHEMA
            advice = (
                "A newer torch wrote it: update the explorer."
                if is_newer
                else "Export it with torch 2.7 or newer."
            )
            self._refuse("schema_version", f"{SCHEMA}", f"{version!r:.80}", advice)

    def _inputs(self) -> tuple[str, dict[str, str]]:
        """The name of x, and of each tensor the name of its weights."""
        inputs, tensors = [], {}
        for spec in self._signature["input_specs"]:
            ((kind, found),) = spec.items()
            if kind == "user_input":
                inputs.append(self._name(_only(found["arg"], "as_tensor")["name"]))
            elif kind in _SPECS:
                tensors[self._name(found["arg"]["name"])] = found[_SPECS[kind]]
            else:
                self._refuse("input_specs", "tensors", kind, "Export a network of tensors alone.")
        if len(inputs) != 1:
            advice = (
                "A network that takes more than x, or than z, is not read: fix the others before you export."
            )
            self._refuse("inputs", "one", f"{len(inputs)}", advice)
        return inputs[0], tensors

    def _outputs(self) -> list[str]:
        names = []
        for spec in self._signature["output_specs"]:
            ((kind, found),) = spec.items()
            if kind != "user_output":
                advice = "Export the model after model.eval()."
                self._refuse("output_specs", "outputs that are returned", kind, advice)
            names.append(self._name(_only(found["arg"], "as_tensor")["name"]))
        if not names:
            self._refuse("outputs", "at least one", "none")
        return list(dict.fromkeys(names))

    def _used(self) -> Iterator[str]:
        """Names that nodes or outputs need."""
        for node in self._graph["nodes"]:
            for argument in node["inputs"]:
                yield from _texts(argument["arg"])
        yield from self._outputs()

    def _call(self, node: Mapping[str, Any]) -> Call:
        target = self._target(node["target"])
        inputs = [(self._text(a["name"]), self._argument(target, a["arg"])) for a in node["inputs"]]
        results, is_list = self._results(node["outputs"])
        if not target.startswith("aten."):
            return Call(target, tuple(value for _, value in inputs), {}, results)
        if len(dict(inputs)) < len(inputs):
            self._refuse(target, "a value for each argument", "two for one")
        return Call(target, (), dict(inputs), results, is_list)

    def _target(self, found: object) -> str:
        text = self._text(found)
        if match := _ATEN.fullmatch(text):
            return match[1]
        name = text.removeprefix("_operator.")
        if name != text:
            return f"int.{name}" if name in _WHOLE else f"check.{name}"
        if "higher_order" in text:
            advice = "Write it without torch.cond, map, scan and autocast, or export under torch.no_grad."
            self._refuse("operator", "one of torch.ops.aten", text, advice)
        self._refuse("operator", "one of torch.ops.aten", text, "Operators of other libraries are not run.")

    def _results(self, outputs: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], bool]:
        """Names, and whether they are those of several results."""
        names: list[str] = []
        is_list = len(outputs) > 1
        for output in outputs:
            ((kind, found),) = output.items()
            if kind == "as_tensors":
                is_list = True
                names += [self._name(one["name"]) for one in found]
            elif kind in ("as_tensor", "as_sym_int", "as_sym_bool"):
                names.append(self._name(found["name" if kind == "as_tensor" else "as_name"]))
            elif kind != "as_none":
                self._refuse("outputs of a node", "tensors", kind)
        return tuple(names), is_list

    def _argument(self, target: str, argument: Mapping[str, Any]) -> Any:
        ((kind, found),) = argument.items()
        if kind in _REFUSED:
            self._refuse(target, "tensors and numbers", _REFUSED[kind])
        if kind == "as_string":
            return self._word(target, found)
        if kind not in _READERS:
            self._refuse(target, "an argument of a known kind", f"{kind!r:.80}")
        return _READERS[kind](self, found)

    def _word(self, target: str, found: object) -> Text:
        text = self._text(found)
        if text in _TEXTS or (target == "aten.einsum.default" and _EQUATION.fullmatch(text)):
            return Text(text)
        self._refuse(target, "a text that its operator takes", repr(text))

    def _name(self, found: object) -> str:
        if not isinstance(found, str) or not _IDENTIFIER.fullmatch(found):
            self._refuse("name", "letters, digits and underscores", f"{found!r:.80}")
        return found

    def _text(self, found: object) -> str:
        if not isinstance(found, str) or len(found) > 200:
            self._refuse("text", "a short one", f"{found!r:.80}")
        return found

    def _whole(self, found: object) -> int:
        if type(found) is not int or not -_MOST <= found < _MOST:
            self._refuse("number", "a whole one", f"{found!r:.80}")
        return found

    def _size(self, found: Mapping[str, Any]) -> int | str:
        """A whole number, or the name of one."""
        ((kind, value),) = found.items()
        return self._name(value) if kind == "as_name" else self._whole(_only(found, "as_int"))

    def _number(self, found: object) -> float:
        number = _FLOATS.get(found) if isinstance(found, str) else found
        if not isinstance(number, int | float) or isinstance(number, bool) or number != number:
            self._refuse("number", "one", f"{found!r:.80}")
        return float(number)

    def _truth(self, found: object) -> bool:
        if not isinstance(found, bool):
            self._refuse("argument", "true or false", f"{found!r:.80}")
        return found

    def _dtype(self, found: object) -> torch.dtype:
        if type(found) is not int or found not in DTYPES:
            self._refuse("type", "a type that is computed with", f"{found!r:.80}")
        return DTYPES[found]

    def _optional(self, found: Mapping[str, Any]) -> str | None:
        return None if "as_none" in found else self._name(_only(found, "as_tensor")["name"])

    def _is_floating(self, name: str) -> bool:
        return DTYPES[self._values[name]["dtype"]].is_floating_point

    def _shape(self, name: str) -> tuple[tuple[int, ...], int | None]:
        """The shape of one row, and how many rows there may be at once."""
        first, *rest = self._values[name]["sizes"]
        advice = "Only the batch may be of any size: dynamic_shapes={'x': {0: Dim('batch', min=1)}}."
        if not all("as_int" in size for size in rest):
            self._refuse(name, "fixed sizes after the first", "others", advice)
        return tuple(self._whole(size["as_int"]) for size in rest), self._most_rows(name, first, advice)

    def _most_rows(self, name: str, size: Mapping[str, Any], advice: str) -> int | None:
        if "as_int" in size:
            if size["as_int"] != 1:
                self._refuse(name, "batches of any size", f"{size['as_int']!r:.40}", advice)
            return 1
        symbol = _SYMBOL.fullmatch(self._text(size["as_expr"]["expr_str"]))
        if symbol is None:
            self._refuse(name, "a batch whose size has a name", "an expression", advice)
        most = (self._ranges.get(symbol[1]) or {}).get("max_val")
        return None if most is None else self._whole(most)

    def _refuse(self, key: str, expected: object, found: object, advice: str = "") -> NoReturn:
        raise ImportFault(self._path, key, expected, found, advice)


def _only(found: Mapping[str, Any], kind: str) -> Any:
    """The value of an argument of one kind."""
    if list(found) != [kind]:
        raise ValueError(f"expected {kind}, found {found!r:.80}")
    return found[kind]


def _texts(value: Any) -> Iterator[str]:
    """All texts in an argument: among them the names that it needs."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


_READERS: Mapping[str, Callable[[_Reader, Any], Any]] = {
    "as_none": lambda r, v: None,
    "as_tensor": lambda r, v: r._name(v["name"]),
    "as_tensors": lambda r, v: tuple(r._name(one["name"]) for one in v),
    "as_optional_tensor": lambda r, v: r._optional(v),
    "as_optional_tensors": lambda r, v: tuple(map(r._optional, v)),
    "as_int": lambda r, v: r._whole(v),
    "as_ints": lambda r, v: tuple(map(r._whole, v)),
    "as_float": lambda r, v: r._number(v),
    "as_floats": lambda r, v: tuple(map(r._number, v)),
    "as_bool": lambda r, v: r._truth(v),
    "as_bools": lambda r, v: tuple(map(r._truth, v)),
    "as_sym_int": lambda r, v: r._size(v),
    "as_sym_ints": lambda r, v: tuple(map(r._size, v)),
    "as_sym_bool": lambda r, v: r._name(v["as_name"]) if "as_name" in v else r._truth(v["as_bool"]),
    "as_scalar_type": lambda r, v: r._dtype(v),
    # Where numbers lie, and in which order: of no concern to what they are.
    "as_memory_format": lambda r, v: None,
    "as_layout": lambda r, v: None,
    "as_device": lambda r, v: None,
}
