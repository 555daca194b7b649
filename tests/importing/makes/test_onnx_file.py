"""A folder of two ONNX files as a draft: the same numbers as the modules gave that it was exported from."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.importing.draft import ImportFault
from explorer.importing.makes import onnx_file
from explorer.importing.registry import make_of
from tests.importing.graphs.onnx.test_lowering import helper, model, onnx

FIXTURES = Path(__file__).parents[1] / "fixtures"
KINDS = ("mlp", "conv")


@pytest.fixture(params=KINDS)
def folder(request):
    return FIXTURES / f"onnx-{request.param}"


def saved(folder, part):
    found = np.load(folder / f"{part}.npz")
    outputs = [torch.from_numpy(found[name]) for name in found.files if name != "input"]
    return torch.from_numpy(found["input"]), outputs


def test_both_networks_return_what_the_modules_did(folder):
    (networks,) = onnx_file.read_draft(folder).networks
    assert (networks.latent_shape, networks.input_shape) == ((3,), (1, 8, 8))
    for part, program in (("encoder", networks.encoder), ("decoder", networks.decoder)):
        x, expected = saved(folder, part)
        torch.testing.assert_close(list(program(x)), expected, rtol=1e-6, atol=1e-6)
        # Batches of one and of many, which were not seen when it was exported.
        many = program(torch.cat([x, x]))[0]
        torch.testing.assert_close(torch.cat([program(row[None])[0] for row in x]), many[: len(x)])


def test_one_file_of_the_two_names_the_folder(folder):
    assert make_of(folder) == make_of(folder / "encoder.onnx") == "onnx"
    assert onnx_file.read_draft(folder / "decoder.onnx").sha256 == onnx_file.read_draft(folder).sha256


def test_a_folder_without_an_encoder_says_so(folder, tmp_path):
    shutil.copy(folder / "decoder.onnx", tmp_path)
    with pytest.raises(ImportFault, match=r"encoder\.onnx"):
        onnx_file.read_draft(tmp_path)


def test_an_encoder_without_a_spread_is_named(folder, tmp_path):
    shutil.copy(folder / "decoder.onnx", tmp_path)
    node = helper.make_node("Slice", ["x"], ["y"], starts=[0], ends=[3], axes=[1])
    onnx.save(model([node], {}, (6,), 9), tmp_path / "encoder.onnx")
    with pytest.raises(ImportFault, match="mean and"):
        onnx_file.read_draft(tmp_path)


def test_a_whole_vae_is_cut_where_its_code_is_drawn():
    draft = onnx_file.read_draft(FIXTURES / "onnx-conv.onnx")
    assert draft.known == {"order": "mean_first", "spread": "log_variance"}
    (networks,) = draft.networks
    for part, program in (("encoder", networks.encoder), ("decoder", networks.decoder)):
        x, expected = saved(FIXTURES / "onnx-conv", part)
        torch.testing.assert_close(list(program(x)), expected, rtol=1e-6, atol=1e-6)
