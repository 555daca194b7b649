"""What people type instead of what is expected: each gets the line that would do it, and that line works."""

import shlex

import numpy as np
import pytest
from PIL import Image

from explorer.cli import COMMANDS, main
from explorer.cli.invocation import program
from explorer.cli.understood import closest
from tests import tiny


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    """With nothing in it, and no settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("EXPLORER_DATA", "EXPLORER_CHECKPOINTS", "EXPLORER_MODELS"):
        monkeypatch.delenv(name, raising=False)


def said(capsys, line):
    """The one line that a command which cannot go on prints."""
    assert main(shlex.split(line)) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    return printed


def meant(text):
    """The words of the line that a message ends with."""
    return shlex.split(text.rpartition(program())[2])


# in the place of a checkpoint


@pytest.mark.parametrize("name", ["vae.pt", "runs/last.ckpt", "pytorch_model.bin", "model.safetensors"])
@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("command", ["score", "open", "info"])
def test_weights_of_another_program_are_told_what_is_accepted(tmp_path, capsys, name, is_there, command):
    if is_there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"PK")
    if command == "open" and is_there:
        pytest.skip("it is imported first")
    text = said(capsys, f"{command} {name}")
    assert f"{name}: expected a checkpoint, a folder with config.json and model.safetensors" in text
    assert ("not there" in text) is not is_there
    if is_there:
        out = f"checkpoints/{name.rpartition('/')[2].partition('.')[0]}"
        assert meant(text) == ["import", name, "--out", out, "--data", "NAME"]


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "README.md"])
def test_a_file_of_a_checkpoint_gets_the_line_with_its_folder(tmp_path, capsys, name):
    folder = tiny.save(tmp_path / "my vae")
    (folder / "README.md").write_text("")
    text = said(capsys, f"score 'my vae/{name}' --data digits")
    assert meant(text) == ["score", "my vae", "--data", "digits"]


def test_a_file_of_data_gets_the_lines_that_train_and_open_a_model(tmp_path, capsys):
    np.save(tmp_path / "mine.npy", np.zeros((4, 8, 8), np.uint8))
    text = said(capsys, "score mine.npy --data digits")
    assert f"{program()} train --data mine.npy --out checkpoints/mine and then" in text
    assert meant(text) == ["open", "checkpoints/mine"]


@pytest.mark.parametrize("inner", ["", "rose"])
def test_a_folder_of_images_gets_the_line_that_trains_a_model(tmp_path, capsys, inner):
    (tmp_path / "flowers" / inner).mkdir(parents=True)
    Image.new("L", (8, 8)).save(tmp_path / "flowers" / inner / "0.PNG")
    assert "train --data flowers --out checkpoints/flowers" in said(capsys, "open flowers")


def test_the_name_of_data_in_the_place_of_a_checkpoint_is_known(capsys):
    assert "train --data fashion-mnist --out checkpoints/fashion-mnist" in said(capsys, "open fashion-mnist")


def test_an_atlas_gets_the_line_with_its_checkpoint(stored, capsys):
    text = said(capsys, f"calibrate {stored / 'tiny' / 'atlas'} --examples 2")
    assert meant(text) == ["calibrate", str(stored / "tiny"), "--examples", "2"]
    assert main(["info", str(stored / "tiny" / "atlas")]) == 0


def test_a_training_that_has_just_begun_is_known(tmp_path, capsys):
    (tmp_path / "begun" / "training").mkdir(parents=True)
    assert "the train command that began it goes on" in said(capsys, "open begun")


def test_a_folder_of_checkpoints_names_them(stored, capsys):
    text = said(capsys, f"open --no-browser {stored}/")
    assert "found a folder of 1: tiny" in text
    assert meant(text) == ["open", "--no-browser", str(stored / "tiny")]


def test_a_misspelt_checkpoint_gets_the_line_with_the_near_one(stored, capsys):
    text = said(capsys, f"info {stored / 'tini'}")
    assert meant(text) == ["info", str(stored / "tiny")]


def test_a_shipped_model_is_known_by_its_name(capsys):
    text = said(capsys, "info digits-2d")
    assert main(meant(text)) == 0


def test_a_folder_of_something_else_says_what_is_missing(tmp_path, capsys):
    assert "found a folder without config.json" in said(capsys, f"info {tmp_path}")


# in the place of data


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("fashion_mnist", "fashion-mnist"),
        ("FashionMNIST", "fashion-mnist"),
        ("fmnist", "fashion-mnist"),
        ("MNIST", "mnist"),
        ("digit", "digits"),
        ("fashion-minst", "fashion-mnist"),
        ("fashion_mnist:binarised-0", "fashion-mnist:binarised-0"),
    ],
)
@pytest.mark.parametrize("flag", ["--data ", "--data="])
def test_data_that_are_spelt_differently_get_the_line(tmp_path, capsys, typed, name, flag):
    model = tiny.save(tmp_path / "vae")
    text = said(capsys, f"score vae {flag}{typed} --limit 2")
    assert "digits, fashion-mnist, mnist" in text
    assert meant(text) == shlex.split(f"score {model.name} {flag}{name} --limit 2")


def test_a_folder_of_the_persons_that_is_called_so_is_taken(tmp_path, capsys):
    tiny.save(tmp_path / "vae")
    (tmp_path / "fashion_mnist").mkdir()
    assert "Did you mean" not in said(capsys, "score vae --data fashion_mnist")


def test_a_file_of_data_that_is_not_there_is_told(tmp_path, capsys):
    tiny.save(tmp_path / "vae")
    assert "mine.npz: expected data" in said(capsys, "score vae --data mine.npz")


def test_a_file_with_a_colon_in_its_name_is_data(tmp_path, capsys):
    tiny.save(tmp_path / "vae")
    np.save(tmp_path / "mine:1.npy", tiny.digits(4).values)
    assert "levels: expected 17 levels, found 256 levels" in said(capsys, "score vae --data mine:1.npy")


@pytest.mark.parametrize("typed", ["vae", "vae/config.json"])
def test_a_checkpoint_in_the_place_of_data_is_known(tmp_path, capsys, typed):
    tiny.save(tmp_path / "vae")
    text = said(capsys, f"score vae --data {typed}")
    assert "expected data, found a checkpoint" in text
    assert "score vae --data NAME, NAME being digits" in text


# in the place of a command


def refused(capsys, line):
    with pytest.raises(SystemExit) as caught:
        main(shlex.split(line))
    assert caught.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(("typed", "name"), [("opne", "open"), ("Score", "score"), ("atlass", "atlas")])
def test_a_misspelt_command_gets_the_line(capsys, typed, name):
    text = refused(capsys, f"{typed} vae --data digits")
    assert all(command in text for command in COMMANDS)
    assert meant(text) == [name, "vae", "--data", "digits"]


def test_a_path_without_a_command_gets_the_line_that_opens_it(tmp_path, capsys):
    tiny.save(tmp_path / "vae")
    assert meant(refused(capsys, "vae --no-browser")) == ["open", "vae", "--no-browser"]


def test_a_word_that_is_like_nothing_is_no_guess():
    assert closest("explode", COMMANDS) is None
    assert closest("cifar10", ["digits", "mnist"]) is None
