"""Which checkpoints there are, and that each has a name of its own."""

import subprocess
import sys

import pytest

from explorer.models.folders import CONFIG_FILE, is_ours, listed, named
from tests import tiny


@pytest.fixture
def put(tmp_path):
    """Makes a folder that looks like a checkpoint."""

    def make(*parts):
        folder = tmp_path.joinpath(*parts)
        folder.mkdir(parents=True)
        (folder / CONFIG_FILE).write_text("{}")
        return folder

    return make


def test_the_folders_of_a_root_have_their_own_names(tmp_path, put):
    put("root", "a"), put("root", "b")
    (tmp_path / "root" / "notes").mkdir()
    assert set(listed(tmp_path / "root")) == {"a", "b"}
    assert listed(tmp_path / "nowhere") == {}


def test_a_folder_from_elsewhere_has_its_own_name(tmp_path, put):
    assert named(tmp_path / "root", [put("runs", "vae")]) == {"vae": tmp_path / "runs" / "vae"}


def test_two_of_one_name_are_told_apart(tmp_path, put):
    put("root", "vae")
    others = [put("runs", "vae"), put("old", "runs", "vae"), put("tries", "vae")]
    found = named(tmp_path / "root", others)
    assert list(found) == ["vae (runs)", "vae (runs 2)", "vae (tries)"]
    assert list(found.values()) == others


def test_a_folder_of_the_root_is_the_one_that_it_is_there(tmp_path, put, monkeypatch):
    folder = put("root", "vae")
    monkeypatch.chdir(folder)
    assert named(tmp_path / "root", [folder.parent / ".." / "root" / "vae"]) == {"vae": folder}
    assert list(named(tmp_path / "root", [folder.relative_to(folder)])) == ["vae"]


def test_a_folder_that_is_named_twice_is_one(tmp_path, put):
    folder = put("runs", "vae")
    assert named(tmp_path / "root", [folder, folder]) == {"vae": folder}


def test_the_listing_does_not_wait_for_torch():
    code = "import sys, explorer.models.folders; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_another_programs_configuration_is_not_ours(tmp_path):
    tiny.save(tmp_path / "mine")
    for name, text in (("theirs", '{"_class_name": "AutoencoderKL"}'), ("damaged", "{"), ("list", "[]")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(text)
    assert [folder.name for folder in tmp_path.iterdir() if is_ours(folder)] == ["mine"]
    assert not is_ours(tmp_path / "nowhere")
