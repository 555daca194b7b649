"""Whatever a file does to its parser, it does in a process that is held, and an error in words says what it was."""

import os
import sys
import tempfile
import time
from dataclasses import replace

import pytest

from explorer.importing import confined, stored_draft
from explorer.importing.confined import Limits
from explorer.importing.draft import ImportFault
from tests.importing import drafts

pytestmark = pytest.mark.slow
SMALL = Limits(seconds=60, cpu_seconds=20, memory_bytes=1 << 29, file_bytes=1 << 27)
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process's memory")


@pytest.fixture
def source(tmp_path):
    def of(name):
        path = tmp_path / "source"
        path.write_text(name)
        return path

    return of


def read(path, limits=SMALL, report=None):
    return confined.read(path, "hostile", report, limits, module="tests.importing.hostile")


def test_a_draft_comes_over(tmp_path):
    stored_draft.save(tmp_path, drafts.draft(trained_on="digits"))
    steps = []
    found = confined.read(tmp_path, report=steps.append)
    assert (found.make, found.source, found.trained_on) == ("draft", tmp_path.name, "digits")
    assert steps
    assert steps[-1].stage == "reading"


@pytest.mark.parametrize(
    "name, words",
    [
        pytest.param("memory", "at most 0.5 GiB, found it needed more", marks=on_linux),
        pytest.param("tensors", "at most 0.5 GiB, found it needed more", marks=on_linux),
        ("crash", "SIGSEGV"),
        ("abort", "SIGABRT"),
        ("leave", "status 3"),
        ("big_file", "File too large|wrote too much"),
        ("write_outside", "outside the folder"),
        ("shell", "nothing of this kind"),
        ("nothing", "expected a draft, found dict"),
        ("fault", "weights: expected a matrix, found a teapot. Pour."),
    ],
)
def test_what_a_hostile_file_does_is_held_and_told(source, name, words):
    path = source(name)
    with pytest.raises(ImportFault, match=words) as told:
        read(path)
    assert str(path) in str(told.value)
    assert [file.name for file in path.parent.iterdir()] == ["source"]


def test_whatever_else_it_tries_is_refused_too(source):
    """In one process: an error that a parser swallows is no way around the next."""
    outside, started = ("write_elsewhere", "remove"), ("process", "fork", "network")
    path = source(" ".join(("each", *outside, *started)))
    said = dict(words.split(": ", 1) for words in read(path).said)
    assert list(said) == [*outside, *started]
    assert all("outside the folder" in said[name] for name in outside)
    assert all("nothing of this kind" in said[name] for name in started)
    assert [file.name for file in path.parent.iterdir()] == ["source"]


def test_words_of_a_parser_are_cut_and_hold_no_control_codes(source):
    with pytest.raises(ImportFault) as told:
        read(source("swear"))
    assert len(str(told.value)) < 3000
    assert "\x1b" not in str(told.value)


@pytest.mark.parametrize(
    "name, limits, words",
    [
        ("sleep", replace(SMALL, seconds=5), "read in 5 s, found it took more"),
        ("loop", replace(SMALL, seconds=5), "read in 5 s, found it took more"),
        ("loop", replace(SMALL, cpu_seconds=1), "read in 1 s, found it took more"),
    ],
)
def test_one_that_does_not_end_is_ended(source, name, limits, words):
    start = time.monotonic()
    with pytest.raises(ImportFault, match=words):
        read(source(name), limits)
    assert time.monotonic() - start < 40


class _StoppedError(Exception):
    pass


def test_a_reading_can_be_stopped_and_leaves_nothing(source, monkeypatch, tmp_path):
    """What the report raises ends the child, whose folder goes with it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    begun = []

    def report(step):
        begun.extend(tmp_path.glob("explorer-import-*"))
        if step.fraction > 0.02:
            raise _StoppedError

    with pytest.raises(_StoppedError):
        read(source("sleep"), report=report)
    assert begun
    assert not list(tmp_path.glob("explorer-import-*"))


def test_the_child_is_told_nothing_of_this_process(source, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "abc")
    names, folder, home = read(source("no_memory_there")).said
    assert "SECRET_TOKEN" not in names
    assert folder == home != os.getcwd()
    assert not os.path.exists(folder)


def test_it_may_write_into_its_own_folder(source):
    assert read(source("is_written")).make == "hostile"


def test_a_link_out_of_a_folder_is_refused(tmp_path):
    folder, secret = tmp_path / "model", tmp_path / "secret"
    folder.mkdir()
    secret.write_text("hidden")
    stored_draft.save(folder, drafts.draft())
    (folder / "weights").symlink_to(secret)
    with pytest.raises(ImportFault, match=r"link: expected one to what lies in .*model, found .*secret"):
        confined.read(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_before_it_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImportFault, match="a pipe or a device"):
        confined.read(tmp_path / "pipe")
    with pytest.raises(ImportFault, match="plain file"):
        confined.read(tmp_path)


def test_nothing_and_another_kind_are_told(tmp_path):
    with pytest.raises(ImportFault, match="found nothing"):
        confined.read(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ImportFault, match=r"kind: expected one of: .* found a file of another kind, \.txt"):
        confined.read(tmp_path / "notes.txt")
