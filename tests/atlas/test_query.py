"""The table: filtered and sorted as numpy would, with NaN last and stable ties."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer.atlas import Atlas, AtlasError, query

COLUMNS = ["example_id", "label", "gap_nats"]
FAILED = [3, 17]


@pytest.fixture(scope="module")
def gapped(stored, tmp_path_factory):
    """The atlas with two failed examples, and gaps of which some are equal."""
    source = Atlas.open(stored / "tiny" / "atlas")
    folder = tmp_path_factory.mktemp("query [odd] name*") / "atlas"
    folder.mkdir()
    table = pq.read_table(source.shard_paths[0])
    gap = np.round(table["gap_nats"].to_numpy())
    gap[FAILED] = np.nan
    place = table.column_names.index("gap_nats")
    path = folder / source.shard_paths[0].name
    pq.write_table(table.set_column(place, "gap_nats", pa.array(gap, from_pandas=False)), path)
    manifest = json.loads((source.folder / "manifest.json").read_text())
    manifest["shards"][0]["n_bytes"] = path.stat().st_size
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return Atlas.open(folder)


def rows(table):
    return list(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))


def ids(table):
    return table["example_id"].to_pylist()


def test_all_rows_come_in_the_order_of_ids(gapped):
    table = query.table(gapped, COLUMNS)
    assert table.column_names == COLUMNS
    np.testing.assert_array_equal(ids(table), np.sort(gapped.columns(["example_id"])["example_id"]))


@pytest.mark.parametrize("descending", [False, True])
def test_a_sort_is_numpys_with_nan_last_and_ties_by_id(gapped, descending):
    found = ids(query.table(gapped, COLUMNS, order_by="gap_nats", descending=descending))
    stored = gapped.columns(COLUMNS)
    gap, example_id = stored["gap_nats"], stored["example_id"]
    assert len(np.unique(gap)) < len(gap) - 2
    key = -gap if descending else gap
    np.testing.assert_array_equal(found, example_id[np.lexsort((example_id, key))])
    assert set(found[-2:]) == set(example_id[FAILED].tolist())


@pytest.mark.parametrize("labels", [(3,), (0, 7)])
def test_a_filter_keeps_its_labels(gapped, labels):
    table = query.table(gapped, COLUMNS, labels=labels)
    stored = gapped.columns(COLUMNS)
    assert set(ids(table)) == set(stored["example_id"][np.isin(stored["label"], labels)].tolist())
    assert set(table["label"].to_pylist()) == set(labels)


def test_a_label_that_no_example_has_gives_no_rows(gapped):
    assert query.table(gapped, COLUMNS, labels=(99,)).num_rows == 0


def test_pages_join_to_the_whole(gapped):
    ask = {"order_by": "gap_nats", "descending": True}
    pages = [query.table(gapped, COLUMNS, limit=15, offset=o, **ask) for o in (0, 15, 30, 45)]
    assert [p.num_rows for p in pages] == [15, 15, 10, 0]
    assert [i for page in pages for i in ids(page)] == ids(query.table(gapped, COLUMNS, **ask))


@pytest.mark.parametrize("name", ["label", "n_samples", "pca_x", "proposal"])
def test_every_kind_of_column_sorts(gapped, name):
    values = query.table(gapped, [name], order_by=name)[name].to_pylist()
    assert values == sorted(values)


@pytest.mark.parametrize("name", ["nonsense", "mean", 'label" --', "label; DROP TABLE rows"])
def test_a_name_that_is_no_column_is_refused(gapped, name):
    with pytest.raises(AtlasError, match="Name one of these"):
        query.table(gapped, [name])
    with pytest.raises(AtlasError, match="Name one of these"):
        query.table(gapped, COLUMNS, order_by=name)


def test_a_damaged_shard_is_told(copied):
    atlas = Atlas.open(copied / "tiny" / "atlas")
    path = atlas.shard_paths[0]
    content = path.read_bytes()
    # The footer, where columns are named, stays whole.
    path.write_bytes(bytes(8) + b"\xff" * (len(content) - 8008) + content[-8000:])
    with pytest.raises(AtlasError, match="build it again"):
        query.table(atlas, COLUMNS)
