"""Long work: it reports, it can be stopped, and what it reached is kept."""

import os
import sys
import threading

import pytest

from explorer.steps import Step
from explorer.ui.jobs.job import NICENESS, Job, each


def test_the_newest_result_and_the_share_done_are_kept():
    job = Job(each(Step(n / 4, n) for n in (1, 2, 4)))
    assert job.wait(5)
    assert (job.newest, job.progress, job.error, job.was_stopped) == (4, 1.0, None, False)


def test_a_stopped_job_keeps_what_it_reached():
    reached, go_on = threading.Event(), threading.Event()

    def endless(report):
        n = 0
        while True:
            n += 1
            report(Step(0.5, n))
            reached.set()
            go_on.wait(5)

    job = Job(endless)
    assert reached.wait(5)
    job.stop()
    go_on.set()
    assert job.wait(5)
    assert job.newest >= 1
    assert job.was_stopped
    assert job.error is None


def test_work_that_nobody_wants_any_more_stops_at_its_next_step():
    go_on, wanted = threading.Event(), [True, True, False]

    def counts():
        for n in range(5):
            go_on.wait(5)
            yield Step(n / 5, n)

    job = Job(each(counts()))
    job.stop_when(lambda: not wanted.pop(0))
    go_on.set()
    assert job.wait(5)
    assert (job.newest, job.was_stopped, job.error) == (2, True, None)


def test_a_fault_is_kept_for_the_page():
    def fails(report):
        report(Step(0.5, 1))
        raise ValueError("example 7 has no likelihood")

    job = Job(fails)
    assert job.wait(5)
    assert str(job.error) == "example 7 has no likelihood"
    assert job.newest == 1


def test_one_can_wait_for_a_result_that_is_enough():
    go_on = threading.Event()

    def counts():
        yield Step(0.3, 1)
        yield Step(0.6, 2)
        go_on.wait(5)
        yield Step(1.0, 3)

    job = Job(each(counts()))
    job.wait_for(lambda step: step.result >= 2, 5)
    assert job.newest == 2
    assert job.is_running
    job.wait_for(lambda step: step.fraction == 1, 0.01)
    assert job.newest == 2
    go_on.set()
    job.wait_for(lambda step: step.result >= 99, 5)
    assert job.newest == 3
    assert job.wait(5)


def test_waiting_ends_with_work_that_fails():
    def fails():
        raise ValueError("no")
        yield

    job = Job(each(fails()))
    job.wait_for(lambda step: True, 5)
    assert job.wait(5)
    assert isinstance(job.error, ValueError)


@pytest.mark.skipif(sys.platform != "linux", reason="counted by thread on Linux only")
def test_a_job_gives_way_to_what_answers_a_person():
    found = []
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    job = Job(lambda report: found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
    assert job.wait(10)
    assert found == [max(before, NICENESS)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_what_somebody_waits_for_gives_way_to_nothing():
    found = []
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    job = Job(
        lambda report: found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id())),
        gives_way=False,
    )
    assert job.wait(10)
    assert found == [before]
