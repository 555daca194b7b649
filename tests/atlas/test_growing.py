"""An atlas opens while it is built, serves what is waited for first, and ends as if nobody had looked."""

import dataclasses
import threading
import time

import numpy as np
import pytest

from explorer import datasets
from explorer.atlas import Atlas, AtlasError, AtlasSettings, query
from explorer.atlas.build import control, order, versions
from explorer.atlas.build.builder import build, n_scored
from explorer.atlas.build.control import BuildProgress, BuildStopped, Requests, partial_of
from explorer.atlas.build.parts import Parts
from explorer.bounds import Reliability
from explorer.datasets import DatasetError

SETTINGS = AtlasSettings(n_samples=16, maps=("pca",))


class Killed(Exception):
    pass


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Batches of eight, and a version after each."""
    monkeypatch.setattr(order, "EXAMPLES_PER_BATCH", 8)
    monkeypatch.setattr(versions.Versions, "is_due", lambda self, is_waited_for=False: True)


@pytest.fixture(scope="module")
def whole(checkpoint, digits, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "EXAMPLES_PER_BATCH", 8)
        out = tmp_path_factory.mktemp("whole") / "atlas"
        build(checkpoint, digits, out, SETTINGS)
    return Atlas.open(out)


def stopped_at(stage, n_done, checkpoint, digits, out, settings=SETTINGS):
    """The newest version of a build that was killed there."""

    def die(step):
        if step.stage == stage and step.n_done >= n_done:
            raise Killed

    with pytest.raises(Killed):
        build(checkpoint, digits, out, settings, die)
    folder = versions.newest(partial_of(out))
    return None if folder is None else Atlas.open(folder)


def test_it_opens_with_codes_and_a_map_before_any_number(checkpoint, digits, tmp_path, whole):
    atlas = stopped_at("elbo", 0, checkpoint, digits, tmp_path / "atlas")
    atlas.verify()
    assert (atlas.manifest.growth.n_elbo, atlas.manifest.growth.n_scored) == (0, 0)
    np.testing.assert_array_equal(atlas.means, whole.means)
    for name in ("pca_x", "pca_y", "code_radius", "example_id", "label"):
        np.testing.assert_array_equal(atlas.columns([name])[name], whole.columns([name])[name])
    assert np.isnan(atlas.columns(["elbo_nats"])["elbo_nats"]).all()
    assert set(atlas.columns(["trust"])["trust"]) == {""}
    assert atlas.column_names == whole.column_names


def test_numbers_come_batch_by_batch_and_the_others_are_missing(checkpoint, digits, tmp_path, whole):
    atlas = stopped_at("scores", 24, checkpoint, digits, tmp_path / "atlas")
    assert (atlas.manifest.growth.n_elbo, atlas.manifest.growth.n_scored) == (40, 16)
    for name in ("log_px_nats", "gap_nats", "pareto_k"):
        found, final = atlas.columns([name])[name], whole.columns([name])[name]
        np.testing.assert_array_equal(found[:16], final[:16])
        assert np.isnan(found[16:]).all()
    elbo = atlas.columns(["elbo_nats"])["elbo_nats"]
    np.testing.assert_array_equal(elbo, whole.columns(["elbo_nats"])["elbo_nats"])
    assert query.counts(atlas, "trust")[""] == 24
    assert query.means(atlas, ["log_px_nats"])["log_px_nats"].n == 16


def test_its_numbers_are_fixed_by_what_fixes_those_of_the_whole(checkpoint, digits, tmp_path, whole):
    atlas = stopped_at("scores", 24, checkpoint, digits, tmp_path / "atlas")
    assert atlas.manifest.identity == whole.manifest.identity
    assert atlas.digest != whole.digest
    other = dataclasses.replace(SETTINGS, seed=1)
    another = stopped_at("elbo", 0, checkpoint, digits, tmp_path / "other", other)
    assert another.manifest.identity != whole.manifest.identity


def test_what_is_waited_for_comes_first_and_the_atlas_ends_the_same(checkpoint, digits, tmp_path, whole):
    out, wanted = tmp_path / "atlas", (37, 3)
    seen = []

    def ask(step):
        if step.stage == "elbo" and step.n_done == 0:
            Requests(first=wanted).write(partial_of(out))
        if step.stage == "elbo" and step.n_done == 16:
            atlas = Atlas.open(versions.newest(partial_of(out)))
            seen.append(np.flatnonzero(np.isfinite(atlas.columns(["log_px_nats"])["log_px_nats"])).tolist())
            assert atlas.manifest.growth.n_scored == 2

    build(checkpoint, digits, out, SETTINGS, ask)
    assert seen == [[3, 37]]
    assert Atlas.open(out).digest == whole.digest


def test_what_came_early_is_kept_and_its_batch_comes_before_the_others(checkpoint, digits, tmp_path, whole):
    out = tmp_path / "atlas"

    def die(step):
        if step.stage == "elbo" and step.n_done == 0:
            Requests(first=(37,)).write(partial_of(out))
        if step.stage == "scores" and step.n_done == 8:
            raise Killed

    with pytest.raises(Killed):
        build(checkpoint, digits, out, SETTINGS, die)
    [(rows, _)] = Parts(partial_of(out), "scores").read()
    assert rows.tolist() == list(range(32, 40))
    [(early, _)] = Parts(partial_of(out), "early").read()
    assert early.tolist() == [37]
    build(checkpoint, digits, out, SETTINGS)
    assert Atlas.open(out).digest == whole.digest


def test_early_numbers_are_those_that_come_later_but_for_rounding(checkpoint, digits, tmp_path, whole):
    out = tmp_path / "atlas"
    early = []

    def ask(step):
        if step.stage == "elbo" and step.n_done == 0:
            Requests(first=(37,)).write(partial_of(out))
        if step.stage == "elbo" and step.n_done == 16:
            early.append(
                Atlas.open(versions.newest(partial_of(out))).columns(["log_px_nats"])["log_px_nats"][37]
            )

    build(checkpoint, digits, out, SETTINGS, ask)
    assert early[0] == pytest.approx(whole.columns(["log_px_nats"])["log_px_nats"][37], abs=1e-3)


def test_the_batch_that_most_wait_for_is_next_then_the_first_that_is_not_done():
    is_done = np.zeros(32, bool)
    assert order.next_batch(is_done, np.array([], np.int64)) == 0
    assert order.next_batch(is_done, np.array([3, 17, 18])) == 2
    is_done[16:24] = True
    assert order.next_batch(is_done, np.array([3, 17, 18])) == 0
    is_done[:] = True
    assert order.next_batch(is_done, np.array([3])) is None


def test_it_pauses_and_goes_on(checkpoint, digits, tmp_path, whole, monkeypatch):
    out = tmp_path / "atlas"
    monkeypatch.setattr(control, "_SECONDS_OF_A_PAUSE", 0.01)
    paused = []

    def go_on():
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not (
            (p := BuildProgress.read(partial_of(out))) and p.is_paused
        ):
            time.sleep(0.01)
        paused.append(p)
        # What is finished is kept before it waits.
        assert n_scored(out) == 16
        Requests().write(partial_of(out))

    def ask(step):
        if step.stage == "scores" and step.n_done == 16 and not paused:
            Requests(pause=True).write(partial_of(out))
            threading.Thread(target=go_on).start()

    build(checkpoint, digits, out, SETTINGS, ask)
    assert [(p.stage, p.n_done, p.is_paused) for p in paused] == [("scores", 16, True)]
    assert Atlas.open(out).digest == whole.digest


def test_it_stops_when_it_is_asked_to_and_goes_on_when_it_is_begun_again(checkpoint, digits, tmp_path, whole):
    out = tmp_path / "atlas"

    def ask(step):
        if step.stage == "scores" and step.n_done == 16:
            Requests(stop=True).write(partial_of(out))

    with pytest.raises(BuildStopped):
        build(checkpoint, digits, out, SETTINGS, ask)
    assert n_scored(out) == 16
    build(checkpoint, digits, out, SETTINGS)
    assert Atlas.open(out).digest == whole.digest


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"pause": true}', '{"first": [1e999], "pause": 0, "stop": 0}', "\0"]
)
def test_a_request_that_cannot_be_read_asks_for_nothing(tmp_path, text):
    (tmp_path / control.REQUESTS_FILE).write_text(text)
    assert Requests.read(tmp_path) == Requests()


def test_rows_that_are_not_there_are_not_waited_for(checkpoint, digits, tmp_path, whole):
    out = tmp_path / "atlas"

    def ask(step):
        if step.stage == "codes" and step.n_done == 0:
            Requests(first=(-1, 40, 10**12)).write(partial_of(out))

    build(checkpoint, digits, out, SETTINGS, ask)
    assert Atlas.open(out).digest == whole.digest


def test_a_few_versions_are_kept(checkpoint, digits, tmp_path):
    stopped_at("scores", 40, checkpoint, digits, tmp_path / "atlas")
    kept = sorted(p.name for p in (partial_of(tmp_path / "atlas") / "versions").iterdir())
    assert len(kept) == versions.N_KEPT
    assert kept[-1] == f"{int(kept[0]) + versions.N_KEPT - 1:05d}"


def test_a_map_that_cannot_be_made_is_left_out_and_said(checkpoint, digits, tmp_path):
    settings = dataclasses.replace(SETTINGS, maps=("umap", "pca"))
    build(checkpoint, digits.take(slice(9)), tmp_path / "atlas", settings)
    atlas = Atlas.open(tmp_path / "atlas")
    assert atlas.maps == ("pca",)
    assert "17 or more" in atlas.manifest.omitted["umap"]


def test_metadata_come_along_and_can_be_asked_for(checkpoint, digits, tmp_path):
    words = np.array([f"site <{i % 3}>" for i in range(40)], object)
    metadata = {"weight": np.linspace(0, 1, 40), "count": np.arange(40), "site": words}
    build(checkpoint, dataclasses.replace(digits, metadata=metadata), tmp_path / "atlas", SETTINGS)
    atlas = Atlas.open(tmp_path / "atlas")
    for name, values in metadata.items():
        np.testing.assert_array_equal(atlas.columns([name])[name], values)
    assert not atlas.is_number("site")
    assert atlas.is_number("weight")
    assert query.matching(atlas).tolist() == list(range(40))
    assert query.search(atlas, "site <1>", atlas.label_names).tolist() == list(range(1, 40, 3))
    assert atlas.example(4, ["site", "weight"]) == {"site": "site <1>", "weight": pytest.approx(4 / 39)}


def test_data_that_change_while_they_are_scored_end_the_build_and_what_was_scored_is_kept(
    checkpoint, digits, tmp_path
):
    """A file that stays where it is; those that are read whole cannot change."""
    path, out = tmp_path / "x.npy", tmp_path / "atlas"

    def stored():
        return dataclasses.replace(digits, values=datasets.load(path, "all").values)

    np.save(path, digits.values)
    before = stored()

    def change(step):
        if step.stage == "scores" and step.n_done == 16:
            np.save(path, 16 - digits.values)

    with pytest.raises(DatasetError, match=r"x\.npy"):
        build(checkpoint, before, out, SETTINGS, change)
    assert n_scored(out) == 16
    with pytest.raises(AtlasError, match="delete this folder to start anew"):
        build(checkpoint, stored(), out, SETTINGS)


def test_many_parts_become_one(tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.atlas.build.parts.MOST_FILES", 4)
    parts = Parts(tmp_path, "scores")
    for i in range(11):
        parts.add(
            np.array([i]), {"trust": np.array([str(Reliability.GOOD)]), "a": np.array([[i, -i]], np.float32)}
        )
        parts.flush()
    assert len(parts.paths()) < 5
    rows, columns = zip(*Parts(tmp_path, "scores").read(), strict=True)
    assert np.concatenate(rows).tolist() == list(range(11))
    assert np.concatenate([c["a"] for c in columns])[:, 1].tolist() == [-i for i in range(11)]
