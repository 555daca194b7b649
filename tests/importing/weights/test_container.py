"""Files of weights: what training wraps them in is taken off, and what is no plain tensor is refused in words."""

import io
import os
import pickle
import zipfile
from collections import OrderedDict

import pytest
import safetensors.torch
import torch
from torch import nn

from explorer.importing.draft import ImportFault
from explorer.importing.weights.container import weights

STATE = {"encoder.0.weight": torch.ones(3, 2), "encoder.0.bias": torch.zeros(3)}


def held(tmp_path, content, name="a.pt"):
    torch.save(content, tmp_path / name)
    return weights(tmp_path / name)


def fault(tmp_path, content, name="a.pt"):
    with pytest.raises(ImportFault) as caught:
        held(tmp_path, content, name)
    assert str(tmp_path / name) in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "wrapped",
    [
        STATE,
        {"state_dict": STATE, "optimizer_states": [{"state": {0: torch.ones(3)}}], "epoch": 3},
        {"model_state_dict": STATE, "optimizer_state_dict": {"exp_avg": torch.ones(3)}},
        {"model": STATE, "ema": {k: v + 1 for k, v in STATE.items()}},
        {"ema": STATE},
        {"net": {"state_dict": STATE}},
        {"encoder": {"0.weight": STATE["encoder.0.weight"], "0.bias": STATE["encoder.0.bias"]}},
        {f"model.{k}": v for k, v in STATE.items()},
        {f"module._orig_mod.{k}": v for k, v in STATE.items()},
        {f"_orig_mod.vae.{k}": v for k, v in STATE.items()},
        {**{f"vae.{k}": v for k, v in STATE.items()}, "loss.perceptual.weight": torch.ones(2, 2)},
        {**STATE, "encoder.1.num_batches_tracked": torch.tensor(3)},
        {k: v.double() for k, v in STATE.items()},
        {k: nn.Parameter(v.half()) for k, v in STATE.items()},
        OrderedDict(STATE),
    ],
)
def test_wrappers_are_taken_off(wrapped, tmp_path):
    found = held(tmp_path, wrapped)
    assert list(found.tensors) == list(STATE)
    assert all(
        torch.equal(found.tensors[k], v) and found.tensors[k].dtype == torch.float32 for k, v in STATE.items()
    )


def test_what_is_left_out_is_said(tmp_path):
    said = held(tmp_path, {"model": STATE, "ema": STATE, "hyper_parameters": {"latent_dim": 2}}).said
    assert any("Averaged" in line for line in said)
    beside = {**{f"vae.{k}": v for k, v in STATE.items()}, "discriminator.weight": torch.ones(2, 2)}
    assert any("discriminator" in line for line in held(tmp_path, beside).said)
    lightning = {"state_dict": STATE, "hyper_parameters": {"latent_dim": 2, "model": None}}
    assert any('"latent_dim": 2' in line for line in held(tmp_path, lightning).said)


@pytest.mark.parametrize(
    "norm", [nn.utils.weight_norm, nn.utils.parametrizations.weight_norm, nn.utils.spectral_norm]
)
@pytest.mark.parametrize("layer", [nn.Linear(5, 3), nn.Conv2d(2, 3, 3), nn.ConvTranspose2d(2, 4, 3)])
@pytest.mark.filterwarnings("ignore")
def test_weights_in_parts_are_multiplied_out(norm, layer, tmp_path):
    torch.manual_seed(0)
    module = nn.Sequential(norm(type(layer)(*([5, 3] if isinstance(layer, nn.Linear) else [2, 4, 3]))))
    with torch.no_grad():
        for value in module.parameters():
            value.mul_(1.5)
    module.eval()
    module(torch.ones(1, 5) if isinstance(layer, nn.Linear) else torch.ones(1, 2, 4, 4))
    found = held(tmp_path, module.state_dict())
    assert torch.allclose(found.tensors["0.weight"], module[0].weight, rtol=1e-4, atol=1e-6)


def test_a_part_that_is_missing_is_named(tmp_path):
    found = fault(tmp_path, {"encoder.0.weight_g": torch.ones(3, 1), "encoder.0.bias": torch.ones(3)})
    assert found.key == "encoder.0.weight"
    assert "remove_parametrizations" in found.advice


class Trap:
    """Runs a command when it is unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return os.system, (f"touch {self.file}",)


@pytest.mark.parametrize("is_new", [True, False])
def test_objects_are_refused_and_nothing_runs(is_new, tmp_path):
    torch.save({"state": Trap(tmp_path / "ran")}, tmp_path / "a.pt", _use_new_zipfile_serialization=is_new)
    with pytest.raises(ImportFault, match="more than tensors") as caught:
        weights(tmp_path / "a.pt")
    assert "system" in caught.value.found
    assert not (tmp_path / "ran").exists()
    (tmp_path / "b.pt").write_bytes(pickle.dumps(Trap(tmp_path / "ran")))
    with pytest.raises(ImportFault):
        weights(tmp_path / "b.pt")
    assert not (tmp_path / "ran").exists()


def test_a_whole_module_says_how_to_keep_its_weights(tmp_path):
    found = fault(tmp_path, nn.Linear(2, 3))
    assert "torch.nn.modules.linear.Linear" in found.found
    assert "state_dict" in found.advice


def test_a_scripted_module_says_how_to_keep_its_weights(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in ("m/constants.pkl", "m/data.pkl", "m/code/__torch__.py"):
            archive.writestr(name, b"")
    (tmp_path / "a.pt").write_bytes(content.getvalue())
    with pytest.raises(ImportFault, match=r"torch\.jit\.load"):
        weights(tmp_path / "a.pt")


def test_an_archive_that_unpacks_without_end_is_refused_before(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", b"\0" * (1 << 24))
    with pytest.raises(ImportFault, match="packs nothing"):
        weights(tmp_path / "a.pt")


def test_numbers_that_the_file_does_not_hold_are_refused(tmp_path):
    found = fault(tmp_path, {"a.weight": torch.ones(1).expand(1 << 40, 4)})
    assert found.key == "a.weight"
    assert "4 bytes" in found.found


@pytest.mark.parametrize(
    "value, expected",
    [
        (torch.tensor([[float("nan")]]), "finite"),
        (torch.tensor([[float("inf")]]), "finite"),
        (torch.ones(2, 2, dtype=torch.int64), "floating-point"),
        (torch.ones(2, 2, dtype=torch.complex64), "floating-point"),
        (torch.ones(2, 2).to_sparse(), "plain tensor"),
        (torch.ones(2, 2, device="meta"), "plain tensor"),
    ],
)
def test_what_are_no_weights_is_named(value, expected, tmp_path):
    found = fault(tmp_path, {"encoder.0.weight": value})
    assert found.key == "encoder.0.weight"
    assert expected in found.expected


@pytest.mark.parametrize("content", [{}, {"epoch": 3}, [torch.ones(2)], torch.ones(2), "weights", 3])
def test_a_file_without_tensors_by_name_is_refused(content, tmp_path):
    assert fault(tmp_path, content).key == "content"


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
@pytest.mark.parametrize("content", [b"", b"\x80", b"PK\x03\x04", b"hello", b"\0" * 100])
def test_damaged_files_are_refused(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportFault):
        weights(tmp_path / name)


def test_a_cut_file_is_refused(tmp_path):
    torch.save(STATE, tmp_path / "a.pt")
    content = (tmp_path / "a.pt").read_bytes()
    (tmp_path / "a.pt").write_bytes(content[: len(content) // 2])
    with pytest.raises(ImportFault):
        weights(tmp_path / "a.pt")
    (tmp_path / "a.safetensors").write_bytes(safetensors.torch.save(STATE)[:-3])
    with pytest.raises(ImportFault):
        weights(tmp_path / "a.safetensors")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for name in ("none.pt", "."):
        with pytest.raises(ImportFault):
            weights(tmp_path / name)
