"""All scores at once: the batches joined, with a word after each."""

import numpy as np
import pytest

from explorer.bounds import Examples, LadderSettings, ScoreSettings, score, score_all
from explorer.bounds.scores import EXAMPLES_PER_BATCH
from tests.exact import LinearGaussian

MODEL = LinearGaussian.random(6, 3, orthogonal=True)
N = EXAMPLES_PER_BATCH + 8
EXAMPLES = Examples(MODEL.sample(N), np.arange(N))
SETTINGS = ScoreSettings(64, ladder=LadderSettings(target_se=0.5))


def test_all_scores_are_those_of_the_batches_in_order():
    batches = list(score(MODEL, EXAMPLES, SETTINGS))
    found = score_all(MODEL, EXAMPLES, SETTINGS)
    assert len(batches) == 2
    assert found.keys() == batches[0].keys()
    for name, values in found.items():
        assert len(values) == N
        np.testing.assert_array_equal(values[:EXAMPLES_PER_BATCH], batches[0][name])
        np.testing.assert_array_equal(values[EXAMPLES_PER_BATCH:], batches[1][name])


def test_each_batch_is_told_and_whoever_is_told_can_stop_it():
    told = []
    score_all(MODEL, EXAMPLES, SETTINGS, told.append)
    assert [(step.stage, step.n_done, step.n_total) for step in told] == [
        ("scores", EXAMPLES_PER_BATCH, N),
        ("scores", N, N),
    ]

    def stop(step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_all(MODEL, EXAMPLES, SETTINGS, stop)


def test_no_examples_have_no_scores():
    assert score_all(MODEL, Examples(EXAMPLES.x[:0], EXAMPLES.ids[:0]), SETTINGS) == {}
