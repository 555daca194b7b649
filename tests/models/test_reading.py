"""Readings: which numbers of a network are which parameter."""

from __future__ import annotations

import pytest
import torch

from explorer.models.reading import Reading


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
