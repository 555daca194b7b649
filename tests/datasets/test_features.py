"""What the places of a vector are."""

import pytest

from explorer.datasets import Features


@pytest.mark.parametrize(
    "names, is_ordered",
    [
        (("400", "402.5", "1e3"), True),
        (("400", "402.5", "402.5"), False),
        (("3", "2", "1"), False),
        (("age", "height"), False),
        (("1", "2"), False),
        (("1", "2", "nan"), False),
        (("1", "2", "inf"), False),
        ((), False),
    ],
)
def test_rising_numbers_are_places_of_an_axis(names, is_ordered):
    assert Features.named(names).is_ordered == is_ordered
