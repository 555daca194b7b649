"""Plots of vectors: axis ends, units, escaped names, values that are no numbers, and not too much of anything."""

import base64
import re

import numpy as np
import pytest

from explorer.datasets import Features
from explorer.show.vector_axis import axis_of, is_listed, largest, place_name
from explorer.show.vector_plot import Series, list_html, plot_html

NASTY = "<img src=x onerror=alert(1)>'\""
WAVELENGTHS = Features(tuple(f"{400 + 2 * i}" for i in range(200)), "wavelength [nm]", "counts", True)


def series(*values, kind="x", name="x"):
    return Series(kind, name, np.array(values, float))


def paths(html):
    """The shape of each curve."""
    masks = re.findall(r"mask-image:url\(data:image/svg\+xml;base64,([^)]*)\)", html)
    return [re.search(r" d='([^']*)'", base64.b64decode(mask).decode())[1] for mask in masks]


def test_a_signal_is_a_line_with_two_named_ends_a_unit_and_its_range():
    html = plot_html([series(np.linspace(-1, 3, 200))], WAVELENGTHS, "the spectrum")
    assert re.search(r"<bdi>400</bdi><bdi>wavelength \[nm\]</bdi><bdi>798</bdi>", html)
    assert "counts" in html
    assert "<small>3.00</small><small>−1.00</small>" in html
    assert paths(html)[0].count("L") == 199


def test_bars_without_names_are_counted():
    html = plot_html([series([1, 2, -3])], axis_of(None, 3), "three")
    assert "<bdi>1</bdi><bdi>feature</bdi><bdi>3</bdi>" in html
    assert paths(html)[0].count("z") == 3
    assert "feature 2: x 2.00" in html


def test_the_first_is_bars_and_what_lies_over_it_ticks():
    html = plot_html([series([1, 2]), series([1, 1], kind="reconstruction")], Features(), "two")
    bars, ticks = paths(html)
    assert bars.count("z") == 2
    assert ticks.count("h") == 2
    assert "z" not in ticks


def test_samples_are_one_picture():
    draws = series(*np.random.default_rng(0).normal(size=(6, 50)), kind="samples", name="6 samples")
    (path,) = paths(plot_html([draws], axis_of(None, 50), "samples"))
    assert path.count("M") == 6


def test_zero_is_marked_where_it_is_in_range():
    assert "<b style=" in plot_html([series([-1, 1, 2])], WAVELENGTHS, "")
    assert "<b style=" not in plot_html([series([1, 2, 3])], WAVELENGTHS, "")


@pytest.mark.parametrize("is_ordered", [True, False])
def test_names_are_escaped_and_cut(is_ordered):
    axis = Features((NASTY * 30, "b\nc", "d"), NASTY, NASTY, is_ordered)
    one = Series("x", NASTY, np.array([[1.0, 2.0, 3.0]]))
    for html in (plot_html([one], axis, NASTY), list_html([one], [0, 1, 2], axis, NASTY)):
        assert "<img" not in html
        assert "&lt;img" in html
        # An attribute ends where it should.
        assert re.search(r"aria-label='[^']*'", html)
        assert len(html) < 6000
    assert place_name(axis, 1) == "b c"


def test_what_is_no_number_leaves_a_gap():
    html = plot_html([series([1, np.nan, 2, np.inf, 3])], WAVELENGTHS, "")
    assert "nan" not in html
    assert "inf" not in html
    assert paths(html)[0].count("M") == 3
    bars = plot_html([series([1, np.nan, 2])], Features(), "")
    assert paths(bars)[0].count("z") == 2
    row = list_html([series([np.nan, 1])], [0, 1], Features(), "")
    assert "<td>–</td>" in row


@pytest.mark.parametrize("values", [[0.0], [5.0], [np.nan], [0.0, 0.0], [1e-30, 0.0], [1e30, -1e30]])
@pytest.mark.parametrize("axis", [Features(), Features(is_ordered=True)])
def test_any_values_are_drawn(values, axis):
    html = plot_html([series(values)], axis, "")
    assert "nan" not in paths(html)[0]


def test_a_long_line_keeps_its_extremes_and_stays_small():
    values = np.zeros(20_000)
    values[12_345], values[6_789] = 1, np.nan
    (path,) = paths(plot_html([series(values)], axis_of(None, 20_000), ""))
    # The top of the plot.
    assert " 4L" in path
    assert len(path) < 20_000


def test_a_list_has_a_bar_and_a_tick_a_row_in_the_order_asked_for():
    x, mean = series([1, -4, 2]), series([2, -2, 2], kind="reconstruction", name="mean")
    html = list_html([x, mean], [1, 2], Features(("a", "b", "c"), "gene", "log counts"), "")
    assert re.findall(r"<bdi>(.)</bdi>", html) == ["b", "c"]
    assert "[log counts]" in html
    assert "<td>−4.00</td><td>−2.00</td>" in html
    assert html.count("<b class='lx-curve-x'") == 2
    assert html.count("<u class='lx-curve-reconstruction'") == 2
    # From −4 at the left to zero.
    assert "left:0%;width:66.67%" in html


def test_the_largest_are_by_size_and_leave_out_what_is_nothing():
    assert largest(np.array([0, 3, -5, np.nan, 1, np.inf]), 2) == [2, 1]
    assert largest(np.array([0.0, 0.0]), 2) == []


def test_many_features_in_no_order_are_listed():
    assert is_listed(Features(axis="gene"), 2000)
    assert not is_listed(Features(axis="gene"), 30)
    assert not is_listed(axis_of(None, 2000), 2000)
