"""Fixtures that several rooms share: made once, never changed by a test; and which process runs which file when."""

import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

from explorer.atlas import Atlas, AtlasSettings
from explorer.atlas.build import order, versions
from explorer.atlas.build.builder import build
from explorer.models import checkpoints
from explorer.steps import Step
from tests import tiny

SETTINGS = AtlasSettings(n_samples=16, maps=("pca",))
# UMAP is compiled when it is used, for a dozen seconds in each process that does.
TOGETHER = {"tests/latent/maps/test_contract.py": "umap", "tests/atlas/test_build.py": "umap"}


class Schedule(LoadFileScheduling):
    """A process takes a file at a time, or several that share what takes long to make."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TOGETHER.get(file, file)


def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False  # the order is the one below
    return Schedule(config, log)


def pytest_collection_modifyitems(items):
    """Files with slow tests come first, then those with many: a long one that began last would leave a core idle."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (-slow[item.path], -tests[item.path]))


@pytest.fixture(scope="session", autouse=True)
def no_wait_for_the_disk() -> Iterator[None]:
    """Nobody takes the power away from a test; that a disk is asked to keep things is seen in `tests/files`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def jobs_end_before_the_process() -> Iterator[None]:
    """torch aborts a process that ends while a thread is in the midst of its work."""
    yield
    for thread in threading.enumerate():
        if thread.name == "job":
            thread.join(60)


@pytest.fixture(scope="session")
def digits():
    """Forty test digits."""
    return tiny.digits()


@pytest.fixture(scope="session")
def stored(tmp_path_factory, digits) -> Path:
    """A folder of checkpoints that holds one, `tiny`, with its atlas; copy it to change it."""
    root = tmp_path_factory.mktemp("checkpoints")
    checkpoint = checkpoints.load(tiny.save(root / "tiny"))
    build(checkpoint, digits, root / "tiny" / "atlas", SETTINGS)
    return root


@pytest.fixture(scope="session")
def checkpoint(stored) -> checkpoints.Checkpoint:
    """The loaded checkpoint."""
    return checkpoints.load(stored / "tiny")


@pytest.fixture(scope="session")
def atlas(stored) -> Atlas:
    """The opened atlas."""
    return Atlas.open(stored / "tiny" / "atlas")


@pytest.fixture
def copied(stored, tmp_path) -> Path:
    """A copy of the folder of checkpoints, for a test to damage."""
    return shutil.copytree(stored, tmp_path / "copied")


class _KilledError(Exception):
    """Ends a build in its midst."""


@pytest.fixture(scope="session")
def growing(tmp_path_factory, digits) -> Path:
    """The tiny model with an atlas that was stopped when the first 16 of its 40 examples had their trusted numbers."""
    root = tmp_path_factory.mktemp("growing")
    checkpoint = checkpoints.load(tiny.save(root / "tiny"))

    def stop(step: Step[None]) -> None:
        if step.stage == "scores" and step.n_done >= 24:
            raise _KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "EXAMPLES_PER_BATCH", 8)
        patch.setattr(versions.Versions, "is_due", lambda self, is_waited_for=False: True)
        with pytest.raises(_KilledError):
            build(checkpoint, digits, root / "tiny" / "atlas", SETTINGS, stop)
    return root
