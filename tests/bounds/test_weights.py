"""Running sums: exact under any chunking, and sane where weights are zero or not numbers."""

import numpy as np
import pytest
import torch

from explorer.bounds import weights
from explorer.bounds.estimates import estimate

N_KEPT = 40


def log_weights(n_draws=512, n_examples=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shift = torch.tensor([-2000.0, 0.0, 900.0], dtype=torch.float64)[:n_examples]
    return 2 * torch.randn(n_draws, n_examples, generator=generator, dtype=torch.float64) + shift


def assert_same(a, b):
    for name, value in vars(a).items():
        torch.testing.assert_close(getattr(b, name), value, rtol=1e-10, atol=1e-10, equal_nan=True)


@pytest.mark.parametrize("sizes", [(512,), (1, 511), (100, 200, 212), (64,) * 8])
def test_chunks_merge_to_the_sums_of_the_whole(sizes):
    log_w = log_weights()
    parts = [weights.of(part, N_KEPT) for part in log_w.split(list(sizes))]
    assert_same(weights.of(log_w, N_KEPT), weights.merge_all(parts, N_KEPT))


def test_order_of_merging_does_not_matter():
    a, b, c = (weights.of(part, N_KEPT) for part in log_weights().split([100, 300, 112]))
    left = weights.merge(weights.merge(a, b, N_KEPT), c, N_KEPT)
    right = weights.merge(a, weights.merge(c, b, N_KEPT), N_KEPT)
    assert_same(left, right)


def test_estimates_are_the_textbook_formulas():
    log_w = log_weights()
    found = estimate(weights.of(log_w, N_KEPT))
    k = len(log_w)
    v = torch.softmax(log_w, 0) * k
    torch.testing.assert_close(found.log_px_nats, torch.logsumexp(log_w, 0) - np.log(k))
    torch.testing.assert_close(found.elbo_nats, log_w.mean(0))
    # The error may only be wider than the delta method's: the tail has not all been drawn.
    assert (found.log_px_se >= v.std(0) / k**0.5 - 1e-12).all()
    torch.testing.assert_close(found.elbo_se, log_w.std(0) / k**0.5)
    influence = v - 1 - (log_w - log_w.mean(0))
    torch.testing.assert_close(found.gap_se, influence.std(0) / k**0.5)
    torch.testing.assert_close(found.ess, k**2 / (v**2).sum(0))


def test_a_zero_weight_counts_as_a_draw():
    log_w = torch.tensor([[0.0], [-torch.inf]], dtype=torch.float64)
    found = estimate(weights.of(log_w, 2))
    assert float(found.log_px_nats) == pytest.approx(np.log(0.5))
    assert float(found.elbo_nats) == -np.inf


def test_zero_weights_merge_with_others():
    zero = torch.full((3, 1), -torch.inf, dtype=torch.float64)
    some = torch.tensor([[-700.0], [-701.0]], dtype=torch.float64)
    merged = weights.merge(weights.of(zero, 5), weights.of(some, 5), 5)
    found = estimate(merged)
    expected = torch.logsumexp(some, 0) - np.log(5)
    torch.testing.assert_close(found.log_px_nats, expected)
    assert float(found.ess) == pytest.approx(float(torch.softmax(some, 0).square().sum() ** -1))


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_a_bad_weight_fails_its_own_example_only(bad):
    log_w = log_weights()
    log_w[7, 1] = bad
    found = estimate(weights.of(log_w, N_KEPT))
    assert torch.isnan(found.log_px_nats).tolist() == [False, True, False]
    assert torch.isnan(found.gap_nats).tolist() == [False, True, False]


def test_all_zero_weights_give_no_number():
    found = estimate(weights.of(torch.full((10, 1), -torch.inf), N_KEPT))
    assert torch.isnan(found.log_px_nats).all()


def test_one_draw_has_no_error():
    found = estimate(weights.of(log_weights(1), N_KEPT))
    assert torch.isnan(found.log_px_se).all()
    assert torch.isfinite(found.log_px_nats).all()


def test_only_errors_that_the_weights_can_vouch_for_are_left():
    """Three examples: light weights, one draw that carries the whole sum, and too few draws to say."""
    light = log_weights()[:, :1] / 20
    heavy = torch.cat([light[:-1] * 200, torch.full((1, 1), 3000.0, dtype=torch.float64)])
    for log_w, is_known in ((light, True), (heavy, False), (light[:16], False)):
        found = estimate(weights.of(log_w, weights.tail_length(len(log_w)) + 1))
        vouched = found.vouched()
        for name in ("log_px_se", "log_px_low_nats", "log_px_high_nats", "gap_se"):
            assert torch.isfinite(getattr(found, name)).all()
            assert bool(torch.isfinite(getattr(vouched, name))) == is_known
        for name in ("log_px_nats", "elbo_nats", "elbo_se", "ess", "pareto_k"):
            assert torch.equal(getattr(vouched, name).nan_to_num(), getattr(found, name).nan_to_num())
