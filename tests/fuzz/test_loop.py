"""The loop finds what it looks for: it is the tests' own instrument, so it is tested on readers that fail."""

import random
import time

import numpy as np
import pytest
import safetensors.numpy

from tests.fuzz import loop, mutator
from tests.fuzz.loop import Target, answer, explore


class NamedError(ValueError):
    pass


def fails(error):
    def read(content):
        raise error

    return Target(read, (NamedError,), (b"{}",), file="a.json")


@pytest.mark.parametrize(
    "error, fault",
    [
        (NamedError("a.json: wrong"), ""),
        (NamedError("wrong"), "an error that does not name its file"),
        (NamedError("a.json" + "x" * 5000), "an error of more than 4096 characters"),
        (NamedError("a.json: \ud800"), "an error that cannot be written in UTF-8"),
        (ValueError("a.json"), "ValueError at outside the explorer"),
        (RecursionError(), "RecursionError at outside the explorer"),
        (BaseException(), "BaseException at outside the explorer"),
    ],
)
def test_only_the_readers_own_errors_are_answers(error, fault):
    assert answer(fails(error), b"") == (fault, isinstance(error, NamedError))


def test_a_reader_that_takes_too_long_or_too_much_is_at_fault(monkeypatch):
    monkeypatch.setattr(loop, "MOST_SECONDS", 0.01)
    busy = Target(lambda content: [time.process_time() for _ in range(100_000)], (), (b"",))
    assert answer(busy, b"")[0] == "more than 0.01 s"
    monkeypatch.setattr(loop, "MOST_SECONDS", 60)
    monkeypatch.setattr(loop, "_most_memory", iter((0, 1 << 30)).__next__)
    assert answer(busy, b"")[0] == "more than 256 MiB"


def test_a_case_is_told_before_it_is_read_and_kept_with_its_fault():
    def read(content):
        assert told[-1] == content
        raise ValueError

    told = []
    found = explore(Target(read, (), (b"ab",)), 50, 0, before=told.append)
    assert found.n_cases == len(told) == 50
    assert found.faults == {"ValueError at outside the explorer": b"ab"}


def test_what_leads_along_a_new_path_is_changed_further(monkeypatch):
    """Four digits in turn: by chance alone one case in some 10^11 has them all."""
    monkeypatch.setattr(loop, "PACKAGE", __file__)

    def read(content):
        depth = 0
        if content[:1] == b"3":
            depth = 1
            if content[1:2] == b"1":
                depth = 2
                if content[2:3] == b"4":
                    depth = 3
                    if content[3:4] == b"9":
                        raise KeyError
        return depth

    found = explore(Target(read, (), (b"aaaa",)), 20_000, 0)
    assert [name.split()[0] for name in found.faults] == ["KeyError"]


def test_a_seed_gives_the_same_cases():
    def cases(seed):
        told = []
        explore(
            Target(lambda content: None, (), (b'{"a": [1, 2.5, "x"]}', b"[]")), 200, seed, before=told.append
        )
        return told

    assert cases(1) == cases(1) != cases(2)


@pytest.mark.parametrize("name", ["TENSORS", "ARRAY", "ARCHIVE", "LINES"])
def test_parts_of_a_format_make_it_again(name, tmp_path):
    layout, array = getattr(mutator, name), np.arange(6.0).reshape(2, 3)
    np.save(tmp_path / "ARRAY", array)
    np.savez(tmp_path / "ARCHIVE", x=array, y=array)
    contents = {"TENSORS": safetensors.numpy.save({"a": array}), "LINES": b"a\nb"}
    files = {"ARRAY": "ARRAY.npy", "ARCHIVE": "ARCHIVE.npz"}
    content = contents.get(name) or (tmp_path / files[name]).read_bytes()
    parts = layout.split(content)
    assert len(parts) > 1
    assert layout.split(layout.join(parts)) == parts


def test_json_stays_json_and_changes():
    maker = mutator.Mutator(random.Random(0))
    content = b'{"a": [1, 2.5, "x"], "b": {"c": null}}'
    assert len({maker.changed(content, content) for _ in range(500)}) > 300
