"""How many are scored, in the words of every view."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.ui.example import scored
from explorer.ui.example.scored import Scored
from explorer.workspace import Workspace


@pytest.fixture
def half(growing):
    return Workspace(growing).open("tiny")


def test_an_atlas_that_is_whole_has_nothing_to_say(stored):
    entry = Workspace(stored).open("tiny")
    for column in ("gap_nats", "elbo_nats", "label", "pca_x"):
        assert scored.of(entry, column) == Scored(40, 40, 0)
        assert scored.so_far(entry, column) == ""


def test_it_is_said_of_each_column_how_far_it_is(half):
    assert scored.of(half, "gap_nats") == Scored(40, 16, 0)
    assert scored.so_far(half) == "16 of 40 scored so far"
    # The ELBO of the others is from the first, fewer draws.
    assert scored.of(half, "elbo_nats") == Scored(40, 16, 24)
    assert scored.so_far(half, "elbo_nats") == "16 of 40 scored so far, a first look at 24 others"
    assert scored.so_far(half, "label") == scored.so_far(half, "pca_x") == ""


def test_it_is_said_of_some_rows(half):
    assert scored.so_far(half, "gap_nats", np.arange(10, 20)) == "6 of 10 scored so far"
    assert scored.so_far(half, "gap_nats", np.arange(10)) == ""
