"""A page whose work writes a letter to a file ten times a second."""

import os
import time

from explorer.steps import Step
from explorer.ui.jobs import presence, session_jobs
from explorer.ui.jobs.job import Job
from explorer.ui.jobs.session_jobs import NO_EXAMPLE, JobKey

presence.GRACE_SECONDS = 1.0


def ticks(report):
    while True:
        with open(os.environ["TICKS"], "a") as file:
            file.write(".")
        report(Step(0.5, None))
        time.sleep(0.1)


session_jobs.once(JobKey("ticks", "", NO_EXAMPLE), lambda: Job(ticks))
