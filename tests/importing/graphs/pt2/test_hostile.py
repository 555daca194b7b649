"""Files that no torch has written: nothing in them is run, and each is refused with its reason."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.importing.draft import ImportFault
from explorer.importing.graphs.pt2 import archive as archives
from explorer.importing.makes import exported_program
from tests.importing.archives import FIXTURES, MODEL, WEIGHTS, Change, changed, entries, write

WHOLE = FIXTURES / "exported-whole" / "vae.pt2"


class Evil:
    """A pickle that makes a folder when it is read."""

    def __init__(self, path: Path):
        self._path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self._path),)


def pickled(marker: Path, content: dict[str, bytes]) -> None:
    """In the example inputs."""
    file = io.BytesIO()
    torch.save(((), {}), file)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file.getvalue())) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            value = pickle.dumps(Evil(marker), 2) if name.endswith("data.pkl") else old.read(name)
            new.writestr(name, value)
    content["data/sample_inputs/model.pt"] = made.getvalue()


def in_a_size(marker: Path, content: dict[str, bytes]) -> None:
    """In the text of a symbolic size, which sympy evaluates."""
    model = json.loads(content[MODEL])
    sizes = model["graph_module"]["graph"]["tensor_values"]["x"]["sizes"]
    sizes[0]["as_expr"]["expr_str"] = (
        f"__import__('os').mkdir({str(marker)!r}) or Symbol('s77', integer=True)"
    )
    content[MODEL] = json.dumps(model).encode()


def in_guards(marker: Path, content: dict[str, bytes]) -> None:
    """In the guards, which are Python."""
    model = json.loads(content[MODEL])
    model["guards_code"] = [f"__import__('os').mkdir({str(marker)!r}) or True"]
    content[MODEL] = json.dumps(model).encode()


@pytest.mark.parametrize("way", [pickled, in_a_size, in_guards])
def test_what_torch_would_run_is_not_run(way, tmp_path):
    marker, content = tmp_path / "was-run", entries(WHOLE)
    way(marker, content)
    path = write(tmp_path / "vae.pt2", content)
    with (
        pytest.raises(ImportFault, match="a batch whose size has a name")
        if way is in_a_size
        else contextlib.nullcontext()
    ):
        exported_program.read_draft(path)
    assert not marker.exists()
    # And it is no harmless file: torch itself runs it, whatever it says afterwards.
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        torch.export.load(path).module()(torch.rand(2, 1, 8, 8))
    assert marker.exists()


def graph(content: dict[str, Any]) -> dict[str, Any]:
    return content["graph_module"]["graph"]


def node_of(content: dict[str, Any], operator: str) -> dict[str, Any]:
    return next(n for n in graph(content)["nodes"] if n["target"].startswith(f"torch.ops.aten.{operator}."))


def targeting(target: str) -> Change:
    return lambda c: node_of(c, "silu").update(target=target)


def with_argument(argument: dict[str, Any]) -> Change:
    return lambda c: node_of(c, "silu")["inputs"][0].update(arg=argument)


def with_result(name: str) -> Change:
    return lambda c: node_of(c, "silu").update(outputs=[{"as_tensor": {"name": name}}])


def more_inputs(content: dict[str, Any]) -> None:
    content["graph_module"]["signature"]["input_specs"].append(
        {"user_input": {"arg": {"as_tensor": {"name": "label"}}}}
    )


def mutating(content: dict[str, Any]) -> None:
    content["graph_module"]["signature"]["output_specs"].append(
        {"buffer_mutation": {"arg": {"name": "elu_"}, "buffer_name": "b"}}
    )


def training(content: dict[str, Any]) -> None:
    node = node_of(content, "batch_norm")
    next(a for a in node["inputs"] if a["name"] == "training")["arg"] = {"as_bool": True}


def wide(content: dict[str, Any]) -> None:
    sizes = graph(content)["tensor_values"]["x"]["sizes"]
    sizes[2] = sizes[0]


def huge(content: dict[str, Any]) -> None:
    node = node_of(content, "view")
    node["inputs"][1]["arg"]["as_sym_ints"][1] = {"as_int": 1 << 62}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda c: c["schema_version"].update(major=9),
            r"schema_version: expected 8, found .*newer torch wrote it",
        ),
        (lambda c: c["schema_version"].update(major=7), r"Export it with torch 2\.7 or newer"),
        (lambda c: c.pop("schema_version"), "schema_version: expected 8, found None"),
        (lambda c: c.pop("graph_module"), "graph: expected one that can be read"),
        (targeting("torch.ops.higher_order.cond"), "higher_order.cond.*without torch.cond"),
        (targeting("torch.ops.mylib.silu.default"), "mylib.*other libraries"),
        (targeting("os.system"), "one of torch.ops.aten, found os.system"),
        (targeting("torch.ops.aten.__class__.__init__"), r"aten.__class__.__init__ is not one of"),
        (targeting("torch.ops.aten.from_file.default"), "from_file.default is not one of"),
        (targeting("torch.ops.aten.set_.source_Storage"), "not one of the operators"),
        (targeting("_operator.methodcaller"), "check.methodcaller is not one of"),
        (targeting("x" * 10_000), "text: expected a short one"),
        (with_argument({"as_graph": {"name": "g"}}), "a graph within the graph"),
        (with_argument({"as_custom_obj": {"name": "g"}}), "an object of its own"),
        (with_argument({"as_string": "__import__"}), "a text that its operator takes, found '__import__'"),
        (with_argument({"as_pickle": "a"}), "an argument of a known kind, found 'as_pickle'"),
        (with_argument({"as_tensor": {"name": "nothing"}}), "'nothing' is used and never computed"),
        (with_argument({"as_tensor": {"name": "a.b"}}), "letters, digits and underscores, found 'a.b'"),
        (with_argument({"as_int": 1 << 70}), "number: expected a whole one"),
        (with_argument({"as_float": "NaN"}), "number: expected one"),
        (with_argument({"as_scalar_type": 10}), "a type that is computed with, found 10"),
        (with_argument({"as_sym_int": {"as_expr": "1+1"}}), "expected as_int"),
        (with_result("x"), "'x' is computed twice"),
        (with_result("__import__('os')"), "letters, digits"),
        (more_inputs, "inputs: expected one, found 2.*fix the others"),
        (mutating, r"buffer_mutation.*model\.eval"),
        (training, r"training mode.*model\.eval"),
        (wide, "x: expected fixed sizes after the first"),
        (huge, r"cut where its code is|can be computed|can be read"),
        (lambda c: graph(c)["nodes"].extend([{}] * 20_001), "nodes: expected at most 20,000"),
        (lambda c: graph(c).update(nodes=None), "graph: expected one that can be read"),
        (lambda c: graph(c).update(tensor_values={}), "can be read"),
    ],
)
def test_a_graph_that_is_none_of_ours_is_refused(change, said, tmp_path):
    with pytest.raises(ImportFault, match=f"(?s){said}"):
        exported_program.read_draft(changed(WHOLE, tmp_path / "vae.pt2", change))


def entry_of(change: Change) -> Change:
    return lambda c: change(c["config"]["head.weight"])


def meta(**values: Any) -> Change:
    return entry_of(lambda e: e["tensor_meta"].update(values))


def sizes(*numbers: int) -> list[dict[str, int]]:
    return [{"as_int": n} for n in numbers]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (entry_of(lambda e: e.update(use_pickle=True)), "head.weight: expected raw bytes, found a pickle"),
        (entry_of(lambda e: e.update(path_name="../../models/model.json")), "expected weight_0"),
        (entry_of(lambda e: e.update(path_name="weight_99")), "data/weights/weight_99: expected an entry"),
        (entry_of(lambda e: e.update(path_name="weight_0/../weight_1")), "an entry, found nothing"),
        (meta(sizes=sizes(6, 1 << 39)), "sizes of at most 768 numbers"),
        (meta(sizes=sizes(7, 128)), "sizes of at most 768 numbers"),
        (
            meta(strides=sizes(129, 1)),
            r"sizes of at most 768 numbers, found \[6, 128\] at strides \[129, 1\]",
        ),
        (meta(strides=sizes(-128, 1)), "whole numbers"),
        (meta(storage_offset={"as_int": 1}), "sizes of at most 768"),
        (meta(sizes=[{"as_expr": {"expr_str": "s0"}}] * 2), "whole numbers"),
        (meta(sizes=sizes(*[1] * 99), strides=sizes(*[1] * 99)), "a dense tensor"),
        (meta(dtype=11), "a type, one of"),
        (meta(dtype=8), "sizes of at most 384 numbers"),
        (meta(layout=1), "a dense tensor"),
        (lambda c: c["config"].pop("head.weight"), "head.weight: expected a tensor, found None"),
        (lambda c: c.update(config=[]), "expected a config"),
    ],
)
def test_weights_that_are_not_what_they_say_are_refused(change, said, tmp_path):
    with pytest.raises(ImportFault, match=f"(?s){said}"):
        exported_program.read_draft(changed(WHOLE, tmp_path / "vae.pt2", change, WEIGHTS))


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    content = entries(WHOLE)
    content["data/weights/weight_0"] = b"\xff" * len(content["data/weights/weight_0"])
    with pytest.raises(ImportFault, match="finite numbers, found NaN"):
        exported_program.read_draft(write(tmp_path / "vae.pt2", content))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"data/aotinductor/model/a.so": b"\x7fELF"}, "compiled code"),
        ({"code/__torch__.py": b"import os"}, "TorchScript"),
        ({"byteorder": b"big"}, "byteorder: expected little"),
        ({"../up": b""}, "plain names"),
        ({"a\\b": b""}, "plain names"),
        ({"data/weights/zeros": bytes(1 << 24)}, "packed at most 100 times"),
        ({MODEL: b"[" * 50_000}, "expected JSON"),
        ({MODEL: b"[]"}, "a JSON object, found list"),
        ({MODEL: b'{"a": 1'}, "expected JSON"),
        ({"models/other.json": b"{}"}, "models: expected one, or encoder and decoder"),
    ],
)
def test_an_archive_that_is_none_of_ours_is_refused(more, said, tmp_path):
    path = write(tmp_path / "vae.pt2", entries(WHOLE) | more, zipfile.ZIP_DEFLATED)
    with pytest.raises(ImportFault, match=f"(?s){said}"):
        exported_program.read_draft(path)


def test_one_name_twice_is_refused(tmp_path):
    path = write(tmp_path / "vae.pt2", entries(WHOLE))
    with zipfile.ZipFile(path, "a") as content, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        content.writestr("vae/byteorder", b"little")
    with pytest.raises(ImportFault, match="one name twice"):
        exported_program.read_draft(path)


def test_what_is_no_archive_is_refused(tmp_path):
    for name, content in {
        "a": b"",
        "b": b"PK\x03\x04",
        "c": WHOLE.read_bytes()[:1000],
        "d": b"\x80\x02.",
    }.items():
        (path := tmp_path / f"{name}.pt2").write_bytes(content)
        with pytest.raises(ImportFault, match=r"an archive of torch\.export\.save"):
            exported_program.read_draft(path)
    torch.save({"a": torch.ones(1)}, path := tmp_path / "weights.pt2")
    with pytest.raises(ImportFault, match=r"a pickle of torch\.save"):
        exported_program.read_draft(path)
    os.mkfifo(path := tmp_path / "pipe.pt2")
    with pytest.raises(ImportFault, match="a plain one"):
        exported_program.read_draft(path)


def test_sizes_are_bounded(monkeypatch, tmp_path):
    for name, n in (("MAX_ENTRIES", 3), ("MAX_BYTES", 4000), ("MAX_JSON_BYTES", 5000)):
        with monkeypatch.context() as patch:
            patch.setattr(archives, name, n)
            with pytest.raises(ImportFault, match=f"at most {n:,}"):
                exported_program.read_draft(WHOLE)
