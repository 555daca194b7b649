"""Building: the same content however often it is killed, and nothing is overwritten or mixed."""

import dataclasses
import json

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from explorer.atlas import UNITS, Atlas, AtlasError, AtlasSettings
from explorer.atlas.build import builder as building
from explorer.atlas.build import order, versions
from explorer.atlas.build.builder import build
from explorer.bounds import Examples, ScoreSettings, posterior, score_all
from explorer.latent import Support
from explorer.latent.maps import pca
from tests import tiny

SETTINGS = AtlasSettings(n_samples=16, maps=("pca",))


class Killed(Exception):
    pass


@pytest.fixture
def small_shards(monkeypatch):
    """Three batches, and three shards, for forty examples."""
    monkeypatch.setattr(order, "EXAMPLES_PER_BATCH", 16)
    monkeypatch.setattr(versions, "ROWS_PER_SHARD", 16)


def digest(folder):
    atlas = Atlas.open(folder)
    atlas.verify()
    return atlas.digest


def test_the_shards_hold_what_the_engine_says(checkpoint, digits, atlas):
    x = digits.x(slice(None))
    examples = Examples(building.torch.from_numpy(x), digits.example_ids)
    scored = score_all(checkpoint.model, examples, ScoreSettings(16, 0))
    for name in ("elbo_nats", "log_px_nats", "gap_se", "ess", "pareto_k", "n_samples"):
        # Stored to eight places.
        np.testing.assert_allclose(atlas.columns([name])[name], scored[name], rtol=0, atol=1e-8)
    q = posterior(checkpoint.model, examples.x)
    np.testing.assert_array_equal(atlas.means, q.mean.numpy())
    np.testing.assert_array_equal(atlas.log_variances, q.log_variance.numpy())
    np.testing.assert_array_equal(atlas.columns(["example_id"])["example_id"], digits.example_ids)
    np.testing.assert_array_equal(atlas.columns(["label"])["label"], digits.labels)


def test_the_map_and_the_support_are_those_of_the_codes(atlas):
    found = atlas.columns(["pca_x", "pca_y", "code_radius"])
    places = pca(atlas.means).place(atlas.means)
    np.testing.assert_array_equal(np.stack([found["pca_x"], found["pca_y"]], 1), places)
    np.testing.assert_allclose(found["code_radius"], Support.fit(atlas.means).radius, rtol=1e-6)


def test_every_score_has_a_unit(atlas):
    plain = {"example_id", "label", "pca_x", "pca_y", "code_radius"}
    assert set(atlas.column_names) - plain == set(UNITS)
    assert json.loads((atlas.folder / "manifest.json").read_text())["units"] == dict(UNITS)


def test_other_programs_read_the_shards(atlas):
    frame = pq.read_table(atlas.shard_paths[0]).to_pandas()
    assert len(frame) == 40
    assert len(frame["mean"][0]) == tiny.LATENT_DIM


def test_the_rows_are_a_folder_that_other_programs_take_for_a_table(
    checkpoint, digits, tmp_path, small_shards
):
    build(checkpoint, digits, tmp_path / "atlas", SETTINGS)
    rows = tmp_path / "atlas" / "rows"
    assert len(list(rows.iterdir())) == 3
    frame = pd.read_parquet(rows)
    assert frame["example_id"].tolist() == digits.example_ids.tolist()
    assert duckdb.sql(f"SELECT count(*) FROM '{rows}/*.parquet'").fetchall() == [(40,)]


def test_an_older_atlas_with_its_shards_beside_the_manifest_opens(copied):
    folder = copied / "tiny" / "atlas"
    means = Atlas.open(folder).means
    for path in (folder / "rows").iterdir():
        path.rename(folder / path.name)
    (folder / "rows").rmdir()
    np.testing.assert_array_equal(Atlas.open(folder).means, means)


def test_the_same_settings_give_the_same_atlas_wherever_it_is(checkpoint, digits, atlas, tmp_path):
    build(checkpoint, digits, tmp_path / "elsewhere", SETTINGS)
    assert digest(tmp_path / "elsewhere") == atlas.digest


@pytest.mark.parametrize("change", [{"seed": 1}, {"n_samples": 17}])
def test_other_settings_give_another_atlas(checkpoint, digits, atlas, tmp_path, change):
    build(checkpoint, digits, tmp_path / "other", dataclasses.replace(SETTINGS, **change))
    assert digest(tmp_path / "other") != atlas.digest


@pytest.mark.slow
def test_a_killed_build_goes_on_and_ends_the_same(checkpoint, digits, tmp_path, small_shards, kept_scores):
    reports = []
    build(checkpoint, digits, tmp_path / "whole", SETTINGS, reports.append)
    assert {r.stage for r in reports} == {"codes", "pca", "elbo", "scores", "writing"}
    for stop in range(len(reports)):
        out = tmp_path / f"killed-{stop}"
        countdown = iter(range(len(reports)))

        def report(progress, countdown=countdown, stop=stop):
            if next(countdown) == stop:
                raise Killed

        with pytest.raises(Killed):
            build(checkpoint, digits, out, SETTINGS, report)
        # The last report comes when the folder has its name.
        assert out.exists() == (stop == len(reports) - 1)
        if not out.exists():
            build(checkpoint, digits, out, SETTINGS)
        assert digest(out) == digest(tmp_path / "whole")
        assert {p.name for p in out.iterdir()} == {p.name for p in (tmp_path / "whole").iterdir()}


def test_what_was_scored_before_a_kill_is_not_scored_again(checkpoint, digits, tmp_path, small_shards):
    def die_after_two_batches(progress):
        if progress.stage == "scores" and progress.n_done >= 32:
            raise Killed

    with pytest.raises(Killed):
        build(checkpoint, digits, tmp_path / "atlas", SETTINGS, die_after_two_batches)
    assert building.n_scored(tmp_path / "atlas") == 32
    kept = sorted((tmp_path / "atlas.partial").glob("*.parquet"))
    before = [p.read_bytes() for p in kept]
    reports = []

    def watch(progress):
        reports.append((progress.stage, progress.n_done))
        if progress.stage != "writing":
            assert [p.read_bytes() for p in kept] == before

    build(checkpoint, digits, tmp_path / "atlas", SETTINGS, watch)
    assert [r for r in reports if r[0] != "pca"] == [
        ("codes", 40),
        ("elbo", 40),
        ("scores", 32),
        ("scores", 40),
        ("writing", 0),
        ("writing", 40),
    ]


def test_a_kill_between_naming_and_tidying_leaves_a_whole_atlas(checkpoint, digits, tmp_path, monkeypatch):
    def die(self):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(tmp_path), "unlink", die)
        with pytest.raises(Killed):
            build(checkpoint, digits, tmp_path / "atlas", SETTINGS)
    build(checkpoint, digits, tmp_path / "whole", SETTINGS)
    assert digest(tmp_path / "atlas") == digest(tmp_path / "whole")


def test_a_folder_that_is_there_is_not_written_over(checkpoint, digits, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious.txt").write_text("mine")
    with pytest.raises(AtlasError, match=r"Move it away or choose another --out"):
        build(checkpoint, digits, tmp_path / "mine", SETTINGS)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "other",
    [
        lambda c, d: (c, d, dataclasses.replace(SETTINGS, seed=1)),
        lambda c, d: (c, d, dataclasses.replace(SETTINGS, maps=())),
        lambda c, d: (c, d.take(slice(39)), SETTINGS),
        lambda c, d: (dataclasses.replace(c, digest="0" * 64), d, SETTINGS),
    ],
)
def test_another_build_is_not_mixed_into_one_that_was_stopped(checkpoint, digits, tmp_path, other):
    def die(progress):
        raise Killed

    out = tmp_path / "atlas"
    with pytest.raises(Killed):
        build(checkpoint, digits, out, SETTINGS, die)
    another_checkpoint, another_data, settings = other(checkpoint, digits)
    with pytest.raises(
        AtlasError, match=r"same weights, data and settings.*delete this folder to start anew"
    ):
        build(another_checkpoint, another_data, out, settings)
    build(checkpoint, digits, out, SETTINGS)


@pytest.mark.parametrize("settings", [{"n_samples": 0}, {"maps": ("pca", "pca")}, {"maps": ("tsne",)}])
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValueError, match=r"at least 1, found 0|different ones of umap, pca"):
        AtlasSettings(**settings)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_an_atlas_with_umap_goes_on_after_the_codes(checkpoint, digits, tmp_path):
    settings = dataclasses.replace(SETTINGS, maps=("umap", "pca"))

    def die_in_umap(progress):
        if progress.stage == "umap":
            raise Killed

    with pytest.raises(Killed):
        build(checkpoint, digits, tmp_path / "atlas", settings, die_in_umap)
    build(checkpoint, digits, tmp_path / "atlas", settings)
    build(checkpoint, digits, tmp_path / "whole", settings)
    assert digest(tmp_path / "atlas") == digest(tmp_path / "whole")
    atlas = Atlas.open(tmp_path / "atlas")
    assert atlas.maps == ("umap", "pca")
    assert np.isfinite(list(atlas.columns(["umap_x", "umap_y"]).values())).all()
