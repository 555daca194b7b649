"""The gap in three parts: they add up, each has its error and its meaning, and doubt is passed on."""

import re
from dataclasses import fields, replace

import numpy as np
import pytest

from explorer.bounds.split import GapParts
from explorer.show.numbers import Units
from explorer.steps import last
from explorer.ui.example import stored_score
from explorer.ui.inspector import gap_parts
from explorer.workspace import Workspace

NATS = Units(64, False)


@pytest.fixture
def found(a_score):
    values = {
        "amortization_nats": 1.5,
        "mean_field_nats": 0.8,
        "residual_nats": -0.05,
        "elbo_diagonal_nats": a_score.elbo_nats + 1.5,
        "elbo_full_nats": a_score.elbo_nats + 2.3,
    }
    return GapParts(**{f.name: np.array([values.get(f.name, 0.02)]) for f in fields(GapParts)})


def test_the_parts_are_there_with_errors_and_add_up(found, a_score):
    html = gap_parts.html(found, a_score, NATS)
    read = dict(re.findall(r"data-testid='split-([\w-]+)'>(\S+) ±", html))
    parts = [float(read[name].replace("−", "-")) for name in gap_parts.PARTS]
    assert parts == [1.5, 0.8, -0.05]
    assert sum(parts) == pytest.approx(float(read["gap"]), abs=0.0151)
    for meaning in gap_parts.PARTS.values():
        assert meaning in html


def test_a_part_below_nothing_has_no_length(found, a_score):
    html = gap_parts.html(found, a_score, NATS)
    lengths = [float(v) for v in re.findall(r"flex-grow:([\d.e+-]+)", html)]
    assert lengths == [1.5, 0.8, 0.0]


def test_all_of_it_turns_into_bits(found, a_score):
    html = gap_parts.html(found, a_score, Units(64, True))
    assert "bits/dim" in html
    assert f"{1.5 / (64 * np.log(2)):.4f}" in html


def test_only_what_needs_log_px_is_doubted(found, a_score):
    html = gap_parts.html(found, replace(a_score, trust="unreliable"), NATS)
    assert html.count("○ not trusted") == 1
    assert html.count("lx-doubtful") == 2
    assert "○" not in gap_parts.html(found, a_score, NATS)


def test_numbers_that_are_none_are_dashes(found, a_score):
    missing = GapParts(**{f.name: np.array([np.nan]) for f in fields(GapParts)})
    html = gap_parts.html(missing, replace(a_score, gap_nats=np.nan, gap_se=np.nan), NATS)
    assert "nan" not in html
    assert ">–</td>" in html


def test_the_parts_are_of_the_score_that_is_shown(growing):
    entry = Workspace(growing).open("tiny")
    row = 30
    example_id = int(entry.dataset.example_ids[row])
    pending = stored_score.read(entry, example_id)
    assert np.isnan(pending.gap_nats)
    score = replace(pending, log_px_nats=pending.elbo_nats + 2, log_px_se=0.01, trust="good")
    found = last(gap_parts._parts(entry, example_id, score))
    parts = sum(
        float(getattr(found, name)[0]) for name in ("amortization_nats", "mean_field_nats", "residual_nats")
    )
    assert parts == pytest.approx(2, abs=1e-6)
