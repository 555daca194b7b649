"""The benchmark tells what a reader is at fault with, also where it takes the process down."""

import json

from benchmarks.fuzz import Row, _keep, _row


def test_of_a_process_that_was_killed_the_last_case_is_the_fault(tmp_path):
    (tmp_path / "case").write_bytes(b"last")
    row = _row(tmp_path, "npz", "own", -11)
    assert row.faults == ("the process ended with -11",)
    _keep(tmp_path, tmp_path / "corpus" / "npz")
    assert [case.read_bytes() for case in (tmp_path / "corpus" / "npz").iterdir()] == [b"last"]


def test_a_line_says_how_many_and_how_fast(tmp_path):
    figures = {"n_cases": 100_000, "n_refused": 99_000, "n_new_paths": 12, "seconds": 50.0, "faults": ["x"]}
    (tmp_path / "row.json").write_text(json.dumps({"reader": "npz", "engine": "own", **figures}))
    row = _row(tmp_path, "npz", "own", 0)
    assert isinstance(row, Row)
    assert row.line() == "| npz | own | 100,000 | 99,000 | 12 | 1 | 2,000 |"
