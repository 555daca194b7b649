"""A folder of weights: what goes in comes out, and every kind of damage is told by name."""

import hashlib
import json
import os
import pickle
import stat
import time
import zipfile

import pytest
import safetensors.torch
import torch

from explorer.models import checkpoints
from explorer.models.checkpoints import CONFIG_FILE, MAX_CONFIG_BYTES, WEIGHTS_FILE, CheckpointError
from tests import tiny


@pytest.fixture
def folder(tmp_path):
    return tiny.save(tmp_path / "tiny")


def edit(folder, change):
    """Applies `change` to the configuration in place."""
    path = folder / CONFIG_FILE
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))


def edit_weights(folder, change):
    tensors = safetensors.torch.load_file(folder / WEIGHTS_FILE)
    change(tensors)
    safetensors.torch.save_file(tensors, folder / WEIGHTS_FILE)


def refused(folder):
    with pytest.raises(CheckpointError) as caught:
        checkpoints.load(folder)
    error = caught.value
    for part in (str(error.path), error.key, error.expected, error.found):
        assert part in str(error)
    return error


def test_what_is_saved_comes_back(folder):
    loaded, model = checkpoints.load(folder), tiny.model()
    assert loaded.name == "tiny"
    assert loaded.config["training"]["data"] == "digits"
    assert loaded.model.config == model.config
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], tensor)


def test_a_loaded_model_is_frozen_and_in_eval_mode(folder):
    model = checkpoints.load(folder).model
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())


def test_loading_draws_no_random_numbers(folder):
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    checkpoints.load(folder)
    assert torch.equal(torch.rand(1), expected)


def test_the_digest_stands_for_weights_and_configuration(folder, tmp_path):
    digest = checkpoints.load(folder).digest
    assert checkpoints.load(tiny.save(tmp_path / "again")).digest == digest
    assert checkpoints.load(tiny.save(tmp_path / "other", seed=1)).digest != digest
    edit(folder, lambda c: c.update(training={"seed": 9}))
    assert checkpoints.load(folder).digest != digest


def test_a_relative_folder_has_its_own_name(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert checkpoints.load(".").name == "tiny"


def test_weights_of_another_precision_are_read_in_the_models(folder):
    def halve(tensors):
        tensors.update({k: v.half() for k, v in tensors.items()})

    edit_weights(folder, halve)
    assert {p.dtype for p in checkpoints.load(folder).model.parameters()} == {torch.float32}


def test_others_may_read_what_was_written(folder):
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        readable = stat.S_IMODE((folder / name).stat().st_mode) & 0o444
        assert readable == 0o444 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_nothing_temporary_stays_behind(folder):
    assert {p.name for p in folder.iterdir()} == {CONFIG_FILE, WEIGHTS_FILE}


# damage


@pytest.mark.parametrize("name", [CONFIG_FILE, WEIGHTS_FILE])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    error = refused(folder)
    assert error.path == folder / name
    assert error.found == "nothing"


def test_a_missing_folder_is_told(tmp_path):
    assert refused(tmp_path / "nowhere").path == tmp_path / "nowhere" / CONFIG_FILE


def test_another_programs_config_is_told_from_ours(folder):
    (folder / CONFIG_FILE).write_text(json.dumps({"model_type": "bert", "hidden_size": 768}))
    error = refused(folder)
    assert (error.key, error.expected, error.found) == ("format_version", "1", "None")
    assert "another program's" in str(error)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_format_version_is_refused(folder, version):
    edit(folder, lambda c: c.update(format_version=version))
    assert refused(folder).key == "format_version"


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "7", "\x00", "[" * 100_000, '"\\ud800"'])
def test_a_config_that_is_no_json_object_is_refused(folder, text):
    (folder / CONFIG_FILE).write_text(text)
    assert refused(folder).path == folder / CONFIG_FILE


def test_a_config_in_another_encoding_is_refused(folder):
    (folder / CONFIG_FILE).write_bytes(b"\xff\xfe{}")
    assert refused(folder).key == "content"


def test_a_huge_config_is_not_read(folder):
    (folder / CONFIG_FILE).write_text(" " * (MAX_CONFIG_BYTES + 1))
    error = refused(folder)
    assert (error.key, error.expected) == ("file", f"one of at most {MAX_CONFIG_BYTES:,} bytes")


@pytest.mark.parametrize("key", ["latent_dim", "data", "likelihood", "encoder", "decoder"])
def test_a_missing_section_is_named(folder, key):
    edit(folder, lambda c: c.pop(key))
    assert refused(folder).key == key


@pytest.mark.parametrize(
    "section, value",
    [
        ("latent_dim", -1),
        ("latent_dim", "3"),
        ("latent_dim", 10**30),
        ("data", []),
        ("data", {"shape": [1, 8, 8]}),
        ("data", {"shape": 8, "kind": "vector", "n_levels": None}),
        ("data", {"shape": [1, 8, 8], "kind": "vector", "n_levels": 17, "__class__": 1}),
        ("data", {"shape": [], "kind": "vector", "n_levels": 17}),
        ("data", {"shape": [-1, 8], "kind": "vector", "n_levels": 17}),
        ("encoder", "mlp"),
        ("encoder", {"kind": "mlp"}),
        ("encoder", {"kind": "mlp", "hidden": ["16"]}),
        ("encoder", {"kind": "mlp", "hidden": 16}),
        ("encoder", {"kind": "mlp", "hidden": [0]}),
        ("latent_dim", True),
        ("data", {"shape": [False, 8, 8], "kind": "grey image", "n_levels": 17}),
        ("data", {"shape": [1, 8, 8], "kind": "\ud800", "n_levels": 17}),
        ("data", {"shape": [1, 8, 8], "kind": "grey image", "n_levels": 10**400}),
        ("data", {"shape": [1, 8, 8], "kind": "grey image", "n_levels": 17, "binarise": "no"}),
        ("decoder", {"kind": "os.system"}),
        ("decoder", {"kind": "mlp", "hidden": [10**9, 10**9, 10**9]}),
        ("likelihood", {"kind": "bernoulli"}),
        ("likelihood", {"kind": "gaussian", "scale": 0.0}),
        ("likelihood", "bernoulli"),
    ],
)
def test_an_architecture_that_cannot_be_built_is_refused(folder, section, value):
    edit(folder, lambda c: c.update({section: value}))
    error = refused(folder)
    assert error.path in (folder / CONFIG_FILE, folder / WEIGHTS_FILE)


def test_a_config_that_asks_for_a_terabyte_costs_nothing(folder):
    edit(folder, lambda c: c.update(decoder={"kind": "mlp", "hidden": [500_000, 500_000]}))
    error = refused(folder)
    assert error.path == folder / WEIGHTS_FILE
    assert "500000" in error.expected


def test_truncated_weights_are_refused(folder):
    path = folder / WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:-100])
    error = refused(folder)
    assert (error.path, error.key) == (path, "content")
    assert "Copy the file again" in str(error)


def test_a_missing_tensor_is_named(folder):
    edit_weights(folder, lambda t: t.pop("decoder.0.bias"))
    error = refused(folder)
    assert (error.key, error.found) == ("decoder.0.bias", "nothing")


def test_an_extra_tensor_is_named(folder):
    edit_weights(folder, lambda t: t.update(stray=torch.zeros(1)))
    assert refused(folder).key == "stray"


def test_a_tensor_of_another_shape_is_named(folder):
    edit_weights(folder, lambda t: t.update({"decoder.0.bias": torch.zeros(17)}))
    error = refused(folder)
    assert (error.key, error.expected, error.found) == ("decoder.0.bias", "shape (16,)", "shape (17,)")


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_weights_that_are_no_numbers_are_refused(folder, value):
    edit_weights(folder, lambda t: t["decoder.0.bias"].fill_(value))
    assert refused(folder).key == "decoder.0.bias"


class Armed:
    """Unpickling it leaves a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("save", [torch.save, lambda value, path: path.write_bytes(pickle.dumps(value))])
def test_a_renamed_pickle_is_never_unpickled(folder, tmp_path, save):
    trap = tmp_path / "sprung"
    save(Armed(trap), folder / WEIGHTS_FILE)
    error = refused(folder)
    assert error.path == folder / WEIGHTS_FILE
    assert "never read" in str(error)
    assert not trap.exists()


def test_the_trap_would_spring(tmp_path):
    # Shows that the test above can fail: unpickling does run the code.
    trap = tmp_path / "sprung"
    pickle.loads(pickle.dumps(Armed(trap))).close()
    assert trap.exists()


def test_an_archive_under_the_name_of_weights_is_refused(folder):
    with zipfile.ZipFile(folder / WEIGHTS_FILE, "w") as archive:
        archive.writestr("data.pkl", b"")
    assert refused(folder).key == "content"


# what was made on purpose, and what happens to the files of a model that is open


def decoded(model):
    with torch.no_grad():
        return model.likelihood(torch.zeros(1, tiny.LATENT_DIM)).mean


CHANGES = {
    "cut short": lambda path: os.truncate(path, 100),
    "written into": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_happens_to_the_file_changes_nothing_of_a_model_that_is_open(folder, change):
    """Weights that are mapped would be other weights, or end the process with SIGBUS."""
    model = checkpoints.load(folder).model
    before = decoded(model)
    CHANGES[change](folder / WEIGHTS_FILE)
    assert torch.equal(decoded(model), before)


def test_the_digest_is_of_the_bytes_that_were_read(folder, monkeypatch):
    """Not of those that another process writes meanwhile."""
    content = (folder / CONFIG_FILE).read_bytes() + (folder / WEIGHTS_FILE).read_bytes()
    check = checkpoints.check_weights

    def meanwhile(*arguments):
        (folder / WEIGHTS_FILE).write_bytes(b"others")
        check(*arguments)

    monkeypatch.setattr(checkpoints, "check_weights", meanwhile)
    assert checkpoints.load(folder).digest == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("training", [None, "long", [1]])
@pytest.mark.parametrize("file", [CONFIG_FILE, WEIGHTS_FILE])
def test_an_origin_that_is_no_object_is_refused(folder, training, file):
    if file == CONFIG_FILE:
        edit_weights(folder, lambda tensors: None)  # which leaves what goes with them out
        edit(folder, lambda c: c.update(training=training))
    else:
        checkpoints.save_tensors(folder / file, tiny.model().state_dict(), {"training": json.dumps(training)})
    assert refused(folder).path == folder / file


def test_an_older_checkpoint_says_where_its_weights_came_from_in_its_config(folder):
    edit_weights(folder, lambda tensors: None)
    edit(folder, lambda c: c.update(training={"data": "mnist"}))
    assert checkpoints.load(folder).config["training"] == {"data": "mnist"}


def test_weights_of_eight_bits_are_refused(folder):
    def shrink(tensors):
        tensors.update({k: v.to(torch.float8_e4m3fn) for k, v in tensors.items()})

    edit_weights(folder, shrink)
    error = refused(folder)
    assert error.found == "torch.float8_e4m3fn"
    assert "Convert the weights to float32" in str(error)


@pytest.mark.parametrize("section", ["encoder", "decoder"])
@pytest.mark.parametrize(
    "network", [{"kind": "mlp", "hidden": [1] * 100_000}, {"kind": "conv", "channels": [1] * 300}]
)
def test_a_config_of_a_hundred_thousand_layers_costs_nothing(folder, section, network):
    edit(folder, lambda c: c.update({section: network}))
    started = time.perf_counter()
    assert "at most 256 layers" in refused(folder).found
    assert time.perf_counter() - started < 1


def test_weights_far_larger_than_the_model_are_not_read(folder):
    with (folder / WEIGHTS_FILE).open("r+b") as file:
        file.truncate(1 << 40)
    assert "of at most" in refused(folder).expected


def test_a_pipe_under_a_files_name_is_refused_at_once(folder):
    (folder / WEIGHTS_FILE).unlink()
    os.mkfifo(folder / WEIGHTS_FILE)
    assert "not a plain file" in refused(folder).found


def test_a_message_is_cut_however_long_a_name_is(folder):
    edit_weights(folder, lambda tensors: tensors.update({"k" * 900_000: torch.zeros(1)}))
    assert len(str(refused(folder))) < 5_000


def test_tensors_that_share_their_memory_are_stored(tmp_path):
    """Tied weights, and what was cut of one tensor."""
    whole = torch.arange(6.0)
    checkpoints.save_tensors(tmp_path / "tied", {"a": whole, "b": whole, "c": whole[:3]})
    found = checkpoints.load_tensors(tmp_path / "tied")
    for name, value in {"a": whole, "b": whole, "c": whole[:3]}.items():
        torch.testing.assert_close(found[name], value)
