"""A draft comes back from its two files as it was, and a damaged one is refused in words."""

import json
from dataclasses import replace

import pytest
import safetensors.torch
import torch

from explorer.importing import registry, stored_draft
from explorer.importing.draft import ImportFault
from explorer.models.checkpoints import CheckpointError
from explorer.models.latent_model import DataSpec
from explorer.models.posteriors import Diagonal
from explorer.models.priors import StandardNormal
from tests.importing import drafts

FULL = {
    "known": {"order": "spread_first"},
    "likelihood": {"kind": "gaussian"},
    "data": DataSpec((1, 8, 8), "grey image", 17),
    "prior": StandardNormal(3),
    "posterior": Diagonal(),
    "said": ("Trained for ten epochs.",),
    "assumed": ("sigma is 1, as its loss is a squared error.",),
    "trained_on": "digits",
}


@pytest.fixture
def folder(tmp_path):
    stored_draft.save(tmp_path, drafts.draft(**FULL))
    return tmp_path


def damaged(folder, **changes):
    path = folder / stored_draft.DRAFT_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("changes", [{}, FULL])
def test_a_draft_comes_back_as_it_was(tmp_path, changes):
    draft = drafts.draft(**changes)
    stored_draft.save(tmp_path, draft)
    found = stored_draft.load(tmp_path)
    parts = ("networks", "prior", "posterior")
    assert replace(found, networks=(), prior=None, posterior=None) == replace(
        draft, networks=(), prior=None, posterior=None
    )
    assert [type(getattr(found, p)) for p in parts] == [type(getattr(draft, p)) for p in parts]
    (before,), (after,) = draft.networks, found.networks
    x, z = torch.randn(4, 64), torch.randn(4, 3)
    torch.testing.assert_close(after.encoder(x), before.encoder(x), rtol=0, atol=0)
    torch.testing.assert_close(after.decoder(z), before.decoder(z), rtol=0, atol=0)


def test_a_tensor_that_two_networks_share_is_stored_once(tmp_path):
    one = drafts.draft()
    (networks,) = one.networks
    stored_draft.save(tmp_path, replace(one, networks=(networks, replace(networks, name="another"))))
    stored = safetensors.torch.load_file(tmp_path / stored_draft.TENSORS_FILE)
    assert sorted(tuple(t.shape) for t in stored.values()) == [(6, 64), (64, 3)]
    assert len(stored_draft.load(tmp_path).networks) == 2


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"format_version": 2}, "format_version"),
        ({"networks": []}, "networks"),
        ({"networks": {}}, "networks"),
        ({"known": {"order": "sideways"}}, "order"),
        ({"known": {"colour": "red"}}, "colour"),
        ({"prior": {"kind": "magic"}}, "prior"),
        ({"data": {"shape": [0], "kind": "vector", "n_levels": None}}, "shape"),
        ({"said": ["a"] * 1000}, "sentences"),
        ({"make": 3}, "text"),
    ],
)
def test_what_another_process_wrote_is_not_believed(folder, changes, words):
    damaged(folder, **changes)
    with pytest.raises(ImportFault, match=words):
        stored_draft.load(folder)


def test_an_operator_that_is_not_run_is_refused(folder):
    said = json.loads((folder / stored_draft.DRAFT_FILE).read_text())
    said["networks"][0]["decoder"]["graph"]["nodes"][0][1] = "os.system"
    damaged(folder, networks=said["networks"])
    with pytest.raises(ImportFault, match=r"os\.system"):
        stored_draft.load(folder)


def test_tensors_of_another_shape_are_refused(folder):
    path = folder / stored_draft.TENSORS_FILE
    safetensors.torch.save_file({"0": torch.zeros(2), "1": torch.zeros(64, 3)}, path)
    with pytest.raises(CheckpointError, match="shape"):
        stored_draft.load(folder)


def test_a_stored_draft_is_a_source(folder):
    make = registry.make_of(folder)
    assert make == "draft"
    found = registry.MAKES[make].read(folder)
    assert found.source == folder.name
    assert len(found.sha256) == 64
