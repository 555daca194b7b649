"""From handles to codes and back, on the shipped two-dimensional model."""

from pathlib import Path

import numpy as np
import pytest

from explorer.ui.state import handle_codes, opening
from explorer.workspace import Workspace

SHIPPED = Path(__file__).parents[3] / "checkpoints"


@pytest.fixture(scope="module")
def entry():
    return Workspace(SHIPPED).open("digits-2d")


@pytest.fixture(scope="module")
def view(entry):
    return opening.default_view(entry)


def test_the_first_view_selects_an_example_at_home(entry, view):
    np.testing.assert_array_equal(
        handle_codes.handle_codes(entry, view)[0], entry.atlas.means[entry.atlas.row(view.selected)]
    )
