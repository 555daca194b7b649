"""The one record of how far work is."""

import pytest

from explorer.steps import Step, counted, last


def test_the_last_step_has_the_result():
    assert last(iter([Step(0.2), Step(0.5, "half"), Step(1.0, "whole")])) == "whole"


def test_work_without_a_result_is_a_fault():
    with pytest.raises(AssertionError, match="ends with a result"):
        last([Step(0.5)])


@pytest.mark.parametrize("n_total", [1, 3, 40, 70_000, 2**40])
def test_what_was_counted_comes_back_exactly(n_total):
    for n_done in (0, 1, n_total // 3, n_total - 1, n_total):
        step = counted("scores", n_done, n_total)
        assert (step.n_done, step.n_total, step.stage, step.result) == (n_done, n_total, "scores", None)


def test_a_stage_with_nothing_to_count_is_done():
    assert counted("annealing", 0, 0).fraction == 1
