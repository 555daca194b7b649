"""The pins: each has its checksums, each is what is installed, and the audit says what it could not do."""

import importlib.util
import json
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = ("requirements", "requirements-dev", "requirements-bench")
# A build for the machine, from one of several indexes.
UNHASHED = "torch"


def pins(text):
    """Version by package."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_its_checksums_and_none_is_left_of_an_earlier_pin(name):
    wanted = pins(read(f"{name}.txt"))
    wanted.pop(UNHASHED, None)
    assert pins(read(f"{name}.hashed.txt")) == wanted


@pytest.mark.parametrize("name", FILES)
def test_a_pin_without_a_checksum_would_be_seen(name):
    lines = [line for line in read(f"{name}.hashed.txt").splitlines() if not line.startswith("#")]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith(" "):
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)
        else:
            assert line.endswith(" \\")
            assert following.startswith("    --hash=")


@pytest.mark.parametrize("name", FILES[:2])
def test_what_is_installed_is_what_is_pinned(name):
    text = "\n".join(line for line in read(f"{name}.txt").splitlines() if ";" not in line)
    # Behind a plus stands for which kind of machine a build is.
    assert {n: metadata.version(n).partition("+")[0] for n in pins(text)} == pins(text)


def test_the_makefile_installs_nothing_but_torch_without_its_checksum():
    text = read("Makefile")
    for name in FILES:
        assert f"-r {name}.hashed.txt" in text
    assert "HASHED = $(INSTALL) --require-hashes --no-deps" in text


# what the audit says


@pytest.fixture(scope="module")
def audit():
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CLEAN = {"name": "numpy", "version": "2.4.6", "vulns": []}
SKIPPED = {"name": "torch", "skip_reason": "not found"}
KNOWN = {"name": "pillow", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1"]}]}


@pytest.mark.parametrize(
    "found, status, said",
    [
        ([CLEAN], 0, "No advisory is known for any of 1 pins"),
        ([CLEAN, KNOWN], 1, "pillow 1.0: CVE-1, fixed in 1.1"),
        ([CLEAN, SKIPPED], 2, "not looked up: torch"),
        ([KNOWN, SKIPPED], 1, "not looked up: torch"),
        ([SKIPPED], 2, "could not be reached"),
    ],
)
def test_none_is_known_is_said_only_where_every_pin_was_looked_up(audit, found, status, said):
    answer = audit.verdict(json.dumps({"dependencies": found, "fixes": []}), "")
    assert answer[0] == status
    assert said in answer[1]


def test_a_database_that_does_not_answer_is_said_to_be_so(audit):
    status, text = audit.verdict("", "Traceback\nConnectionError: no such host")
    assert (status, text.splitlines()) == (2, [audit.UNREACHED, "ConnectionError: no such host"])
