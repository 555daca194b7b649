"""Readers answer whatever they are given with what they read or with their own error: a thousand changed contents each,
and every content that one of them has failed on."""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.fuzz.loop import answer, explore
from tests.fuzz.targets import Readers

CORPUS = Path(__file__).parent / "corpus"
N_CASES, SEED = 1000, 0


@pytest.fixture(scope="module")
def readers():
    """Their files lie in memory where a folder does, as Linux has one: each case writes some."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Readers(Path(folder))


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    """The gate and the routes log every refusal."""
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)


@pytest.mark.slow
@pytest.mark.parametrize("name", Readers.NAMES)
def test_a_thousand_changed_contents_are_read_or_refused_by_name(name, readers):
    found = explore(readers[name], N_CASES, SEED)
    assert list(found.faults) == []
    assert found.n_cases == N_CASES
    assert len(found.kept) > 2, "the changes reach nothing"


@pytest.mark.parametrize("name", Readers.NAMES)
def test_what_was_once_not_refused_by_name_is(name, readers):
    target = readers[name]
    for case in sorted((CORPUS / name).glob("*")):
        assert answer(target, case.read_bytes())[0] == "", case.name


@pytest.mark.parametrize("name", Readers.NAMES)
def test_a_whole_content_is_read(name, readers):
    """Else all changes would be refused for what was wrong before."""
    target = readers[name]
    assert answer(target, target.seeds[0]) == ("", False)


def test_a_corpus_is_some_readers():
    assert {folder.name for folder in CORPUS.iterdir()} <= set(Readers.NAMES)
