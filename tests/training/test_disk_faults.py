"""A training run whose disk fails at any step: no checkpoint or a whole one, and it goes on as if it had not."""

import itertools

import pytest
import torch

from explorer.files import lock
from explorer.models import checkpoints
from explorer.models.checkpoints import CheckpointError
from explorer.training.loop import Split, train
from explorer.training.recipes import TrainingConfig
from explorer.training.resume import STATE_FOLDER
from tests import tiny
from tests.files.faulty_disk import MODES, each_failure

CONFIG = TrainingConfig(n_epochs=2, batch_size=8)


def run(folder):
    x = torch.from_numpy(tiny.digits().x(slice(None)))
    for _ in train(tiny.model().config, CONFIG, Split(x[:16], x[16:24]), folder / "out"):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_after_every_failure_there_is_no_checkpoint_or_a_whole_one(tmp_path, mode):
    run(tmp_path / "reference")
    reference = checkpoints.load(tmp_path / "reference" / "out")
    count = itertools.count()
    for folder, failure in each_failure(run, lambda: tmp_path / str(next(count)), (mode,)):
        out = folder / "out"
        if (out / checkpoints.CONFIG_FILE).exists():
            found = checkpoints.load(out)
            assert found.config["training"]["best_epoch"] in (1, 2), failure
        run(folder)
        for name, weights in reference.model.state_dict().items():
            assert torch.equal(checkpoints.load(out).model.state_dict()[name], weights), failure


def test_one_trains_and_the_other_is_told_who(tmp_path):
    (tmp_path / "out").mkdir()
    with (
        lock.held(tmp_path / "out" / STATE_FOLDER),
        pytest.raises(CheckpointError, match="nobody at work in it"),
    ):
        run(tmp_path)
