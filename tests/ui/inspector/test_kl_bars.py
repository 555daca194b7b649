"""Bars of KL by dimension."""

import re

import numpy as np
import pytest

from explorer.show.numbers import Units
from explorer.ui.inspector.kl_bars import MOST_BARS, MOST_NAMES, html

NATS = Units(4, False)


def heights(text: str) -> list[float]:
    return [float(share) for share in re.findall(r"height:([\d.e-]+)%", text)]


def test_the_largest_is_first_and_fills_the_height():
    text = html(np.array([0.1, 2.0, 0.5]), NATS)
    assert heights(text) == [100, 25, 5]
    assert re.findall(r"<u>(.*?)</u>", text) == ["z₁", "z₂", "z₀"]
    assert "z₁ 2.00, z₂ 0.50, z₀ 0.10" in text


def test_dimensions_that_carry_nothing_are_counted_out():
    assert "1 of 3 in use here" in html(np.array([0.0, 1.0, 0.009]), NATS)
    assert heights(html(np.zeros(2), NATS)) == [0, 0]


def test_units_are_those_of_the_page():
    assert f"{1 / (4 * np.log(2)):.4f} bits/dim" in html(np.array([1.0]), Units(4, True))


@pytest.mark.parametrize("d, named", [(MOST_NAMES, True), (MOST_NAMES + 1, False)])
def test_many_bars_have_their_names_in_their_tooltips_only(d, named):
    text = html(np.arange(d, dtype=float), NATS)
    assert ("<u>z₁</u>" in text) == named
    assert "title='z₁: 1.00 nats'" in text


def test_of_hundreds_only_as_many_bars_as_can_be_told_apart():
    kl = np.linspace(2, 0.1, 256)
    found = html(kl, Units(784, False))
    assert found.count("<i ") == MOST_BARS
    assert f"the {MOST_BARS} largest carry {kl[:MOST_BARS].sum():.2f} of {kl.sum():.2f}" in found
    assert found.count(",") < 2 * MOST_BARS
