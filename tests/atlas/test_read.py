"""Opening: rows keep their order over shards, and damage is told by file, with what to do."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer.atlas import Atlas, AtlasError, query
from explorer.atlas.build import versions as building
from explorer.atlas.build.builder import build
from explorer.bounds import Reliability, reliability
from tests import tiny
from tests.conftest import SETTINGS

SHIPPED = Path(__file__).parents[2] / "checkpoints"
SHARD = "rows/examples-00000.parquet"


@pytest.fixture
def folder(copied):
    return copied / "tiny" / "atlas"


def edit(folder, change):
    """Applies `change` to the manifest in place."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def refused(folder, use=lambda atlas: None):
    with pytest.raises(AtlasError) as caught:
        use(Atlas.open(folder))
    error = caught.value
    for part in (str(error.path), error.key, error.expected, error.found):
        assert part in str(error)
    return error


ERRORS = ("encoder_log_px_se", "log_px_se", "gap_se", "log_px_low_nats", "log_px_high_nats")


def test_an_error_that_its_weights_cannot_vouch_for_is_not_known_whoever_reads_it():
    """Of an atlas that holds what the draws came to: by columns, by example and by query, as its own words decide."""
    shipped = Atlas.open(SHIPPED / "fashion-mnist-16d" / "atlas")
    found = shipped.columns([*ERRORS, "encoder_pareto_k", "encoder_n_samples", "trust"])
    raw = pq.read_table(shipped.shard_paths[0]).to_pydict()
    assert np.nanmax(raw["encoder_log_px_se"]) > 1e14
    assert np.nanmax(found["encoder_log_px_se"]) < 1
    weights = zip(found["encoder_pareto_k"].tolist(), found["encoder_n_samples"].tolist(), strict=True)
    by_weights = np.array([reliability(*each) != Reliability.UNRELIABLE for each in weights])
    by_trust = found["trust"] != Reliability.UNRELIABLE
    asked = query.page(shipped, ERRORS, order_by=query.ROW)
    for name in ERRORS:
        is_known = by_weights if name == "encoder_log_px_se" else by_trust
        assert 0 < is_known.sum() < shipped.n_examples
        np.testing.assert_array_equal(found[name], np.where(is_known, raw[name], np.nan))
        np.testing.assert_array_equal(asked[name].to_numpy(), found[name])
    for row in (0, 5073, int(np.flatnonzero(~by_trust)[0])):
        example = shipped.example(row, ERRORS)
        np.testing.assert_array_equal([example[n] for n in ERRORS], [found[n][row] for n in ERRORS])


def test_the_manifest_says_what_is_there(atlas, checkpoint):
    assert atlas.n_examples == 40
    assert atlas.latent_dim == tiny.LATENT_DIM
    assert atlas.maps == ("pca",)
    assert atlas.label_names == tuple("0123456789")
    assert atlas.manifest.model_name == "tiny"
    assert atlas.manifest.model_digest == checkpoint.digest
    assert len(atlas.digest) == 64


def test_rows_keep_their_order_over_shards(checkpoint, digits, atlas, tmp_path, monkeypatch):
    monkeypatch.setattr(building, "ROWS_PER_SHARD", 16)
    build(checkpoint, digits, tmp_path / "sharded", SETTINGS)
    sharded = Atlas.open(tmp_path / "sharded")
    assert len(sharded.shard_paths) == 3
    names = atlas.column_names
    for name, column in atlas.columns(names).items():
        np.testing.assert_array_equal(sharded.columns(names)[name], column)
    np.testing.assert_array_equal(sharded.means, atlas.means)
    np.testing.assert_array_equal(sharded.log_variances, atlas.log_variances)


def test_columns_come_in_the_order_asked_for(atlas):
    found = atlas.columns(["pca_y", "label", "pca_y"])
    assert list(found) == ["pca_y", "label"]
    assert found["label"].dtype == np.int32
    assert found["pca_y"].dtype == np.float32


def test_an_unknown_column_names_the_known_ones(atlas):
    with pytest.raises(AtlasError, match=r"elbo_nats.*found nonsense\. Name one of these"):
        atlas.columns(["label", "nonsense"])
    with pytest.raises(AtlasError, match="found mean"):
        atlas.columns(["mean"])


def test_an_example_is_found_by_its_id(atlas, digits):
    ids = digits.example_ids.tolist()
    assert [atlas.row(i) for i in ids] == list(range(40))
    assert atlas.has(ids[7])
    missing = max(ids) + 1
    assert not atlas.has(missing)
    with pytest.raises(KeyError):
        atlas.row(missing)


def test_an_example_is_found_by_its_id_in_any_order(folder):
    table = pq.read_table(folder / SHARD)
    ids = np.random.default_rng(0).permutation(40) * 3 + 5
    replace_shard(folder, table.set_column(0, "example_id", [ids]))
    atlas = Atlas.open(folder)
    assert [atlas.row(i) for i in ids.tolist()] == list(range(40))
    assert not any(atlas.has(i) for i in (-1, 4, 6, 1000, 1 << 40))


def test_one_example_is_read_alone(checkpoint, digits, atlas, tmp_path, monkeypatch):
    monkeypatch.setattr(building, "ROWS_PER_SHARD", 16)
    build(checkpoint, digits, tmp_path / "sharded", SETTINGS)
    names = ["elbo_nats", "trust", "label", "example_id"]
    whole = atlas.columns(names)
    for opened in (atlas, Atlas.open(tmp_path / "sharded")):
        for row in (0, 15, 16, 39):
            assert opened.example(row, names) == {name: whole[name][row] for name in names}
    with pytest.raises(AtlasError, match="found nonsense"):
        atlas.example(0, ["nonsense"])


def test_one_example_is_found_in_its_row_group(folder, atlas):
    replace_shard(folder, pq.read_table(folder / SHARD), row_group_size=7)
    small = Atlas.open(folder)
    for row in (0, 6, 7, 39):
        assert small.example(row, ["pca_x"])["pca_x"] == atlas.columns(["pca_x"])["pca_x"][row]
    np.testing.assert_array_equal(small.means, atlas.means)


def test_a_text_column_keeps_each_word_once(atlas):
    trust = atlas.columns(["trust"])["trust"]
    assert len({id(word) for word in trust}) == len(set(trust))


def test_a_shard_with_fewer_rows_than_it_should_have_is_told(folder):
    replace_shard(folder, pq.read_table(folder / SHARD).slice(1))
    assert "39 rows" in refused(folder, lambda atlas: atlas.means).found


def test_a_whole_atlas_matches_its_checksums(atlas):
    atlas.verify()


# damage


def test_no_atlas_is_told_how_to_build_one(tmp_path):
    error = refused(tmp_path)
    assert error.found == "nothing"
    assert "python -m explorer atlas" in str(error)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format_version": 1}', "[" * 100_000])
def test_a_damaged_manifest_is_told(folder, text):
    (folder / "manifest.json").write_text(text)
    error = refused(folder)
    assert error.path == folder / "manifest.json"
    assert "Build it again" in str(error)


def test_a_manifest_in_another_encoding_is_told(folder):
    (folder / "manifest.json").write_bytes(b"\xff\xfe\x00")
    assert refused(folder).key == "content"


@pytest.mark.parametrize("version", [0, 1, 3, "2"])
def test_another_format_is_refused(folder, version):
    edit(folder, lambda m: m.update(format_version=version))
    error = refused(folder)
    assert (error.key, error.expected, error.found) == ("format_version", "2", repr(version))


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.pop("data"),
        lambda m: m.update(surprise=1),
        lambda m: m.update(data="digits"),
        lambda m: m.update(settings=[]),
        lambda m: m.update(shards=[]),
        lambda m: m.update(shards=7),
        lambda m: m.update(n_examples=41),
        lambda m: m.update(latent_dim=4),
        lambda m: m.update(pca={}),
        lambda m: m["pca"]["basis"][0].__setitem__(0, "0.5"),
        lambda m: m["pca"]["basis"][0].__setitem__(0, 10**400),
        lambda m: m["pca"]["basis"].__setitem__(0, [3.0, 4.0]),
        lambda m: m["pca"]["origin"].__setitem__(0, 1e300),
        lambda m: m["data"]["label_names"].__setitem__(0, "\ud800"),
        lambda m: m.update(pca=None),
        lambda m: m["settings"].update(maps=["pca", "tsne"]),
        lambda m: m["settings"].update(n_samples=0),
        lambda m: m["data"].update(shape=8),
    ],
)
def test_a_manifest_that_does_not_fit_itself_is_told(folder, change):
    edit(folder, change)
    assert refused(folder).path == folder / "manifest.json"


@pytest.mark.parametrize(
    "name", ["../examples-00000.parquet", "/etc/passwd", "a/b.parquet", "./x.parquet", "a\0b", "\ud800", 7]
)
def test_a_shard_name_is_never_a_path_and_one_that_a_file_can_have(folder, name):
    edit(folder, lambda m: m["shards"][0].update(file=name))
    assert refused(folder).path == folder / "manifest.json"


@pytest.mark.parametrize("name", ["..", ".", ""])
def test_a_shard_is_a_file(folder, name):
    edit(folder, lambda m: m["shards"][0].update(file=name, n_bytes=0))
    refused(folder, lambda atlas: atlas.means)


def test_a_missing_shard_is_named(folder):
    (folder / SHARD).unlink()
    error = refused(folder)
    assert error.path == folder / SHARD
    assert error.found == "0 bytes"
    assert f"Delete {folder} and build it again" in str(error)


def test_a_truncated_shard_is_named(folder):
    path = folder / SHARD
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-1])
    error = refused(folder)
    assert (error.path, error.key) == (path, "size")
    assert (error.expected, error.found) == (f"{size} bytes", f"{size - 1} bytes")


def test_a_shard_with_other_bytes_fails_its_checksum(folder):
    path = folder / SHARD
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert refused(folder, lambda atlas: atlas.verify()).key == "sha256"


@pytest.mark.parametrize("use", [lambda a: a.columns(["label"]), lambda a: a.means, lambda a: a.column_names])
def test_a_shard_that_is_no_parquet_is_told(folder, use):
    path = folder / SHARD
    path.write_bytes(bytes(path.stat().st_size))
    error = refused(folder, use)
    assert error.path == path
    assert "build it again" in str(error)


def test_a_shard_without_a_column_is_told(folder):
    table = pq.read_table(folder / SHARD).drop_columns(["log_variance"])
    replace_shard(folder, table)
    assert refused(folder, lambda atlas: atlas.log_variances).path == folder / SHARD


def test_vectors_of_another_length_are_told(folder):
    def lie(manifest):
        manifest["latent_dim"] = 2
        manifest["pca"] = {"origin": [0, 0], "basis": [[1, 0], [0, 1]]}

    edit(folder, lie)
    assert refused(folder, lambda atlas: atlas.means).key == "mean"


def replace_shard(folder, table, **how):
    """Writes another shard, and its size and checksum into the manifest: a folder that was made on purpose."""
    path = folder / SHARD
    pq.write_table(table, path, **how)
    replace_content(folder, path.read_bytes())


def replace_content(folder, content):
    (folder / SHARD).write_bytes(content)
    facts = {"n_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    edit(folder, lambda m: m["shards"][0].update(facts))


# what was made on purpose


def column(table, name, values, kind):
    place = table.schema.get_field_index(name)
    return table.set_column(place, pa.field(name, kind), pa.array(values, kind))


N = 40
CRAFTED = {
    "text in the label": ("label", lambda t: column(t, "label", ["x"] * N, pa.string())),
    "text in a score": ("elbo_nats", lambda t: column(t, "elbo_nats", ["x"] * N, pa.string())),
    "numbers in a verdict": ("trust", lambda t: column(t, "trust", [1] * N, pa.int64())),
    "nested scores": ("kl_nats", lambda t: column(t, "kl_nats", [[1.0]] * N, pa.list_(pa.float64()))),
    "doubles in a map": ("pca_x", lambda t: column(t, "pca_x", [0.0] * N, pa.float64())),
    "another column": ("a b", lambda t: t.append_column("a b", pa.array([0] * N))),
    "a moment": ("when", lambda t: t.append_column("when", pa.array([0] * N, pa.duration("s")))),
    "no radius": ("code_radius", lambda t: t.drop_columns(["code_radius"])),
}


@pytest.mark.parametrize("case", CRAFTED)
def test_a_shard_of_another_schema_is_refused_when_it_is_opened(folder, case):
    name, change = CRAFTED[case]
    replace_shard(folder, change(pq.read_table(folder / SHARD)))
    error = refused(folder)
    assert error.path == folder / SHARD
    assert name in str(error)


CONTENT = {
    "the same id twice": ("example_id", [0] * N, pa.int64()),
    "no id": ("example_id", [None] * N, pa.int64()),
    "a label without a name": ("label", [10] * N, pa.int32()),
    "a label below unknown": ("label", [-2] * N, pa.int32()),
    "a code that is no number": ("mean", [[np.nan, 0.0, 0.0]] * N, pa.list_(pa.float32(), 3)),
    "a missing code": ("mean", [None] * N, pa.list_(pa.float32(), 3)),
    "a place that is no number": ("pca_x", [np.inf] * N, pa.float32()),
    "a missing score": ("elbo_nats", [None] * N, pa.float64()),
    "a missing verdict": ("trust", [None] * N, pa.string()),
}


@pytest.mark.parametrize("case", CONTENT)
def test_content_that_no_atlas_has_is_refused_when_it_is_read(folder, case):
    name, values, kind = CONTENT[case]
    replace_shard(folder, column(pq.read_table(folder / SHARD), name, values, kind))
    reads = {"mean": lambda atlas: atlas.means}
    assert "atlas" in str(refused(folder, reads.get(name, lambda atlas: atlas.columns([name]))))


def test_a_column_whose_name_is_no_utf_8_is_refused(folder):
    content = (folder / SHARD).read_bytes()
    replace_content(folder, content.replace(b"kl_nats", b"kl_n\xff\xfes"))
    assert refused(folder).path == folder / SHARD


def test_a_row_group_short_of_what_the_file_says_is_refused(folder):
    """The number of rows stands in the footer twice: for the file, and for its only group."""
    content = (folder / SHARD).read_bytes()
    head, footer = content[: -_footer(content)], content[-_footer(content) :]
    at = footer.index(b"\x16\x50")  # 40 as a signed variable-length integer, field 3 of the file's metadata
    replace_content(folder, head + footer[:at] + b"\x16\x52" + footer[at + 2 :])
    assert refused(folder).key in ("rows", "content")


def _footer(content):
    return int.from_bytes(content[-8:-4], "little") + 8


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["data"].update(label_names=[["0"], "1"]),
        lambda m: m["data"].update(label_names=[0, 1]),
        lambda m: m["data"].update(label_names=["x"] * 20_000),
        lambda m: m["data"].update(name=None),
        lambda m: m["data"].update(shape=[8, -1]),
        lambda m: m["shards"][0].update(n_bytes="many"),
        lambda m: m.update(model_name={}),
    ],
)
def test_a_manifest_with_other_things_in_the_place_of_names_and_counts_is_refused(folder, change):
    edit(folder, change)
    assert refused(folder).path == folder / "manifest.json"


# what changes while it is open


def flipped(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    return bytes(content)


def test_any_flipped_bit_is_noticed_when_it_is_opened(folder):
    path, places = folder / SHARD, np.random.default_rng(0)
    original = path.read_bytes()
    for at in places.integers(0, len(original), 50).tolist():
        path.write_bytes(flipped(path, at))
        assert refused(folder).path == path
        path.write_bytes(original)


def test_a_flipped_bit_in_the_data_of_a_large_shard_is_noticed_where_it_is_read(folder, monkeypatch):
    """Such a shard is not read whole to open it: its pages have checksums of their own."""
    monkeypatch.setattr("explorer.atlas.shard_file.SMALL_BYTES", 0)
    path = folder / SHARD
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(0)
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    path.write_bytes(flipped(path, start + chunk.total_compressed_size - 1))
    assert refused(folder, lambda atlas: atlas.columns(["example_id"])).path == path
    assert refused(folder, lambda atlas: query.count(atlas, labels=[1])).key == "sha256"


USES = {
    "columns": lambda atlas: atlas.columns(["kl_nats"]),
    "codes": lambda atlas: atlas.means,
    "one example": lambda atlas: atlas.example(0, ["kl_nats"]),
    "a question": lambda atlas: query.count(atlas, labels=[1]),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("is_new", [True, False], ids=["renamed over it", "written into it"])
def test_a_shard_that_is_replaced_while_it_is_open_is_not_served(folder, use, is_new):
    atlas = Atlas.open(folder)
    path = folder / SHARD
    target = folder / "new" if is_new else path
    target.write_bytes(flipped(path, 1000))
    target.replace(path)
    with pytest.raises(AtlasError, match="sha256"):
        USES[use](atlas)


def test_a_shard_that_grows_or_shrinks_while_it_is_open_is_told(folder):
    atlas = Atlas.open(folder)
    (folder / SHARD).write_bytes(b"short")
    with pytest.raises(AtlasError, match="sha256"):
        atlas.columns(["kl_nats"])


def test_a_shard_that_was_only_touched_is_the_same(folder):
    atlas = Atlas.open(folder)
    content = (folder / SHARD).read_bytes()
    (folder / "copy").write_bytes(content)
    (folder / "copy").replace(folder / SHARD)
    assert len(atlas.columns(["kl_nats"])["kl_nats"]) == N
