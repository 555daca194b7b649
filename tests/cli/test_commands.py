"""The commands from end to end, as a person types them, and what each says when something is wrong."""

import json
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from explorer.atlas import Atlas
from explorer.bounds import rungs
from explorer.bounds.proposals import heavy_tailed
from explorer.bounds.rungs import Rung
from explorer.cli import COMMANDS, _parser, main
from explorer.cli.invocation import program
from explorer.models import checkpoints
from explorer.training.recipes import RECIPES
from explorer.workspace import Workspace
from tests import tiny

WANTED = [
    "example_id",
    "label",
    "elbo_nats",
    "elbo_se",
    "log_px_nats",
    "log_px_se",
    "gap_nats",
    "gap_se",
    "log_px_low_nats",
    "log_px_high_nats",
    "encoder_log_px_nats",
    "ess",
    "pareto_k",
    "n_samples",
    "proposal",
    "reason",
    "trust",
]


@pytest.fixture(autouse=True)
def no_local_data(monkeypatch):
    monkeypatch.delenv("EXPLORER_DATA", raising=False)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A checkpoint by the train command, two epochs on digits."""
    out = tmp_path_factory.mktemp("cli") / "digits"
    status = main(shlex.split(f"train --data digits --config mlp-2 --epochs 2 --device cpu --out {out}"))
    assert status == 0
    return out


def run(line):
    return main(shlex.split(line))


def fails(capsys, line):
    """The one line that a command which cannot go on prints."""
    assert run(line) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert "Traceback" not in printed.err
    return printed.err


def rejects(capsys, line):
    """What argparse says of a line that it does not take."""
    with pytest.raises(SystemExit) as caught:
        run(line)
    assert caught.value.code == 2
    return capsys.readouterr().err


def test_train_leaves_a_checkpoint_with_its_card_and_nothing_else(trained):
    assert {p.name for p in trained.iterdir()} == {"config.json", "model.safetensors", "README.md"}
    origin = checkpoints.load(trained).config["training"]
    assert origin["command"].startswith("python -m explorer train --data digits --config mlp-2 --epochs 2")
    assert origin["device"].startswith("cpu")
    assert origin["seed"] == 0


def test_train_prints_a_line_an_epoch(tmp_path, capsys):
    assert run(f"train --data digits --config mlp-2 --epochs 2 --device cpu --out {tmp_path / 'a'}") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("epoch")]
    assert len(lines) == 2
    assert all("held out" in line and "nats" in line for line in lines)


def test_train_does_not_train_over_a_finished_checkpoint(trained, capsys):
    digest = checkpoints.load(trained).digest
    message = fails(capsys, f"train --data digits --config mlp-2 --epochs 2 --device cpu --out {trained}")
    assert "choose another --out" in message
    assert checkpoints.load(trained).digest == digest


@pytest.mark.slow
def test_from_training_to_an_entry_that_opens(trained, tmp_path, capsys):
    atlas = f"atlas {trained} --data digits --limit 30 --samples 16 --maps pca"
    assert run(atlas) == 0
    assert f"Next: {program()} open {trained}\n" in capsys.readouterr().out
    entry = Workspace(trained.parent).open("digits")
    assert entry.atlas.n_examples == len(entry.dataset) == 30
    assert "  log_px_nats: " in (trained / "README.md").read_text()
    assert "choose another --out" in fails(capsys, atlas)

    assert run(f"info {trained / 'atlas'} --json") == 0
    described = json.loads(capsys.readouterr().out)
    assert described["n_examples"] == 30
    assert described["maps"] == ["pca"]
    assert described["checksums"] == "match"

    out = tmp_path / "deep" / "scores.parquet"
    assert run(f"score {trained} --data digits --limit 30 --samples 16 --out {out} --json") == 0
    printed = capsys.readouterr()
    summary = json.loads(printed.out)
    scores = pq.read_table(out)
    assert set(WANTED) <= set(scores.column_names)
    assert scores.num_rows == summary["n_examples"] == 30
    # The same draws as the atlas's.
    for name in ("example_id", "label", "elbo_nats", "log_px_nats", "gap_se", "pareto_k"):
        stored = entry.atlas.columns([name])[name]
        np.testing.assert_allclose(scores[name].to_numpy(), stored, rtol=0, atol=1e-8)
    assert summary["mean_log_px_nats"] == pytest.approx(scores["log_px_nats"].to_numpy().mean())
    assert "100%" in printed.err


def test_score_says_its_summary_in_words(trained, tmp_path, capsys):
    assert run(f"score {trained} --data digits --limit 8 --samples 32 --out {tmp_path / 's.parquet'}") == 0
    printed = capsys.readouterr().out
    assert "8 examples" in printed
    assert "32 draws of the encoder's q" in printed


def test_without_data_those_of_the_training_are_scored_which_is_said(trained, tmp_path, capsys):
    assert run(f"score {trained} --limit 4 --samples 8 --out {tmp_path / 's.parquet'}") == 0
    assert "--data digits: what digits was trained on\n" in capsys.readouterr().err
    checkpoints.save(tmp_path / "foreign", tiny.model(), {})
    assert "name data with --data NAME" in fails(capsys, f"score {tmp_path / 'foreign'}")


def test_the_summary_counts_one_more_rung(trained, tmp_path, capsys, monkeypatch):
    toy = Rung("student", "a t", lambda group, source: heavy_tailed(group.fit.modes.best, 5.0))
    monkeypatch.setattr(rungs, "LADDER", (toy, *rungs.LADDER))
    out = tmp_path / "s.parquet"
    assert run(f"score {trained} --data digits --limit 8 --samples 32 --out {out}") == 0
    n_student = pq.read_table(out)["proposal"].to_pylist().count("student")
    assert n_student > 0
    assert f"draws from: {n_student} student" in capsys.readouterr().out


def test_the_summary_of_one_example_is_json_without_nan(trained, tmp_path, capsys):
    line = f"score {trained} --data digits --limit 1 --samples 1 --json --out {tmp_path / 's.parquet'}"
    assert run(line) == 0

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    summary = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert summary["mean_elbo_nats_se"] is None


@pytest.mark.slow
def test_seeds_fix_the_scores(trained, tmp_path, capsys):
    means = []
    for seed in (1, 1, 2):
        line = f"score {trained} --data digits --limit 5 --samples 8 --seed {seed} --json"
        assert run(f"{line} --out {tmp_path / 's.parquet'}") == 0
        means.append(json.loads(capsys.readouterr().out)["mean_elbo_nats"])
    assert means[0] == means[1] != means[2]


def test_info_describes_a_checkpoint(trained, capsys):
    assert run(f"info {trained}") == 0
    text = capsys.readouterr().out
    assert "discretised_logistic" in text
    assert "binarise False" in text
    assert run(f"info {trained} --json") == 0
    described = json.loads(capsys.readouterr().out)
    model = checkpoints.load(trained).model
    assert described["n_parameters"] == sum(p.numel() for p in model.parameters())
    assert described["latent_dim"] == 2


def test_a_checkpoint_that_does_not_know_its_training_gets_an_atlas(tmp_path):
    checkpoints.save(tmp_path / "foreign", tiny.model(), {})
    assert run(f"atlas {tmp_path / 'foreign'} --data digits --limit 20 --samples 4 --maps pca") == 0
    assert Atlas.open(tmp_path / "foreign" / "atlas").n_examples == 20


def test_a_map_that_cannot_be_made_of_so_few_is_left_out_which_is_said(trained, tmp_path, capsys):
    assert run(f"atlas {trained} --data digits --out {tmp_path / 'few'} --samples 16 --limit 5") == 0
    assert "umap was left out: codes for UMAP: expected 17 or more" in capsys.readouterr().err
    assert Atlas.open(tmp_path / "few").maps == ("pca",)


def next_words(printed):
    """What a command says comes next, without the program's name: a line that the commands take."""
    words = shlex.split(printed.partition("Next: ")[2])[len(shlex.split(program())) :]
    assert _parser(words).parse_args(words).command == words[0]
    return words


def test_what_an_atlas_says_comes_next_is_understood(trained, tmp_path, capsys):
    """The app looks for an atlas in its checkpoint: one that lies elsewhere is described."""
    options = "--data digits --limit 20 --samples 4 --maps pca"
    assert run(f"atlas {trained} {options} --out '{tmp_path / 'an atlas'}'") == 0
    words = next_words(capsys.readouterr().out)
    assert words == ["info", str(tmp_path / "an atlas")]
    assert main(words) == 0
    model = tiny.save(tmp_path / "vae")
    assert run(f"atlas {model} {options}") == 0
    assert next_words(capsys.readouterr().out.split("\n\n")[-1]) == ["open", str(model)]


# bad input


@pytest.mark.parametrize("command", ["score", "atlas"])
@pytest.mark.parametrize("option", ["--samples 0", "--samples -1", "--samples 1.5", "--limit 0", "--seed -1"])
def test_numbers_that_make_no_sense_are_rejected(capsys, command, option):
    message = rejects(capsys, f"{command} somewhere --data digits {option}")
    assert f"argument {option.split()[0]}: expected a whole number" in message


@pytest.mark.parametrize("seed", ["-1", "4294967296", "x"])
def test_a_seed_that_no_generator_takes_is_rejected(capsys, seed):
    line = f"train --data digits --config mlp-2 --out somewhere --seed={seed}"
    assert "expected a whole number in 0..2^32 - 1" in rejects(capsys, line)


def test_zero_epochs_are_rejected(capsys):
    assert "at least 1" in rejects(capsys, "train --data digits --config mlp-2 --out somewhere --epochs 0")


def test_an_unknown_recipe_names_the_known_ones(capsys):
    assert "conv-16" in rejects(capsys, "train --data digits --config huge --out somewhere")


def test_a_misspelt_recipe_names_the_near_one(capsys):
    assert "did you mean conv-16?" in rejects(capsys, "train --data digits --config conv_16 --out somewhere")


def test_a_recipe_that_does_not_fit_the_data_says_which_do(tmp_path, capsys):
    np.save(tmp_path / "mine.npy", np.linspace(-3, 3, 100, dtype=np.float32).reshape(20, 5))
    line = f"train --data {tmp_path / 'mine.npy'} --config conv-16 --out {tmp_path / 'out'}"
    assert main(shlex.split(line)) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "--config conv-16: a discretised likelihood needs data with levels" in said
    assert f"of the recipes vector-8, linear-8 can be trained on {tmp_path / 'mine.npy'}" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("values", "usual"),
    [
        (np.linspace(-3, 3, 100, dtype=np.float32).reshape(20, 5), "vector-8"),
        (np.linspace(0, 1, 1280, dtype=np.float32).reshape(20, 8, 8), "unit-16"),
        (np.zeros((20, 8, 8), np.uint8), "mlp-2"),
    ],
)
def test_without_a_recipe_the_usual_one_is_taken_and_named(tmp_path, capsys, values, usual):
    np.save(tmp_path / "mine.npy", values)
    out = tmp_path / "out"
    assert run(f"train --data {tmp_path / 'mine.npy'} --epochs 1 --device cpu --out {out}") == 0
    assert f"--config {usual}: the usual one for" in capsys.readouterr().err
    assert checkpoints.load(out).config["training"]["recipe"] == usual
    assert run(f"score {out} --data {tmp_path / 'mine.npy'} --samples 4 --out {tmp_path / 's.parquet'}") == 0


def test_the_help_of_training_explains_every_recipe(capsys):
    with pytest.raises(SystemExit):
        run("train --help")
    lines = capsys.readouterr().out.splitlines()
    for name, recipe in RECIPES.items():
        (line,) = [line for line in lines if line.startswith(f"{name} ")]
        assert recipe.data in line
        assert recipe.likelihood_name in line
        assert recipe.minutes in line


def test_an_unknown_command_names_the_known_ones(capsys):
    message = rejects(capsys, "explode")
    assert all(name in message for name in COMMANDS)


def test_an_unknown_data_set_names_the_known_ones(trained, tmp_path, capsys):
    message = fails(capsys, f"score {trained} --data nope --out {tmp_path / 's.parquet'}")
    assert "digits, fashion-mnist, mnist" in message
    assert not (tmp_path / "s.parquet").exists()


def test_an_unknown_split_is_told(trained, capsys):
    assert "train, test or all" in fails(capsys, f"score {trained} --data digits --split valid")


def test_data_of_another_shape_are_told(trained, tmp_path, capsys):
    np.save(tmp_path / "mine.npy", np.full((20, 5), 0.5, np.float32))
    message = fails(
        capsys, f"atlas {trained} --data {tmp_path / 'mine.npy'} --split all --out {tmp_path / 'a'}"
    )
    assert "shape of an example: expected (1, 8, 8), found (5,)" in message
    assert list(tmp_path.iterdir()) == [tmp_path / "mine.npy"]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A folder with twenty examples of one's own, four of which are the test split, and a model of the others."""
    folder = tmp_path_factory.mktemp("own")
    np.save(folder / "mine.npy", np.random.default_rng(0).integers(0, 256, (20, 8, 8)).astype(np.uint8))
    line = (
        f"train --data {folder / 'mine.npy'} --config mlp-2 --epochs 1 --device cpu --out {folder / 'model'}"
    )
    assert run(line) == 0
    return folder


@pytest.mark.parametrize("command", ["score", "atlas", "explain"])
def test_all_of_a_persons_file_is_looked_at(own, tmp_path, capsys, command):
    rest = {
        "score": f"--samples 16 --out {tmp_path / 's.parquet'}",
        "atlas": f"--samples 16 --maps pca --out {tmp_path / 'a'}",
        "explain": f"--example 1 --n 64 --out {tmp_path / 'r.html'}",
    }[command]
    line = f"{command} {own / 'model'} --data {own / 'mine.npy'} {rest}"
    assert run(line) == 0
    printed = capsys.readouterr()
    assert "of 20 examples" not in printed.err
    if command != "explain":
        assert "20 " in printed.out
        assert "was trained on some of these examples" in printed.err


def test_training_on_a_persons_file_says_what_is_held_out(own, tmp_path, capsys):
    assert (
        run(f"train --data {own / 'mine.npy'} --config mlp-2 --epochs 1 --device cpu --out {tmp_path / 'm'}")
        == 0
    )
    assert f"{own / 'mine.npy'}: trains on 16 of 20 examples" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["score", "atlas"])
def test_data_of_another_training_are_told(own, tmp_path, capsys, command):
    """Of the same shape and levels, so that nothing else would say it."""
    other = tmp_path / "other.npy"
    np.save(other, np.load(own / "mine.npy")[:6])
    rest = {
        "score": f"--samples 16 --out {tmp_path / 's.parquet'}",
        "atlas": f"--samples 16 --maps pca --out {tmp_path / 'a'}",
    }[command]
    assert run(f"{command} {own / 'model'} --data {other} {rest}") == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "was trained on" in line]
    assert told == [
        f"model was trained on {own / 'mine.npy'}, and these are {other}: its figures here are of other data"
    ]


def test_what_was_held_out_is_scored_alone_where_it_is_asked_for(own, tmp_path, capsys):
    out = tmp_path / "s.parquet"
    assert run(f"score {own / 'model'} --data {own / 'mine.npy'} --split test --samples 16 --out {out}") == 0
    printed = capsys.readouterr()
    assert "4 of the file's 20 examples, split test" in printed.out
    assert "was trained on" not in printed.err
    assert pq.read_table(out).num_rows == 4


def test_a_score_says_of_how_many_the_error_of_the_protocol_is_known(own, tmp_path, capsys):
    out = tmp_path / "s.parquet"
    line = f"score {own / 'model'} --data {own / 'mine.npy'} --split all --samples 64 --out {out}"
    assert run(line) == 0
    found = pq.read_table(out)
    n_known = int(np.isfinite(found["encoder_log_px_se"].to_numpy()).sum())
    assert n_known < 20
    assert f"nats; the error is known for {n_known} of 20" in capsys.readouterr().out
    assert run(f"{line} --json") == 0
    assert json.loads(capsys.readouterr().out)["n_encoder_error_known"] == n_known


def test_a_split_without_examples_is_told(trained, tmp_path, capsys):
    np.save(tmp_path / "mine.npy", np.zeros((3, 8, 8), np.uint8))
    line = f"score {trained} --data {tmp_path / 'mine.npy'} --split test --out {tmp_path / 's.parquet'}"
    assert "at least one, found none" in fails(capsys, line)


def test_one_example_cannot_be_trained_on(tmp_path, capsys):
    np.save(tmp_path / "mine.npy", np.zeros((1, 8, 8), np.uint8))
    line = f"train --data {tmp_path / 'mine.npy'} --split all --config mlp-2 --out {tmp_path / 'out'}"
    assert "at least 2 examples" in fails(capsys, line)


def test_real_values_under_a_recipe_for_binarised_pixels_are_told(tmp_path, capsys):
    np.save(tmp_path / "mine.npy", np.linspace(-3, 3, 640, dtype=np.float32).reshape(10, 8, 8))
    line = f"train --data {tmp_path / 'mine.npy'} --split all --config iwae-50 --out {tmp_path / 'out'}"
    assert "bernoulli likelihood needs finite values in [0, 1], found -3 to 3" in fails(capsys, line)


@pytest.mark.parametrize("command", ["score {} --data digits", "atlas {} --data digits", "info {}"])
def test_a_corrupt_checkpoint_is_one_clear_line(tmp_path, capsys, command):
    folder = tiny.save(tmp_path / "corrupt")
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    message = fails(capsys, command.format(folder))
    assert message.startswith(
        f"explorer {command.split()[0]}: {path}: content: expected a whole safetensors file"
    )


def test_info_of_nothing_is_told(tmp_path, capsys):
    assert "config.json" in fails(capsys, f"info {tmp_path}")


def test_info_finds_an_atlas_that_was_changed(copied, capsys):
    path = copied / "tiny" / "atlas" / "rows" / "examples-00000.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert "sha256" in fails(capsys, f"info {copied / 'tiny' / 'atlas'}")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_a_device_that_is_not_there_is_told(tmp_path, capsys):
    line = f"train --data digits --config mlp-2 --device cuda --out {tmp_path / 'out'}"
    assert "--device cuda: no such device" in fails(capsys, line)
    assert not (tmp_path / "out").exists()


# as a process of its own


def python(*arguments, **options):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, **options)


@pytest.mark.parametrize("arguments", [["--help"], ["info", "--help"]])
def test_help_does_not_wait_for_torch(arguments):
    code = (
        "import sys, runpy; sys.argv = ['explorer', *sys.argv[1:]]\n"
        "try: runpy.run_module('explorer', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code\n"
        "print('torch' in sys.modules)"
    )
    printed = python("-c", code, *arguments).stdout
    assert "-m explorer" in printed
    assert printed.splitlines()[-1] == "False"


@pytest.mark.slow
def test_a_killed_training_goes_on_by_the_same_command(tmp_path, capsys):
    line = "train --data digits --config mlp-2 --epochs 6 --device cpu --out"
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    command = [sys.executable, "-m", "explorer", *shlex.split(line), str(cut)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert any("epoch    2" in printed for printed in process.stdout), "it ended before it could be killed"
    process.kill()
    process.communicate()
    capsys.readouterr()
    assert run(f"{line} {cut}") == 0
    printed = capsys.readouterr().out
    assert "epoch    1" not in printed
    assert "epoch    6" in printed
    assert run(f"{line} {whole}") == 0
    a, b = (checkpoints.load_tensors(out / "model.safetensors") for out in (whole, cut))
    assert all(torch.equal(a[key], b[key]) for key in a)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_training_that_is_told_to_end_keeps_its_epochs_and_goes_on(tmp_path, capsys, number):
    """As Ctrl-C and a cluster do it."""
    line = f"train --data digits --config mlp-2 --epochs 6 --device cpu --out {tmp_path / 'out'}"
    process = started(shlex.split(line))
    assert any("epoch    2" in printed for printed in process.stdout), "it ended before it could be told"
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped. What was finished is kept; the same command goes on from there." in said
    assert "Traceback" not in said
    assert run(line) == 0
    assert "epoch    1" not in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", [0.15, 0.4, 0.8])
def test_a_signal_in_the_first_moments_ends_in_a_line(tmp_path, number, seconds):
    process = started(["train", "--data", "digits", "--config", "mlp-2", "--out", str(tmp_path / "out")])
    time.sleep(seconds)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert "Traceback" not in said
    # Python itself takes a moment until it runs the first line of ours.
    assert process.returncode in (128 + number, 130) or not said
    assert "Stopped" in said or process.returncode == -number


def started(arguments):
    command = [sys.executable, "-m", "explorer", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("inside", ["tiny", "tiny/atlas.partial"])
def test_info_says_how_far_an_atlas_is_that_is_being_built(growing, capsys, inside):
    assert run(f"info {growing / inside}") == 0
    assert "16 of 40 examples are scored, 40 have an ELBO" in capsys.readouterr().out


def test_info_of_a_part_has_means_over_what_is_scored(growing, capsys):
    assert run(f"info {growing / 'tiny' / 'atlas.partial'} --json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["mean_gap_nats"] == pytest.approx(told["mean_log_px_nats"] - told["mean_elbo_nats"])
