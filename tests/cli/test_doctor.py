"""`explorer doctor`: every kind of damage is found and named, and what is whole is not."""

import inspect
import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from explorer.cli import main
from explorer.cli.checks import installation
from explorer.cli.checks.finding import Check, Finding, Place, Verdict
from explorer.cli.checks.registry import CHECKS
from explorer.cli.doctor import look, places
from explorer.files import lock
from explorer.models import checkpoints
from tests import tiny

ROOT = Path(__file__).parents[2]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in ("EXPLORER_DATA", "EXPLORER_CHECKPOINTS"):
        monkeypatch.delenv(name, raising=False)


def examined(capsys, path):
    """The exit status, and the findings by subject and check."""
    status = main(["doctor", str(path), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["n_wrong"] == sum(each["verdict"] == "wrong" for each in told["findings"])
    return status, told["findings"]


def of(findings, check, verdict):
    return [each for each in findings if (each["check"], each["verdict"]) == (check, verdict)]


def found_wrong(capsys, path, check):
    """What is wrong at a path, which is one thing and has an advice."""
    status, findings = examined(capsys, path)
    assert status == 1
    (line,) = of(findings, check, "wrong")
    assert line["advice"]
    return line["found"]


def worth_knowing(capsys, path, check):
    status, findings = examined(capsys, path)
    assert status == 0
    (line,) = of(findings, check, "worth knowing")
    assert line["advice"]
    return line["found"]


def flip_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def shard(root):
    (path,) = (root / "tiny" / "atlas").rglob("*.parquet")
    return path


# what is whole


@pytest.mark.parametrize("inside", ["", "tiny", "tiny/atlas"])
def test_nothing_is_wrong_with_what_is_whole(stored, capsys, inside):
    status, findings = examined(capsys, stored / inside)
    assert status == 0
    assert not [each for each in findings if each["verdict"] == "wrong"]
    assert len(of(findings, "shards", "fine")) == 1


def test_looking_changes_nothing(copied, capsys):
    before = {path: path.stat().st_mtime_ns for path in copied.rglob("*")}
    examined(capsys, copied)
    assert {path: path.stat().st_mtime_ns for path in copied.rglob("*")} == before


def test_a_person_reads_each_finding_and_what_to_do(copied, capsys):
    shutil.rmtree(copied / "tiny" / "atlas")
    assert main(["doctor", str(copied)]) == 0
    printed = capsys.readouterr().out
    assert "worth knowing  atlas           there is no atlas" in printed
    assert "python -m explorer atlas" in printed
    assert printed.splitlines()[-1].startswith("0 wrong, ")


def test_the_folder_of_checkpoints_is_the_one_of_the_settings(stored, capsys, monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(stored))
    assert main(["doctor", "--json"]) == 0
    subjects = {each["subject"] for each in json.loads(capsys.readouterr().out)["findings"]}
    assert {str(stored / "tiny"), str(stored / "tiny" / "atlas")} <= subjects


def test_a_path_that_is_not_there_is_an_error_of_use(tmp_path, capsys):
    assert main(["doctor", str(tmp_path / "nowhere")]) == 2
    assert "there is nothing of this name" in capsys.readouterr().err


# damage of files


def test_a_flipped_byte_of_a_shard(copied, capsys):
    flip_byte(shard(copied))
    assert "sha256" in found_wrong(capsys, copied, "shards")


def test_a_missing_shard(copied, capsys):
    shard(copied).unlink()
    assert "examples-00000.parquet" in found_wrong(capsys, copied / "tiny" / "atlas", "shards")


def test_replaced_weights(copied, capsys):
    tiny.save(copied / "tiny", seed=1)
    assert "the weights beside it are" in found_wrong(capsys, copied, "model")


def test_truncated_weights(copied, capsys):
    path = copied / "tiny" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    assert "model.safetensors" in found_wrong(capsys, copied, "weights")


def test_missing_weights(copied, capsys):
    (copied / "tiny" / "model.safetensors").unlink()
    assert "model.safetensors" in found_wrong(capsys, copied, "weights")


def test_a_foreign_atlas(copied, capsys):
    tiny.save(copied / "other", seed=2)
    shutil.copytree(copied / "tiny" / "atlas", copied / "other" / "atlas")
    assert "it is of" in found_wrong(capsys, copied / "other", "model")
    assert "it is of" in found_wrong(capsys, copied / "other" / "atlas", "model")


def test_an_atlas_of_an_older_format(copied, capsys):
    path = copied / "tiny" / "atlas" / "manifest.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"format_version": 1}))
    assert "format_version: expected 2, found 1" in found_wrong(capsys, copied, "schema")


def test_a_calibration_of_other_weights(copied, capsys):
    path = copied / "tiny" / "atlas" / "calibration.json"
    path.write_text(json.dumps({"format_version": 1, "model_digest": "0" * 64}))
    assert "model_digest" in found_wrong(capsys, copied, "calibration")


def test_no_calibration(stored, capsys):
    assert "never calibrated" in worth_knowing(capsys, stored, "calibration")


def test_data_that_are_missing_or_others(copied, capsys):
    path = copied / "tiny" / "atlas" / "manifest.json"
    content = json.loads(path.read_text())
    content["data"]["name"] = str(copied / "mine.npz")
    path.write_text(json.dumps(content))
    assert "mine.npz" in found_wrong(capsys, copied, "data")
    content["data"] |= {"name": "digits", "digest": "0" * 64}
    path.write_text(json.dumps(content))
    assert "data digest" in found_wrong(capsys, copied, "data")


def test_a_data_file(tmp_path, capsys):
    np.save(tmp_path / "mine.npy", np.zeros((5, 8, 8), np.uint8))
    status, findings = examined(capsys, tmp_path / "mine.npy")
    assert (status, of(findings, "content", "fine")[0]["found"][:23]) == (0, "5 examples of 1 x 8 x 8")
    (tmp_path / "mine.npy").write_bytes(b"no array")
    assert "mine.npy" in found_wrong(capsys, tmp_path / "mine.npy", "content")


# work that was left


def test_a_build_that_was_stopped_and_one_that_goes_on(copied, capsys):
    partial = copied / "tiny" / "atlas.partial"
    partial.mkdir()
    assert "was stopped" in worth_knowing(capsys, copied, "leftovers")
    with lock.held(partial):
        assert f"goes on: process {os.getpid()}" in worth_knowing(capsys, copied, "leftovers")


def test_a_file_whose_writing_was_ended(copied, capsys):
    (copied / "tiny" / "config.json.partial").write_text("{")
    assert "was being written" in worth_knowing(capsys, copied, "leftovers")


@pytest.mark.parametrize("has_weights", [False, True])
def test_training_that_was_stopped(tmp_path, capsys, has_weights):
    folder = tmp_path / "mine"
    if has_weights:
        tiny.save(folder)
    (folder / "training").mkdir(parents=True)
    checkpoints.write_json(folder / "training" / "run.json", {"settings": {"n_epochs": 30}})
    assert "training for 30 epochs was stopped" in worth_knowing(capsys, tmp_path, "training")


# installation and machine


def test_an_old_and_a_missing_package_are_named(stored, capsys, monkeypatch):
    versions = {"streamlit": "1.2.0", "numpy": "2.3.1"}

    def version(name):
        if name == "duckdb":
            raise metadata.PackageNotFoundError(name)
        return versions.get(name) or found(name)

    found = metadata.version
    monkeypatch.setattr(metadata, "version", version)
    status, findings = examined(capsys, stored)
    wrong = {each["found"] for each in of(findings, "versions", "wrong")}
    assert status == 1
    assert wrong == {
        "duckdb is not installed",
        "streamlit 1.2.0 is installed, and streamlit<2,>=1.67 is needed",
    }
    (other,) = of(findings, "versions", "worth knowing")
    assert other["found"].startswith("numpy 2.3.1 is installed, and 2.")


def test_an_old_python(stored, capsys, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    assert found_wrong(capsys, stored, "Python") == "Python 3.10.4"


def test_packages_that_cannot_be_imported_are_findings_and_no_tracebacks(stored):
    code = (
        "import sys; sys.modules |= {'torch': None, 'streamlit': None, 'pooch': None}\n"
        "from explorer.cli import main; sys.exit(main(['doctor', sys.argv[1], '--json']))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, stored], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (1, "")
    findings = json.loads(answer.stdout)["findings"]
    named = [each["found"].split()[0] for each in of(findings, "imports", "wrong")]
    # scikit-learn looks for torch too.
    assert {"pooch", "streamlit", "torch"} <= set(named)
    assert "torch" in of(findings, "weights", "wrong")[0]["found"]


def test_help_does_not_wait_for_torch():
    code = (
        "import sys\nfrom explorer.cli import main\n"
        "try: main(['doctor', '--help'])\n"
        "finally: print(sorted({'torch', 'numpy', 'streamlit'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("n_bytes, verdict", [(1 << 20, "wrong"), (1 << 29, "worth knowing")])
def test_a_disk_that_is_full(stored, capsys, monkeypatch, n_bytes, verdict):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 40, 0, n_bytes))
    status, findings = examined(capsys, stored)
    assert status == int(verdict == "wrong")
    assert "GiB are free at" in of(findings, "space", verdict)[0]["found"]


def test_little_memory(stored, capsys, monkeypatch):
    monkeypatch.setattr("explorer.files.read.available_memory", lambda: 1 << 29)
    assert worth_knowing(capsys, stored, "memory") == "0.5 GiB of memory are free"


def test_threads_that_spin(stored, capsys, monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert worth_knowing(capsys, stored, "waiting threads") == "OMP_WAIT_POLICY is ACTIVE"


def test_a_folder_that_cannot_be_written_to(stored, capsys, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != stored)
    assert str(stored) in worth_knowing(capsys, stored, "writing")


def test_no_browser(stored, capsys, monkeypatch):
    monkeypatch.delenv("EXPLORER_CHROMIUM", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert worth_knowing(capsys, stored, "browser") == "no browser was found"


def test_the_pins_are_those_of_the_file(tmp_path):
    assert installation.pins()["streamlit"] == metadata.version("streamlit")
    assert installation.pins(tmp_path / "none") == {}


# the contract of every check


@pytest.fixture
def broken(copied) -> Path:
    """A folder of checkpoints in which no file is what it ought to be, and a data file."""
    for path in (copied / "tiny").rglob("*.*"):
        path.write_bytes(b"\0")
    (copied / "x.npy").write_bytes(b"\0")
    return copied


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.place.name}-{check.title}")
@pytest.mark.parametrize("state", ["stored", "broken"])
def test_a_check_says_something_of_whatever_is_there(check, state, request):
    root = request.getfixturevalue(state)
    where = {
        Place.CHECKPOINT: root / "tiny",
        Place.ATLAS: root / "tiny" / "atlas",
        Place.DATA: root / "x.npy",
    }
    found = list(look(check, where.get(check.place, root)))
    assert found
    for finding in found:
        assert isinstance(finding, Finding)
        assert finding.found
        assert "\n" not in finding.found + finding.advice
        assert not finding.advice or finding.advice[0].isupper()


def test_checks_have_names_of_their_own_and_say_what_they_do():
    assert len({(check.place, check.title) for check in CHECKS}) == len(CHECKS)
    assert {check.place for check in CHECKS} == set(Place)
    assert all(inspect.getdoc(check.run) for check in CHECKS)


def test_a_check_that_fails_is_a_finding_and_the_others_go_on():
    def fails(path):
        raise RuntimeError("of another kind")

    (found,) = look(Check("odd", Place.MACHINE, fails), Path())
    assert (found.verdict, found.found) == (Verdict.WRONG, "of another kind")


def test_every_place_of_a_folder_is_looked_at_once(stored):
    found = list(places(stored))
    assert len(set(found)) == len(found)
    assert {place for place, _ in found} == set(Place) - {Place.DATA}


def test_an_atlas_that_is_being_built_is_told_with_how_far_it_is(growing, capsys):
    assert "16 of 40 examples are scored, 40 have an ELBO" in worth_knowing(capsys, growing, "atlas")
    assert "16 of 40 examples are scored" in worth_knowing(capsys, growing, "leftovers")
