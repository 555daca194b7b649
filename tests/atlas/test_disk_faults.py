"""A build whose disk fails at any step: no atlas or a whole one, and the same command ends as if it had not."""

import itertools

import pytest

from explorer.atlas import Atlas, AtlasError, AtlasSettings
from explorer.atlas.build import versions
from explorer.atlas.build.builder import build
from tests.files.faulty_disk import MODES, each_failure

SETTINGS = AtlasSettings(n_samples=16, maps=("pca",))


@pytest.fixture
def two_shards(monkeypatch):
    monkeypatch.setattr(versions, "ROWS_PER_SHARD", 20)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_after_every_failure_there_is_no_atlas_or_a_whole_one(
    checkpoint, digits, tmp_path, two_shards, kept_scores, mode
):
    build(checkpoint, digits, tmp_path / "reference", SETTINGS)
    reference = contents(tmp_path / "reference")
    count = itertools.count()

    def act(folder):
        build(checkpoint, digits, folder / "atlas", SETTINGS)

    failures = []
    for folder, failure in each_failure(act, lambda: tmp_path / str(next(count)), (mode,)):
        failures.append(failure)
        atlas = folder / "atlas"
        if atlas.exists():
            Atlas.open(atlas).verify()
            with pytest.raises(AtlasError, match="Move it away"):
                act(folder)
        else:
            act(folder)
        found = contents(atlas)
        # Killed between naming and tidying, it has some files too many.
        assert reference.items() <= found.items(), failure
        if failure.name != "remove" and failure.mode != "killed after":
            assert reference == found or failure.name in ("rename", "sync_folder"), failure
    assert {"create", "write", "sync", "rename", "sync_folder", "make_folder"} <= {f.name for f in failures}


def test_one_builds_and_the_other_is_told_who(checkpoint, digits, tmp_path):
    said = []

    def meanwhile(step):
        if not said:
            with pytest.raises(AtlasError, match=r"nobody at work in it, found process \d+ on") as caught:
                build(checkpoint, digits, tmp_path / "atlas", SETTINGS)
            said.append(caught.value)

    build(checkpoint, digits, tmp_path / "atlas", SETTINGS, meanwhile)
    assert said[0].path == tmp_path / "atlas.partial"
    assert "Wait until it has ended" in str(said[0])
    assert {path.name for path in contents(tmp_path / "atlas")} == {"manifest.json", "examples-00000.parquet"}


@pytest.mark.parametrize("change", [{"max_samples": 64}, {"target_se": 0.0}, {"n_samples": 0}])
def test_settings_that_are_refused_claim_nothing(change):
    """They are refused before there is a build."""
    with pytest.raises(ValueError, match="found"):
        AtlasSettings(**change)
