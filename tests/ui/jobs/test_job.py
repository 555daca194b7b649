"""Long work: it reports, it can be stopped, and what it reached is kept."""

import threading

from explorer.ui.jobs.job import Job, each


def test_the_newest_result_and_the_share_done_are_kept():
    job = Job(each(iter([1, 2, 4])), lambda n: n / 4)
    assert job.wait(5)
    assert (job.newest, job.progress, job.error, job.was_stopped) == (4, 1.0, None, False)


def test_a_stopped_job_keeps_what_it_reached():
    reached, go_on = threading.Event(), threading.Event()

    def endless(report):
        n = 0
        while True:
            n += 1
            report(n)
            reached.set()
            go_on.wait(5)

    job = Job(endless, lambda n: 0.5)
    assert reached.wait(5)
    job.stop()
    go_on.set()
    assert job.wait(5)
    assert job.newest >= 1
    assert job.was_stopped
    assert job.error is None


def test_a_fault_is_kept_for_the_page():
    def fails(report):
        report(1)
        raise ValueError("example 7 has no likelihood")

    job = Job(fails, float)
    assert job.wait(5)
    assert str(job.error) == "example 7 has no likelihood"
    assert job.newest == 1


def test_one_can_wait_for_a_result_that_is_enough():
    go_on = threading.Event()

    def counts():
        yield 1
        yield 2
        go_on.wait(5)
        yield 3

    job = Job(each(counts()), lambda n: n / 3)
    job.wait_for(lambda n: n >= 2, 5)
    assert job.newest == 2
    assert job.is_running
    job.wait_for(lambda n: n >= 3, 0.01)
    assert job.newest == 2
    go_on.set()
    job.wait_for(lambda n: n >= 99, 5)
    assert job.newest == 3
    assert job.wait(5)


def test_waiting_ends_with_work_that_fails():
    def fails():
        raise ValueError("no")
        yield

    job = Job(each(fails()), float)
    job.wait_for(lambda n: True, 5)
    assert job.wait(5)
    assert isinstance(job.error, ValueError)
