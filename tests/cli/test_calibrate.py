"""`explorer calibrate` as a person types it: figures in words, as JSON, and in the folder where the app looks."""

import json
import shlex

import pytest

from explorer.atlas.calibration import CALIBRATION_FILE, read
from explorer.cli import calibrate as command
from explorer.cli import main
from explorer.models import checkpoints
from explorer.workspace import Workspace
from tests import tiny


def run(line):
    return main(shlex.split(line))


@pytest.fixture
def folder(copied):
    return copied / "tiny"


@pytest.fixture
def bare(tmp_path):
    """A checkpoint without an atlas."""
    return tiny.save(tmp_path / "bare")


@pytest.mark.slow
def test_the_figures_are_kept_where_the_app_looks(folder, capsys):
    assert run(f"calibrate {folder} --examples 6 --seed 2") == 0
    printed = capsys.readouterr()
    path = folder / CALIBRATION_FILE
    stored = read(path, checkpoints.load(folder).digest)
    assert (stored.settings.n_examples, stored.settings.seed) == (6, 2)
    assert stored.calibration.n_examples == 6
    lines = printed.out.splitlines()
    assert lines[-1] == str(path)
    assert lines[-2].startswith(stored.calibration.verdict)
    for words in (
        "examples simulated",
        "upper less lower bound",
        "coverage of 95% intervals",
        "as papers do it",
    ):
        assert words in printed.out
    assert all(stage in printed.err for stage in ("estimates", "references", "annealing"))
    assert not list(folder.rglob("*.partial"))
    # And the app opens the folder as before.
    assert Workspace(folder.parent).open("tiny").atlas.n_examples == 40


def test_without_an_atlas_they_are_kept_beside_the_weights(bare, capsys):
    digest = checkpoints.load(bare).digest
    assert run(f"calibrate {bare} --examples 3 --json") == 0
    printed = json.loads(capsys.readouterr().out)
    stored = read(bare / CALIBRATION_FILE, digest)
    assert printed["n_examples"] == 3
    assert printed["verdict"] in ("calibrated", "loose")
    assert printed["coverage"] == stored.calibration.coverage
    assert checkpoints.load(bare).digest == digest


def test_out_names_the_file(bare, tmp_path):
    out = tmp_path / "deep" / "mine.json"
    assert run(f"calibrate {bare} --examples 2 --out {out}") == 0
    assert read(out, checkpoints.load(bare).digest) is not None
    assert not (bare / CALIBRATION_FILE).exists()


@pytest.mark.slow
def test_a_calibration_is_made_anew(bare):
    for seed in (0, 1):
        assert run(f"calibrate {bare} --examples 2 --seed {seed}") == 0
        assert read(bare / CALIBRATION_FILE, checkpoints.load(bare).digest).settings.seed == seed


def test_a_run_that_is_stopped_leaves_nothing(bare, capsys, monkeypatch):
    before = sorted(bare.iterdir())

    def show(bar, progress):
        if progress.n_done:
            raise KeyboardInterrupt

    monkeypatch.setattr(command.ProgressBars, "__call__", show)
    assert run(f"calibrate {bare} --examples 2") == 130
    assert "Nothing was written" in capsys.readouterr().err
    assert sorted(bare.iterdir()) == before


@pytest.mark.parametrize(
    "option", ["--examples 1", "--examples 0", "--examples x", "--seed -1", "--seed 4294967296"]
)
def test_numbers_that_make_no_sense_are_rejected(bare, capsys, option):
    with pytest.raises(SystemExit) as caught:
        run(f"calibrate {bare} {option}")
    assert caught.value.code == 2
    assert f"argument {option.split()[0]}: expected" in capsys.readouterr().err


def test_no_checkpoint_is_told(tmp_path, capsys):
    assert run(f"calibrate {tmp_path}") == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "config.json" in printed
