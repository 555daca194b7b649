"""An AutoencoderKL that diffusers saved computes what diffusers computed; what is none is refused in words."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from explorer.importing import stored_draft
from explorer.importing.draft import ImportFault
from explorer.importing.makes import diffusers
from explorer.importing.readings import candidates
from explorer.importing.registry import make_of
from tests.importing.discs import dataset, discs

FIXTURES = Path(__file__).parents[1] / "fixtures"
WEIGHTS = "diffusion_pytorch_model.fp16.safetensors"


@pytest.fixture(scope="module")
def draft():
    return diffusers.read(FIXTURES / "diffusers-kl")


@pytest.fixture
def folder(tmp_path):
    """A copy that may be changed."""
    return Path(shutil.copytree(FIXTURES / "diffusers-kl", tmp_path / "mine"))


def changed(folder, **entries):
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | entries))


def reweighed(folder, change):
    tensors = safetensors.torch.load_file(folder / WEIGHTS)
    safetensors.torch.save_file(change(tensors), folder / WEIGHTS)


def refused(folder):
    with pytest.raises(ImportFault) as caught:
        diffusers.read(folder)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def agree(found, expected):
    assert np.abs(found.numpy() - expected).max() < 1e-5 * max(1, np.abs(expected).max())


def test_its_networks_compute_what_diffusers_computed(draft):
    (networks,), kept = draft.networks, np.load(FIXTURES / "diffusers.npz")
    mean, log_variance = networks.encoder(torch.from_numpy(discs(4, 16, seed=1)))
    agree(mean, kept["mean"])
    agree(log_variance, kept["log_variance"])
    agree(networks.decoder(torch.from_numpy(kept["mean"]))[0], kept["decoded"])


def test_images_may_be_of_another_size(draft):
    (networks,), kept = draft.networks, np.load(FIXTURES / "diffusers.npz")
    mean, _ = networks.encoder(torch.from_numpy(discs(2, 24, seed=2)))
    agree(mean, kept["larger_mean"])
    agree(networks.decoder(mean)[0], kept["larger_decoded"])


def test_it_says_what_the_files_say(draft):
    assert make_of(FIXTURES / "diffusers-kl") == "diffusers"
    (networks,) = draft.networks
    assert (networks.input_shape, networks.latent_shape) == ((3, 16, 16), (4, 8, 8))
    assert draft.likelihood == {"kind": "gaussian"}
    assert any("scaling factor 0.18215" in line for line in draft.said)
    assert any("float16" in line for line in draft.said)


def test_the_license_is_told(folder):
    (folder / "README.md").write_text("---\ntags: [vae]\nlicense: mit\n---\n# A model\n")
    assert any("license" in line and "mit" in line for line in diffusers.read(folder).said)


def test_the_data_say_how_large_an_image_is(draft, tmp_path):
    stored_draft.save(tmp_path, draft)
    for one in (draft, stored_draft.load(tmp_path)):
        found = candidates(one, dataset(5, 24))
        assert {(c.networks.input_shape, c.networks.latent_shape) for c in found} == {
            ((3, 24, 24), (4, 12, 12))
        }
    with pytest.raises(ImportFault, match="multiples of 2"):
        candidates(draft, dataset(5, 15))


def test_a_stored_reduction_is_that_of_its_shapes(draft, tmp_path):
    stored_draft.save(tmp_path, replace(draft, networks=(replace(draft.networks[0], reduction=4),)))
    with pytest.raises(ImportFault, match="reduction"):
        stored_draft.load(tmp_path)


def test_attention_under_its_old_names(draft, folder):
    new = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}

    def old(name):
        return next((name.replace(f".{n}.", f".{o}.") for n, o in new.items() if f".{n}." in name), name)

    reweighed(folder, lambda tensors: {old(name): value for name, value in tensors.items()})
    x = torch.from_numpy(discs(2, 16))
    found, expected = (d.networks[0].encoder(x)[0] for d in (diffusers.read(folder), draft))
    assert torch.equal(found, expected)


def test_the_part_of_a_pipeline_is_found(folder, tmp_path):
    pipeline = tmp_path / "pipeline"
    pipeline.mkdir()
    (pipeline / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    folder.rename(pipeline / "vae")
    assert make_of(pipeline) == "diffusers"
    assert diffusers.read(pipeline).networks[0].latent_shape == (4, 8, 8)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"_class_name": "VQModel"}, ("VQModel", "entries of a table")),
        ({"_class_name": "AsymmetricAutoencoderKL"}, ("masked image",)),
        ({"_class_name": "AutoencoderTiny"}, ("plain autoencoder",)),
        ({"_class_name": "AutoencoderDC"}, ("plain autoencoder",)),
        ({"_class_name": "AutoencoderKLWan"}, ("AutoencoderKLWan", "explorer.export")),
        ({"_class_name": ["AutoencoderKL"]}, ("_class_name",)),
        ({"block_out_channels": [16, True]}, ("block_out_channels[1]", "whole number")),
        ({"block_out_channels": []}, ("block_out_channels", "list of 1 to 10")),
        ({"down_block_types": ["AttnDownEncoderBlock2D"] * 2}, ("down_block_types", "DownEncoderBlock2D")),
        ({"norm_num_groups": 3}, ("multiple of norm_num_groups, 3",)),
        ({"out_channels": 4}, ("out_channels", "3, as in_channels")),
        ({"act_fn": "snake"}, ("act_fn", "silu")),
        ({"use_quant_conv": 1}, ("use_quant_conv", "true or false")),
        ({"use_quant_conv": False}, ("quant_conv.bias", "only the weights of what config.json describes")),
        ({"mid_block_add_attention": False}, ("attentions.0", "only the weights")),
        ({"layers_per_block": 2}, ("down_blocks.0.resnets.1", "nothing of this name")),
        ({"latent_channels": 8}, ("encoder.conv_out.weight", "(16, 32, 3, 3)", "(8, 32, 3, 3)")),
        ({"sample_size": 1e9}, ("sample_size", "whole number")),
    ],
)
def test_another_config_is_refused_in_words(folder, entries, words):
    changed(folder, **entries)
    said = refused(folder)
    for word in words:
        assert word in said


def test_weights_in_several_files_are_refused(folder):
    (folder / WEIGHTS).rename(folder / "diffusion_pytorch_model-00001-of-00002.safetensors")
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text("{}")
    assert "max_shard_size" in refused(folder)


def test_missing_weights_are_told(folder):
    (folder / WEIGHTS).unlink()
    assert "no weights" in refused(folder)
