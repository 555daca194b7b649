"""`explorer explain` as a person types it: one file, or one line that says why not."""

import re
import shlex
import sys

import pytest

from explorer import datasets
from explorer.cli import explain as command
from explorer.cli import main
from explorer.explain.terms.cache import Kept
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
def test_an_example_becomes_a_file(folder, tmp_path, capsys):
    ids = tiny.digits().example_ids
    out = tmp_path / "deep" / "report.html"
    assert run(f"explain {folder} --data digits --example {ids[3]} --n 300 --out {out}") == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{out}: example {ids[3]} of tiny, ")
    assert all(stage in printed.err for stage in ("example", "draws", "gap"))
    html = out.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "N = 300 draws" in html
    # The atlas was of these data: the sum over it is in the report.
    assert "Over 40 examples" in html
    assert "amortization gap" in html
    assert [path.name for path in out.parent.iterdir()] == ["report.html"]


def test_without_an_atlas_the_example_is_scored(bare, tmp_path):
    out = tmp_path / "report.html"
    example_id = tiny.digits().example_ids[0]
    assert run(f"explain {bare} --data digits --example {example_id} --n 200 --out {out}") == 0
    html = out.read_text(encoding="utf-8")
    assert "Only this example was scored" in html
    assert re.search(r'data-testid="trusted" data-nats="-\d', html)


@pytest.mark.slow
def test_an_example_that_the_atlas_lacks_is_scored(folder, tmp_path):
    out = tmp_path / "report.html"
    last = datasets.load("digits").example_ids[-1]
    assert run(f"explain {folder} --data digits --example {last} --n 64 --out {out}") == 0
    assert "Only this example was scored" in out.read_text(encoding="utf-8")


def forget():
    """As in a fresh process: nothing that was computed before is there."""
    for module in ("results", "fits", "proposing", "prior_draws", "subject"):
        for kept in vars(sys.modules[f"explorer.explain.terms.{module}"]).values():
            if isinstance(kept, Kept):
                kept.forget()


@pytest.mark.slow
def test_the_same_command_gives_the_same_file(folder, tmp_path):
    example_id = tiny.digits().example_ids[1]
    for name in ("a", "b"):
        forget()
        line = f"explain {folder} --data digits --example {example_id} --n 400 --proposal wider"
        assert run(f"{line} --out {tmp_path / name}.html") == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--n 0", "argument --n: expected a whole number of at least 1"),
        ("--n 100001", "argument --n: expected a whole number from 1 to 100,000"),
        ("--n x", "argument --n: expected"),
        ("--example x", "argument --example: expected the id of an example"),
        ("--example -3", "argument --example: expected"),
        ("--proposal sideways", "argument --proposal: invalid choice"),
    ],
)
def test_arguments_that_make_no_sense_are_rejected(bare, tmp_path, capsys, option, said):
    with pytest.raises(SystemExit) as caught:
        run(f"explain {bare} --data digits --example 0 --out {tmp_path / 'r.html'} {option}")
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_an_example_that_is_not_there_is_one_line(bare, tmp_path, capsys):
    out = tmp_path / "r.html"
    assert run(f"explain {bare} --data digits --example 99999999 --out {out}") == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("explorer explain: ")
    assert "99999999" in said
    assert not out.exists()


def test_data_that_do_not_fit_are_one_line(bare, tmp_path, capsys):
    line = f"explain {bare} --data fashion-mnist --example 0 --out {tmp_path / 'r.html'}"
    assert run(line) == 2
    assert "shape of an example: expected" in capsys.readouterr().err


def test_a_folder_is_no_file_to_write(bare, tmp_path, capsys):
    assert run(f"explain {bare} --data digits --example 0 --out {tmp_path}") == 2
    assert "expected a file to write, found the folder" in capsys.readouterr().err


def test_no_checkpoint_is_told(tmp_path, capsys):
    assert run(f"explain {tmp_path} --data digits --example 0 --out {tmp_path / 'r.html'}") == 2
    assert "config.json" in capsys.readouterr().err


def test_a_run_that_is_stopped_leaves_nothing(bare, tmp_path, capsys, monkeypatch):
    def stop(bars, progress):
        if progress.stage == "draws":
            raise KeyboardInterrupt

    monkeypatch.setattr(command.ProgressBars, "__call__", stop)
    out = tmp_path / "new" / "r.html"
    example_id = tiny.digits().example_ids[0]
    assert run(f"explain {bare} --data digits --example {example_id} --out {out}") == 130
    assert "Nothing was written" in capsys.readouterr().err
    assert not out.parent.exists()
