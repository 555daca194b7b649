"""`open`: the app from any folder on any model, and what is built for one that has no atlas."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from explorer import builder
from explorer.atlas.build.builder import build
from explorer.cli import main
from explorer.cli import open as opening
from explorer.models import checkpoints
from explorer.ui import served as served_app
from tests import tiny
from tests.conftest import SETTINGS

ROOT = Path(__file__).parents[2]
SECONDS = 60


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in ("EXPLORER_DATA", "EXPLORER_CHECKPOINTS", "EXPLORER_MODELS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def served(monkeypatch):
    """What would be served: the query of each address."""
    queries = []
    monkeypatch.setattr(opening, "_serve", lambda port, query, is_seen: queries.append(query))
    # What a command sets is undone after the test.
    monkeypatch.setenv("EXPLORER_MODELS", "")
    return queries


@pytest.fixture
def built(monkeypatch):
    """What would be built: model and data."""
    builds = []
    monkeypatch.setattr(builder, "start", lambda out, model, data, **_: builds.append((model, data)))
    return builds


def fails(capsys, *arguments):
    assert main(["open", *map(str, arguments)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@contextmanager
def started(*arguments, cwd, **settings):
    """The command as a process of its own, in a folder that is not the repository."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "explorer", *map(str, arguments)],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def told_address(process):
    """The address in the one line that is printed once it answers."""
    line = process.stdout.readline()
    found = re.match(r"(http://localhost:\d+/\S*) \(Ctrl-C ends it\)\n", line)
    assert found, line or process.stderr.read()
    return found[1]


@pytest.mark.slow
def test_a_model_of_any_folder_opens_from_any_folder_and_ends_in_order(stored, tmp_path):
    with started("open", stored / "tiny", "--no-browser", cwd=tmp_path) as process:
        address = told_address(process)
        home, _, query = address.partition("?")
        assert query == "model=tiny"
        assert httpx.get(f"{home}_stcore/health").text == "ok"
        columns = httpx.get(f"{home}live/tiny/columns?names=example_id", timeout=SECONDS)
        assert len(columns.content) == 40 * 4
        # What is shipped is there as well.
        assert httpx.get(f"{home}live/digits-2d/columns?names=label", timeout=SECONDS).is_success
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert rest == ""
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_what_is_missing_is_built_meanwhile(tmp_path):
    model = tiny.save(tmp_path / "bare")
    with started("open", model, "--no-browser", cwd=tmp_path) as process:
        home = told_address(process).partition("?")[0]
        assert httpx.get(f"{home}_stcore/health").text == "ok"
        deadline = time.monotonic() + SECONDS
        while not list(model.glob("atlas*")) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert list(model.glob("atlas*"))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert f"{model}: has no atlas yet; building one of digits meanwhile" in said


@pytest.mark.slow
def test_what_training_says_comes_next_works_as_it_stands(tmp_path):
    """From the folder where it was printed, for a checkpoint whose path a shell would part."""
    train = ["train", "--data", "digits", "--config", "mlp-2", "--epochs", "1", "--device", "cpu"]
    with started(*train, "--out", "my runs/digits", cwd=tmp_path) as process:
        printed, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    words = shlex.split(printed.partition("Next: ")[2])
    assert words[:3] == [sys.executable, "-m", "explorer"]
    with started(*words[3:], "--no-browser", cwd=tmp_path) as process:
        assert told_address(process).endswith("/?model=digits")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=SECONDS)
    assert "my runs/digits: has no atlas yet; building one of digits meanwhile" in said
    assert "Traceback" not in said


def test_without_a_command_what_is_shipped_opens(served, built):
    assert main([]) == 0
    assert served == [""]
    assert "EXPLORER_MODELS" not in os.environ or os.environ["EXPLORER_MODELS"] == ""
    assert built == []


def test_a_model_with_an_atlas_is_shown_and_nothing_is_built(served, built, stored):
    assert main(["open", str(stored / "tiny")]) == 0
    assert served == ["?model=tiny"]
    assert built == []
    assert os.environ["EXPLORER_MODELS"] == str(stored / "tiny")


def test_a_model_of_a_name_that_is_shipped_is_told_apart(served, built, tmp_path):
    tiny.save(tmp_path / "runs" / "digits-2d")
    assert main(["open", str(tmp_path / "runs" / "digits-2d")]) == 0
    assert served == ["?model=digits-2d+%28runs%29"]


@pytest.mark.parametrize(("asked", "expected"), [([], "digits"), (["--data", "mnist"], "mnist")])
def test_an_atlas_is_built_of_what_was_asked_for_or_trained_on(served, built, tmp_path, asked, expected):
    model = tiny.save(tmp_path / "bare")
    assert main(["open", str(model), *asked]) == 0
    assert built == [(model, expected)]


def test_other_data_than_it_was_trained_on_are_told(served, built, tmp_path, capsys):
    assert main(["open", str(tiny.save(tmp_path / "bare")), "--data", "mnist"]) == 0
    assert "bare was trained on digits, and these are mnist" in capsys.readouterr().err


def test_a_model_that_does_not_know_its_data_asks_for_them(served, built, tmp_path, capsys):
    checkpoints.save(tmp_path / "foreign", tiny.model(), {})
    said = fails(capsys, tmp_path / "foreign")
    assert f"{tmp_path / 'foreign'}: does not say what it was trained on; name data with --data NAME" in said
    assert served == built == []


def test_other_data_than_the_atlas_has_are_refused(served, built, stored, capsys):
    said = fails(capsys, stored / "tiny", "--data", "mnist")
    assert "expected mnist, found digits" in said
    assert f"move {stored / 'tiny' / 'atlas'} away" in said
    assert main(["open", str(stored / "tiny"), "--data", "digits"]) == 0


def test_an_atlas_of_binarised_data_is_one_of_these_data(served, built, copied):
    manifest = copied / "tiny" / "atlas" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"digits"', '"digits:binarised-0"'))
    assert main(["open", str(copied / "tiny"), "--data", "digits"]) == 0


def test_data_without_a_model_are_told_what_to_train(served, capsys):
    assert "train --data fashion-mnist --out checkpoints/mine" in fails(capsys, "--data", "fashion-mnist")


def test_a_path_that_would_be_two_is_refused(served, tmp_path, capsys):
    model = tiny.save(tmp_path / f"a{os.pathsep}b")
    assert "rename the folder" in fails(capsys, model)


# ports


@pytest.fixture
def taken():
    with socket.socket() as listening:
        listening.bind(("localhost", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_the_next_free_port_is_taken(taken, monkeypatch):
    monkeypatch.setattr(opening, "USUAL_PORT", taken)
    assert taken < opening.free_port(None) < taken + 100


def test_a_port_that_was_asked_for_and_is_taken_is_told(taken, served, capsys):
    assert f"found {taken} taken" in fails(capsys, "--port", taken)
    assert served == []


@pytest.mark.parametrize("port", ["0", "65536", "x"])
def test_what_is_no_port_is_rejected(port, capsys):
    with pytest.raises(SystemExit):
        main(["open", "--port", port])
    assert "expected a port" in capsys.readouterr().err


# the browser


@pytest.mark.parametrize(
    ("display", "options", "is_opened"),
    [(":0", [], True), ("", [], False), (":0", ["--no-browser"], False)],
)
def test_a_browser_is_opened_where_it_is_seen(monkeypatch, stored, capsys, display, options, is_opened):
    opened, told, real = [], threading.Event(), opening._has_display

    def shown(address):
        opened.append(address)
        told.set()

    def has_display():
        # Nothing comes after it then.
        return real() or told.set()

    monkeypatch.setenv("EXPLORER_MODELS", "")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(opening, "_wait_for_answer", lambda port: None)
    monkeypatch.setattr(webbrowser, "open", shown)
    # The app is served until all was said.
    monkeypatch.setattr(opening, "_has_display", has_display)
    monkeypatch.setattr(served_app, "serve", lambda port: told.wait(1.5 if options else 10))
    assert main(["open", str(stored / "tiny"), *options]) == 0
    address = capsys.readouterr().out.removesuffix(" (Ctrl-C ends it)\n")
    assert re.fullmatch(r"http://localhost:\d+/\?model=tiny", address)
    assert opened == [address] * is_opened


# the build


def test_a_build_that_was_stopped_goes_on_with_its_data(served, tmp_path, monkeypatch, capsys):
    model = tiny.save(tmp_path / "bare")

    def die(step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(checkpoints.load(model), tiny.digits(), model / "atlas", SETTINGS, die)
    went_on = []
    monkeypatch.setattr(builder, "start", lambda *what: went_on.append(what))
    assert main(["open", str(model)]) == 0
    assert went_on == [(model / "atlas", model, "digits", "test", None, SETTINGS, 40)]
    capsys.readouterr()
    assert "expected mnist, found digits" in fails(capsys, model, "--data", "mnist")
