"""Numbers and names as a person reads them."""

import math

import numpy as np
import pytest

from explorer.show.numbers import Units, latent_name, number, significant
from explorer.show.palette import label_colours, robust_limits
from explorer.ui.widgets.markdown import plain


@pytest.mark.parametrize(
    "value, text",
    [
        (-239.814, "−239.81"),
        (1234.5, "1,234.50"),
        (math.nan, "–"),
        (-math.inf, "−∞"),
        (math.inf, "∞"),
        (0, "0.00"),
    ],
)
def test_numbers_have_a_true_minus(value, text):
    assert number(value) == text


def test_nats_come_with_their_error():
    units = Units(784, in_bits=False)
    assert units.text(-4.591, 0.052) == "−4.59 ± 0.05"
    assert units.text(-4.591) == "−4.59"
    assert units.text(math.nan, math.nan) == "–"


@pytest.mark.parametrize("se", [math.nan, math.inf])
def test_an_error_that_is_not_known_is_said_to_be(se):
    assert Units(784, in_bits=False).text(-2407.59, se) == "−2,407.59, error not known"
    assert Units(784, in_bits=True).text(-2407.59, se).endswith(", error not known")


def test_bits_per_dim_divide_by_the_elements_and_log_two():
    units = Units(784, in_bits=True)
    assert units.convert(784 * math.log(2)) == pytest.approx(1)
    assert units.text(-784 * math.log(2)) == "−1.0000"


def test_latent_dimensions_have_subscripts():
    assert [latent_name(i) for i in (0, 12)] == ["z₀", "z₁₂"]


def test_limits_ignore_what_is_not_finite_and_never_coincide():
    assert robust_limits(np.array([1.0, 1.0, np.nan, np.inf])) == (0.5, 1.5)
    assert robust_limits(np.array([np.nan])) == (0.0, 1.0)
    low, high = robust_limits(np.concatenate([np.arange(101.0), [1e9]]))
    assert (low, high) == pytest.approx((2, 99), abs=1.1)


def test_every_label_has_a_colour_however_many_there_are():
    colours = label_colours(23)
    assert len(colours) == 23
    assert len(set(colours[:10])) == 10


def test_plain_text_is_not_markdown():
    shown = plain("[a](x) **b** :material/x: <i>")
    assert shown == "\\[a\\]\\(x\\) \\*\\*b\\*\\* \\:material/x\\: \\<i\\>"


@pytest.mark.parametrize(
    "address", ["http://example.com/x", "www.example.com", "WWW.example.com", "me@example.com"]
)
def test_an_address_in_plain_text_is_broken_by_a_sign_without_width(address):
    shown = plain(f"see {address}").replace("\\", "")
    assert address not in shown
    assert shown.replace("\N{WORD JOINER}", "") == f"see {address}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.2345, "1.23"),
        (-0.012345, "−0.0123"),
        (123456.7, "123,457"),
        (-1.5e-7, "−1.50e−7"),
        (2.5e12, "2.50e12"),
        (math.nan, "–"),
        (-math.inf, "−∞"),
    ],
)
def test_values_of_data_have_three_digits(value, text):
    assert significant(value) == text
