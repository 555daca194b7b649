"""Every reading recovers the numbers from the form in which a network returned them."""

import math

import pytest
import torch

from explorer.models.reading import LAYOUTS, ORDERS, OUTPUTS, SPREADS, Reading

N, D = 4, 3
generator = torch.Generator().manual_seed(0)
MEAN, LOG_SIGMA = (torch.randn(N, D, generator=generator) for _ in range(2))
# As a network would return log sigma.
RETURNED = {
    "log_variance": lambda s: 2 * s,
    "log_sigma": lambda s: s,
    "sigma": torch.exp,
    "variance": lambda s: torch.exp(2 * s),
    "softplus_sigma": lambda s: torch.log(torch.expm1(torch.exp(s))),
    "log_precision": lambda s: -2 * s,
}


def returned(order, spread):
    """One output, as a network of this order and spread has it."""
    s = RETURNED[spread](LOG_SIGMA)
    first, second = (s, MEAN) if order.endswith("spread_first") else (MEAN, s)
    if order.startswith("interleaved"):
        return torch.stack([first, second], -1).flatten(1)
    return torch.cat([first, second], 1)


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("order", ORDERS)
def test_a_head_is_read_whatever_its_order_and_spread(order, spread):
    mean, log_sigma = Reading(order=order, spread=spread).head([returned(order, spread)])
    torch.testing.assert_close(mean, MEAN)
    torch.testing.assert_close(log_sigma, LOG_SIGMA, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("order", ["mean_first", "spread_first"])
def test_two_outputs_are_a_head_too(order):
    both = [MEAN, 2 * LOG_SIGMA] if order == "mean_first" else [2 * LOG_SIGMA, MEAN]
    mean, log_sigma = Reading(order=order).head(both)
    torch.testing.assert_close((mean, log_sigma), (MEAN, LOG_SIGMA))


def test_a_code_that_is_an_image_has_its_halves_among_the_channels():
    mean, log_sigma = Reading().head([torch.arange(N * 4.0).reshape(N, 4, 1, 1)])
    assert mean.shape == log_sigma.shape == (N, 2, 1, 1)
    assert mean[0].flatten().tolist() == [0, 1]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_parameters_come_in_blocks_whatever_the_layout(layout, n_outputs):
    event = (2, 3, 5)
    location, log_scale = torch.randn(N, *event), torch.randn(N, *event)
    blocks = [location, log_scale] if n_outputs == 2 else [torch.cat([location, log_scale], 1)]
    if layout == "channels_last":
        blocks = [block.movedim(1, -1).contiguous() for block in blocks]
    reading = Reading(layout=layout, output_spread="log_variance")
    raw = reading.as_parameters([block.flatten(1) for block in blocks], event, 2, 1)
    torch.testing.assert_close(raw, torch.cat([location, 0.5 * log_scale], 1))


def test_channels_last_is_how_the_encoder_gets_it():
    x = torch.randn(N, 3, 4, 5)
    assert torch.equal(Reading(layout="channels_last").as_input(x, (4, 5, 3)), x.movedim(1, -1))
    assert torch.equal(Reading().as_input(x, (60,)), x.flatten(1))


def test_probabilities_are_read_as_logits():
    logits = torch.linspace(-8, 8, 12).reshape(N, 3)
    raw = Reading(output="probabilities").as_parameters([torch.sigmoid(logits)], (3,), 1, 0)
    torch.testing.assert_close(raw, logits, rtol=1e-3, atol=1e-3)


def test_what_a_reading_may_say_is_listed_where_it_says_another():
    for name, known in {"order": ORDERS, "spread": SPREADS, "output": OUTPUTS, "layout": LAYOUTS}.items():
        with pytest.raises(ValueError, match=f"{name}.*{known[0]}"):
            Reading(**{name: "another"})
    with pytest.raises(ValueError, match="ordre"):
        Reading.from_config({"ordre": "mean_first"})


def test_a_reading_is_the_same_after_json():
    reading = Reading("interleaved", "sigma", "probabilities", "variance", "channels_last")
    assert Reading.from_config(reading.to_config()) == reading
    assert math.prod(map(len, (ORDERS, SPREADS, OUTPUTS, SPREADS, LAYOUTS))) == 576


@pytest.mark.parametrize("sizes", [(3,), (1, 1, 1), (2, 1), (1, 2)])
@pytest.mark.parametrize("event", [(6,), (2, 3, 4)])
def test_three_parameters_may_come_in_any_number_of_outputs(sizes, event):
    """Blocks of a zero-inflated count's parameters, together or apart."""
    channels, *size = event
    whole = torch.randn(5, 3 * channels, *size, generator=torch.Generator().manual_seed(0))
    outputs = whole.split([n * channels for n in sizes], 1)
    for given in (outputs, [output.flatten(1) for output in outputs]):
        assert torch.equal(Reading().as_parameters(given, event, 3, 0), whole)


def test_channels_behind_are_brought_before_block_by_block():
    whole = torch.randn(5, 6, 3, 4, generator=torch.Generator().manual_seed(0))
    given = [whole[:, :4].movedim(1, -1), whole[:, 4:].movedim(1, -1)]
    found = Reading(layout="channels_last").as_parameters(given, (2, 3, 4), 3, 0)
    assert torch.equal(found, whole)


def test_only_a_scale_is_read_as_one():
    whole = torch.randn(5, 12, generator=torch.Generator().manual_seed(0))
    found = Reading(output_spread="log_variance").as_parameters([whole], (6,), 2, 1)
    torch.testing.assert_close(found, torch.cat([whole[:, :6], whole[:, 6:] / 2], 1))
    assert torch.equal(Reading(output_spread="log_variance").as_parameters([whole], (6,), 2, 0), whole)
