"""The process that builds: it ends with the atlas, can be asked to pause and to stop, and says what went wrong."""

import os
import time

import pytest

from explorer import builder
from explorer.atlas import Atlas, AtlasError, AtlasSettings
from explorer.atlas.build.control import partial_of
from tests import tiny

SECONDS = 60
# Some tens of examples a second of the tiny model: a build that can be caught at work.
SLOW = AtlasSettings(n_samples=16, target_se=0.005, maps=("pca",))


@pytest.fixture
def model(tmp_path):
    return tiny.save(tmp_path / "model")


@pytest.fixture
def out(model):
    """Where its atlas is to be; whatever builds it has ended by the end of the test."""
    yield model / "atlas"
    builder.ask(model / "atlas", stop=True)
    wait_for(lambda: not builder.is_running(model / "atlas"))


def wait_for(is_so):
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_at(out, stage):
    progress = builder.progress(out)
    return progress is not None and progress.stage == stage


@pytest.mark.slow
def test_it_pauses_stops_and_goes_on_to_the_end(model, out):
    builder.start(out, model, "digits", settings=SLOW, limit=64)
    assert builder.is_running(out)
    if hasattr(os, "getpriority"):
        pid = builder._begun[out].pid
        assert os.getpriority(os.PRIO_PROCESS, pid) == builder.NICENESS
    # A second one is not begun.
    builder.start(out, model, "digits", settings=SLOW, limit=64)
    assert builder._begun[out].pid == pid

    wait_for(lambda: is_at(out, "scores"))
    builder.ask(out, pause=True)
    wait_for(lambda: builder.progress(out).is_paused)
    n_done = builder.progress(out).n_done
    time.sleep(0.6)
    assert builder.progress(out).n_done == n_done

    builder.ask(out, stop=True)
    wait_for(lambda: not builder.is_running(out))
    assert builder.fault(out) == ""
    assert "are scored and kept" in builder.log(out)

    builder.go_on(out, model)
    wait_for(out.is_dir)
    wait_for(lambda: not builder.is_running(out))
    atlas = Atlas.open(out)
    assert (atlas.n_examples, atlas.manifest.growth, atlas.manifest.settings) == (64, None, SLOW)


@pytest.mark.slow
def test_what_went_wrong_is_its_last_line(model, out):
    builder.start(out, model, "fashion-mnist")
    wait_for(lambda: not builder.is_running(out))
    assert "shape of an example: expected (1, 8, 8), found (1, 28, 28)" in builder.fault(out)
    assert not out.exists()


def test_a_build_that_was_never_begun_does_not_go_on(model, tmp_path):
    with pytest.raises(AtlasError, match="Begin it anew"):
        builder.go_on(tmp_path / "atlas", model)
    assert not builder.is_running(tmp_path / "atlas")
    assert (builder.progress(tmp_path / "atlas"), builder.log(tmp_path / "atlas")) == (None, "")


def test_asking_twice_writes_once(model):
    out = model / "atlas"
    partial_of(out).mkdir()
    builder.ask(out, first=(1, 2))
    before = (partial_of(out) / "requests.json").stat().st_mtime_ns
    builder.ask(out, first=(1, 2))
    assert (partial_of(out) / "requests.json").stat().st_mtime_ns == before
