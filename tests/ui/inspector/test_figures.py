"""The figures of the inspector, on the shipped two-dimensional model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.show.numbers import Units
from explorer.ui.example import inference, stored_score
from explorer.ui.inspector import figures
from explorer.ui.state import opening
from explorer.workspace import Workspace

SHIPPED = Path(__file__).parents[3] / "checkpoints"


@pytest.fixture(scope="module")
def entry():
    return Workspace(SHIPPED).open("digits-2d")


@pytest.fixture(scope="module")
def view(entry):
    return opening.default_view(entry)


def test_the_curve_is_drawn_in_the_chosen_units(entry, view):
    *_, found = inference.bound_curves(entry, view.selected, 64)
    stored = stored_score.read(entry, view.selected)
    nats = figures.bound_curve(found.encoder, found.prior, stored, Units(64, False))
    bits = figures.bound_curve(found.encoder, found.prior, stored, Units(64, True))
    for one, other in zip(nats.data, bits.data, strict=True):
        np.testing.assert_allclose(np.array(one.y) / np.array(other.y), 64 * np.log(2))
    np.testing.assert_allclose(nats.data[1].y, found.encoder.log_px_nats)


def test_the_curve_rises_towards_the_trusted_value_in_its_interval(entry, view):
    *_, found = inference.bound_curves(entry, view.selected, 64)
    stored = stored_score.read(entry, view.selected)
    figure = figures.bound_curve(found.encoder, found.prior, stored, Units(64, False))
    named = {trace.name: trace for trace in figure.data if trace.name}
    assert set(named["log p(x)"].y) == {stored.log_px_nats}
    assert set(named["ELBO"].y) == {stored.elbo_nats}
    bands = [set(trace.y) for trace in figure.data if trace.fill]
    assert {stored.log_px_low_nats, stored.log_px_high_nats} in bands
    doubted = figures.bound_curve(
        found.encoder, found.prior, replace(stored, trust="unreliable"), Units(64, False)
    )
    assert [t.line.dash for t in doubted.data if t.name == "log p(x), not trusted"] == ["dash"]
