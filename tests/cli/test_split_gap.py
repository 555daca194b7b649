"""`score --split-gap`: the parts of the gap in the file, in the summary and in the sentence."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from explorer.cli import main
from tests import tiny

PARTS = ("amortization", "mean_field", "residual")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return tiny.save(tmp_path_factory.mktemp("split") / "tiny")


def run(checkpoint, out, *more):
    line = ["score", str(checkpoint), "--data", "digits", "--limit", "3", "--samples", "64"]
    return main([*line, "--out", str(out), *more])


def test_the_parts_of_each_gap_are_in_the_file_and_their_means_in_the_summary(checkpoint, tmp_path, capsys):
    assert run(checkpoint, tmp_path / "a.parquet", "--split-gap", "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    table = pq.read_table(tmp_path / "a.parquet").to_pydict()
    parts = np.array([table[f"{part}_nats"] for part in PARTS])
    np.testing.assert_allclose(parts.sum(0), table["gap_nats"], rtol=0, atol=1e-9)
    for part, value in zip(PARTS, parts, strict=True):
        assert all(se >= 0 for se in table[f"{part}_se"])
        assert summary[f"mean_{part}_nats"] == pytest.approx(value.mean())
        assert summary[f"mean_{part}_nats_se"] == pytest.approx(value.std(ddof=1) / 3**0.5)
    assert {"elbo_diagonal_nats", "elbo_diagonal_se", "elbo_full_nats", "elbo_full_se"} <= table.keys()


def test_the_sentence_names_the_parts_and_the_bar_ends_full(checkpoint, tmp_path, capsys):
    assert run(checkpoint, tmp_path / "a.parquet", "--split-gap") == 0
    printed = capsys.readouterr()
    assert "of the gap: amortization " in printed.out
    assert printed.err.count("splitting: 100%") >= 1


def test_without_the_option_nothing_is_split(checkpoint, tmp_path, capsys):
    assert run(checkpoint, tmp_path / "a.parquet") == 0
    printed = capsys.readouterr()
    assert "of the gap" not in printed.out
    assert "splitting" not in printed.err
    assert "amortization_nats" not in pq.read_table(tmp_path / "a.parquet").column_names
