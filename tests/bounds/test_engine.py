"""The engine: the same figures for any batch, order and shard, and memory that does not grow with K."""

import numpy as np
import pytest
import torch

from explorer.bounds import Examples, ScoreSettings, curve, proposals, score_all, score_elbo
from explorer.bounds.curve import doublings
from explorer.bounds.engine import stream
from explorer.bounds.estimates import estimate
from explorer.bounds.noise import Source, Stream
from tests import tiny
from tests.exact import LinearGaussian

MODEL = LinearGaussian.random(8, 3)
N = 36
X = MODEL.sample(N)
IDS = np.arange(1000, 1000 + N)
SETTINGS = ScoreSettings(n_samples=200, seed=3)
SOURCE = Source(0, Stream.ENCODER)


def table(examples):
    return score_all(MODEL, examples, SETTINGS)


@pytest.fixture(scope="module")
def whole():
    """Two batches, the second one not full."""
    return table(Examples(X, IDS))


def assert_same(a, b):
    for key in a:
        if a[key].dtype.kind == "f":
            np.testing.assert_allclose(a[key], b[key], rtol=0, atol=1e-9, err_msg=key)


def test_figures_do_not_depend_on_order(whole):
    order = np.random.default_rng(0).permutation(N)
    shuffled = table(Examples(X[order], IDS[order]))
    assert_same({k: v[order] for k, v in whole.items()}, shuffled)


@pytest.mark.slow
@pytest.mark.parametrize("n_shards", [2, 7, N])
def test_figures_do_not_depend_on_sharding(whole, n_shards):
    parts = np.array_split(np.arange(N), n_shards)
    shards = [table(Examples(X[p], IDS[p])) for p in parts]
    joined = {k: np.concatenate([s[k] for s in shards]) for k in shards[0]}
    assert_same(whole, joined)


def test_figures_do_not_depend_on_chunks():
    examples = Examples(X, IDS)
    q = proposals.encoder(MODEL, X)
    *_, whole = stream(MODEL, examples, q, 300, SOURCE)
    *_, pieces = stream(MODEL, examples, q, 300, SOURCE, stops=[1, 2, 77, 130, 299])
    for name, value in vars(estimate(whole.weights)).items():
        torch.testing.assert_close(getattr(estimate(pieces.weights), name), value, rtol=1e-9, atol=1e-9)


def test_the_seed_and_the_id_change_the_draws(whole):
    ids = Examples(X[:8], IDS[:8] + 1)
    assert np.abs(whole["elbo_nats"][:8] - table(ids)["elbo_nats"]).min() > 0
    other = score_elbo(MODEL, Examples(X, IDS), SETTINGS.n_samples, SETTINGS.seed + 1)
    assert np.abs(whole["elbo_nats"] - other["elbo_nats"]).min() > 0


def test_the_curve_ends_where_the_score_does():
    examples = Examples(X[:1], IDS[:1])
    *_, last = curve(MODEL, examples, "encoder", SETTINGS.n_samples, SETTINGS.seed)
    np.testing.assert_allclose(last.log_px_nats[-1], table(examples)["encoder_log_px_nats"][0], atol=1e-9)
    assert last.n_samples.tolist() == [*doublings(SETTINGS.n_samples), SETTINGS.n_samples]


def test_a_curve_begins_with_a_longer_one():
    examples = Examples(X[:1], IDS[:1])
    *_, short = curve(MODEL, examples, "encoder", 64)
    *_, long = curve(MODEL, examples, "encoder", 256)
    np.testing.assert_allclose(short.log_px_nats, long.log_px_nats[:7], atol=1e-9)


@pytest.mark.parametrize("k", [0, -1])
def test_no_samples_is_refused(k):
    with pytest.raises(ValueError, match="at least 1"):
        ScoreSettings(n_samples=k)
    with pytest.raises(ValueError, match="at least 1"):
        next(stream(MODEL, Examples(X, IDS), proposals.encoder(MODEL, X), k, SOURCE))


def test_the_kept_state_does_not_grow_with_the_draws():
    examples = Examples(X[:1], IDS[:1])
    q = proposals.encoder(MODEL, X[:1])
    sizes = []
    # Beyond 117,000 draws the tail that is kept no longer grows with them.
    for k in (120_000, 240_000):
        *_, last = stream(MODEL, examples, q, k, SOURCE)
        sizes.append(sum(v.numel() for v in vars(last.weights).values()))
    assert sizes[0] == sizes[1]


def test_a_model_that_is_still_being_trained_is_scored_too():
    """Its parameters ask for gradients; a score has none."""
    frozen, trained = tiny.model(), tiny.model().requires_grad_(True)
    data = tiny.digits(3)
    examples = Examples(torch.from_numpy(data.x(slice(None))), data.example_ids)
    one, other = (score_all(m, examples, ScoreSettings(64)) for m in (frozen, trained))
    np.testing.assert_allclose(one["gap_nats"], other["gap_nats"], atol=1e-5)
