"""The bucket lets a burst through, then the rate."""

import pytest

from explorer.live.pace import TokenBucket


def test_a_burst_passes_then_the_rate_holds() -> None:
    now = [0.0]
    bucket = TokenBucket(rate=10, burst=3, clock=lambda: now[0])
    assert [bucket.take() for _ in range(3)] == [0, 0, 0]
    assert bucket.take() == pytest.approx(0.1)
    now[0] += 0.1
    assert bucket.take() == 0
    assert bucket.take() > 0


def test_a_long_rest_fills_it_no_further_than_the_burst() -> None:
    now = [0.0]
    bucket = TokenBucket(rate=10, burst=3, clock=lambda: now[0])
    now[0] = 1000.0
    assert [bucket.take() == 0 for _ in range(4)] == [True, True, True, False]
