"""The loop: the bound rises, a kill changes nothing, and what cannot be trained says why."""

import dataclasses

import pytest
import torch
from torch.distributions import kl_divergence

from explorer.models import checkpoints
from explorer.models.checkpoints import CheckpointError
from explorer.models.latent_model import DataSpec
from explorer.training import loop
from explorer.training.loop import EpochRecord, Split, StepRecord, learning_rate, split_held_out, train
from explorer.training.recipes import TrainingConfig
from explorer.training.resume import RUN_FILE, STATE_FILE, STATE_FOLDER
from tests import tiny

SETTINGS = TrainingConfig(n_epochs=4, batch_size=16, n_warmup_epochs=1, patience=10)
BINARY = tiny.config({"kind": "bernoulli"}, DataSpec((1, 8, 8), "grey image", 2, binarise=True))


@pytest.fixture(scope="module")
def split(digits):
    return split_held_out(torch.from_numpy(digits.x(slice(None))), 1 / 4, seed=0)


def epochs(records):
    return [r for r in records if isinstance(r, EpochRecord)]


def run(split, out, settings=SETTINGS, config=None, **options):
    return epochs(train(config or tiny.config(), settings, split, out, **options))


def weights(out):
    return checkpoints.load_tensors(out / checkpoints.WEIGHTS_FILE)


def state(out):
    tensors = checkpoints.load_tensors(out / STATE_FOLDER / STATE_FILE)
    tensors["progress"] = tensors["progress"][:3]  # the fourth is time
    return tensors


def assert_identical(a, b):
    assert a.keys() == b.keys()
    for key, tensor in a.items():
        assert torch.equal(tensor, b[key]), key


@pytest.mark.parametrize("config", [tiny.config(), BINARY])
def test_the_bound_rises(split, tmp_path, config):
    settings = dataclasses.replace(SETTINGS, n_epochs=20, learning_rate=1e-2)
    records = run(split, tmp_path, settings, config)
    assert records[-1].elbo_nats > records[0].elbo_nats + 2
    assert max(r.held_out_elbo_nats for r in records) > records[0].held_out_elbo_nats + 2
    assert records[-1].held_out_kl_nats > 0


def test_records_count_every_step_and_epoch(split, tmp_path):
    records = list(train(tiny.config(), SETTINGS, split, tmp_path))
    steps = [r for r in records if isinstance(r, StepRecord)]
    assert [(s.epoch, s.step, s.n_steps) for s in steps] == [(e, s, 2) for e in range(4) for s in (1, 2)]
    assert [r.epoch for r in epochs(records)] == [0, 1, 2, 3]
    for epoch in epochs(records):
        own = [s.elbo_nats for s in steps if s.epoch == epoch.epoch]
        # Batches of 16 and 14 of the 30 training examples.
        assert epoch.elbo_nats == pytest.approx((16 * own[0] + 14 * own[1]) / 30, rel=1e-6)
    assert [r.learning_rate for r in epochs(records)] == [learning_rate(e, SETTINGS) for e in (1, 2, 3, 4)]


def test_the_best_weights_are_kept_with_their_provenance(split, tmp_path):
    records = run(split, tmp_path, description={"data": "digits"})
    best = max(records, key=lambda r: r.held_out_elbo_nats)
    assert [r.is_best for r in records].count(True) >= 1
    checkpoint = checkpoints.load(tmp_path)
    origin = checkpoint.config["training"]
    assert origin["data"] == "digits"
    assert origin["best_epoch"] == best.epoch + 1
    assert origin["held_out_elbo_nats"] == pytest.approx(best.held_out_elbo_nats)
    assert loop.held_out_elbo(checkpoint.model, split.held_out, 0)[0] == best.held_out_elbo_nats


def test_the_held_out_elbo_is_that_of_the_model(checkpoint, split):
    found, kl = loop.held_out_elbo(checkpoint.model, split.held_out, seed=0)
    with torch.no_grad():
        q = checkpoint.model.posterior(split.held_out)
        z = q.sample((2000,))
        draws = checkpoint.model.likelihood(z).log_prob(split.held_out)
        expected_kl = kl_divergence(q, checkpoint.model.prior())
    assert kl == pytest.approx(float(expected_kl.mean()), rel=1e-5)
    # One draw an example: the spread over draws is the error of the mean.
    error = float(draws.mean(1).std())
    assert found == pytest.approx(float((draws.mean(0) - expected_kl).mean()), abs=4 * error)


@pytest.mark.parametrize("config", [tiny.config(), BINARY])
@pytest.mark.parametrize("n_before", [1, 3])
def test_a_run_that_was_killed_ends_as_if_it_had_not_been(split, tmp_path, n_before, config):
    whole = run(split, tmp_path / "whole", config=config)
    killed, n_epochs = train(config, SETTINGS, split, tmp_path / "cut"), 0
    for record in killed:
        n_epochs += isinstance(record, EpochRecord)
        # A step into the next epoch, so that half an epoch's work is lost.
        if n_epochs == n_before and isinstance(record, StepRecord):
            break
    killed.close()
    torch.manual_seed(1234)
    rest = run(split, tmp_path / "cut", config=config)
    assert [r.epoch for r in rest] == list(range(n_before, 4))
    assert [r.elbo_nats for r in rest] == [r.elbo_nats for r in whole[n_before:]]
    assert_identical(weights(tmp_path / "cut"), weights(tmp_path / "whole"))
    assert_identical(state(tmp_path / "cut"), state(tmp_path / "whole"))


def test_a_finished_run_has_nothing_left_to_do(split, tmp_path):
    run(split, tmp_path)
    assert run(split, tmp_path) == []


def test_seeds_fix_the_weights(split, tmp_path):
    for name, seed in [("a", 0), ("b", 0), ("c", 1)]:
        run(split, tmp_path / name, seed=seed)
    assert_identical(weights(tmp_path / "a"), weights(tmp_path / "b"))
    assert not torch.equal(
        weights(tmp_path / "a")["decoder.0.bias"], weights(tmp_path / "c")["decoder.0.bias"]
    )


def test_training_stops_when_nothing_gets_better(split, tmp_path):
    # Without steps of any size nothing changes after the first epoch.
    settings = TrainingConfig(n_epochs=50, learning_rate=0.0, n_warmup_epochs=2, patience=3)
    assert len(run(split, tmp_path, settings)) == 6


def test_the_rate_falls_along_a_cosine():
    config = TrainingConfig(n_epochs=10, learning_rate=2.0)
    assert learning_rate(0, config) == 2.0
    assert learning_rate(5, config) == pytest.approx(2.0 * 0.505)
    assert learning_rate(10, config) == pytest.approx(0.02)
    assert learning_rate(99, config) == learning_rate(10, config)


def test_the_split_loses_nothing_and_depends_on_the_seed():
    x = torch.arange(24.0)[:, None]
    parts = split_held_out(x, 1 / 12, seed=0)
    assert len(parts.held_out) == 2
    assert sorted(torch.cat([parts.train, parts.held_out]).ravel().tolist()) == list(range(24))
    assert torch.equal(parts.train, split_held_out(x, 1 / 12, seed=0).train)
    assert not torch.equal(parts.train, split_held_out(x, 1 / 12, seed=1).train)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_split_of_two_has_one_of_each(share):
    parts = split_held_out(torch.zeros(2, 1), share, seed=0)
    assert len(parts.train) == len(parts.held_out) == 1


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_examples_to_hold_one_out_are_refused(n):
    with pytest.raises(ValueError, match=f"at least 2 examples.*found {n}"):
        split_held_out(torch.zeros(n, 1), 0.5, seed=0)


def test_a_run_that_diverges_says_so_and_keeps_what_it_had(split, tmp_path):
    wild = dataclasses.replace(SETTINGS, learning_rate=1e30, max_gradient_norm=1e30)
    with pytest.raises(FloatingPointError, match=r"diverged in epoch \d.*lower learning rate"):
        run(split, tmp_path, wild)
    run(split, tmp_path / "tame")
    kept = weights(tmp_path / "tame")
    with pytest.raises(CheckpointError, match="settings"):
        run(split, tmp_path / "tame", wild)
    assert_identical(weights(tmp_path / "tame"), kept)


@pytest.mark.parametrize(
    "key, change",
    [
        ("seed", {"seed": 1}),
        ("settings", {"settings": dataclasses.replace(SETTINGS, n_epochs=9)}),
        ("model", {"config": tiny.config(decoder={"kind": "linear"})}),
        ("data_digest", {"description": {"data_digest": "other"}}),
    ],
)
def test_another_run_is_not_mixed_into_one_that_was_stopped(split, tmp_path, key, change):
    next(train(tiny.config(), SETTINGS, split, tmp_path))
    with pytest.raises(CheckpointError, match=f"{RUN_FILE}: {key}: .*delete .*{STATE_FOLDER} to start anew"):
        run(split, tmp_path, **change)


def test_a_finished_checkpoint_is_not_trained_over(split, tmp_path):
    folder = tiny.save(tmp_path / "done")
    digest = checkpoints.load(folder).digest
    with pytest.raises(CheckpointError, match="choose another --out"):
        run(split, folder)
    assert checkpoints.load(folder).digest == digest


def test_a_damaged_state_is_named(split, tmp_path):
    next(train(tiny.config(), SETTINGS, split, tmp_path))
    (tmp_path / STATE_FOLDER / STATE_FILE).write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=f"{STATE_FILE}: content"):
        run(split, tmp_path)


@pytest.mark.parametrize("value", [-0.1, 1.1, torch.nan])
@pytest.mark.parametrize("config", [tiny.config(), BINARY])
def test_values_that_the_likelihood_has_no_density_for_are_refused(split, tmp_path, value, config):
    held_out = split.held_out.clone()
    held_out[0, 0, 0, 0] = value
    with pytest.raises(ValueError, match=r"needs finite values in \[0, 1\]"):
        run(Split(split.train, held_out), tmp_path, config=config)
    assert not (tmp_path / STATE_FOLDER).exists()
