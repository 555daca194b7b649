"""Questions to the table: answered as numpy would, with NaN last, over several shards, and nothing in them is SQL."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer.atlas import Atlas, AtlasError, query
from explorer.atlas.format import describe

COLUMNS = ["example_id", "label", "gap_nats"]
FAILED = [3, 17]
INFINITE = 5
SHARDS = ((0, 15), (15, 16), (16, 40))
NAMES = (
    "100% <b>sure</b>",
    'it\'s "quoted"',
    "'; DROP TABLE rows; --",
    "under_score",
    "\N{GRINNING FACE} smile",
    "Straße",
    "שלום",
    "E\N{COMBINING ACUTE ACCENT}te",
    "x" * 10_000,
    "back\\slash",
)


def written(folder, source, table, bounds, label_names=None):
    """An atlas of a table, in several shards."""
    folder.mkdir()
    paths = [folder / f"examples-{i:05d}.parquet" for i in range(len(bounds))]
    for path, (start, stop) in zip(paths, bounds, strict=True):
        pq.write_table(table.slice(start, stop - start), path)
    manifest = json.loads((source.folder / "manifest.json").read_text())
    manifest["shards"] = [vars(s) for s in describe(paths, [stop - start for start, stop in bounds])]
    manifest["n_examples"] = table.num_rows
    if label_names is not None:
        manifest["data"]["label_names"] = list(label_names)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return Atlas.open(folder)


def with_column(table, name, values):
    return table.set_column(table.column_names.index(name), name, pa.array(values, from_pandas=False))


@pytest.fixture(scope="module")
def gapped(stored, tmp_path_factory):
    """The atlas in three shards, with two failed examples and an infinite one, and gaps of which some are equal."""
    source = Atlas.open(stored / "tiny" / "atlas")
    table = pq.read_table(source.shard_paths[0])
    gap = np.round(table["gap_nats"].to_numpy())
    gap[FAILED] = np.nan
    gap[INFINITE] = -np.inf
    folder = tmp_path_factory.mktemp("query [odd] name*") / "atlas"
    return written(folder, source, with_column(table, "gap_nats", gap), SHARDS, NAMES)


@pytest.fixture(scope="module")
def gap(gapped):
    return gapped.columns(["gap_nats"])["gap_nats"]


def ids(table):
    return table["example_id"].to_pylist()


def test_all_rows_come_in_the_order_of_ids(gapped):
    table = query.page(gapped, COLUMNS)
    assert table.column_names == COLUMNS
    np.testing.assert_array_equal(ids(table), np.sort(gapped.columns(["example_id"])["example_id"]))


@pytest.mark.parametrize("descending", [False, True])
def test_a_sort_is_numpys_with_nan_last_and_ties_by_id(gapped, descending):
    found = ids(query.page(gapped, COLUMNS, order_by="gap_nats", descending=descending))
    stored = gapped.columns(COLUMNS)
    gap, example_id = stored["gap_nats"], stored["example_id"]
    assert len(np.unique(gap)) < len(gap) - 2
    key = -gap if descending else gap
    np.testing.assert_array_equal(found, example_id[np.lexsort((example_id, key))])
    assert set(found[-2:]) == set(example_id[FAILED].tolist())


def test_a_row_is_the_place_in_all_shards_together(gapped):
    table = query.page(gapped, [query.ROW, "example_id"], order_by="gap_nats")
    rows = table[query.ROW].to_numpy()
    assert set(rows.tolist()) == set(range(40))
    np.testing.assert_array_equal(gapped.columns(["example_id"])["example_id"][rows], ids(table))
    assert query.page(gapped, [query.ROW], order_by=query.ROW)[query.ROW].to_pylist() == list(range(40))


@pytest.mark.parametrize("rows", [[], [39], [0, 14, 15, 16, 39], [16, 3, 3, 0], range(40)])
def test_a_set_of_rows_is_kept_whatever_its_order(gapped, rows):
    rows = np.array(list(rows), np.int64)
    found = query.page(gapped, [query.ROW, "example_id"], rows=rows, order_by=query.ROW)
    assert found[query.ROW].to_pylist() == sorted(set(rows.tolist()))
    assert query.count(gapped, rows=rows) == len(set(rows.tolist()))
    np.testing.assert_array_equal(query.matching(gapped, rows=rows), np.unique(rows))


@pytest.mark.parametrize("labels", [(3,), (0, 7)])
def test_a_filter_keeps_its_labels_among_the_rows(gapped, labels):
    rows = np.arange(0, 40, 2)
    of_label = np.flatnonzero(np.isin(gapped.columns(["label"])["label"], labels))
    both = np.intersect1d(of_label, rows)
    assert set(query.page(gapped, COLUMNS, labels=labels)["label"].to_pylist()) == set(labels)
    np.testing.assert_array_equal(query.matching(gapped, labels=labels), of_label)
    np.testing.assert_array_equal(query.matching(gapped, rows=rows, labels=labels), both)
    assert query.count(gapped, rows=rows, labels=labels) == len(both)
    assert query.page(gapped, COLUMNS, rows=rows, labels=labels).num_rows == len(both)


def test_a_label_that_no_example_has_gives_no_rows(gapped):
    assert query.page(gapped, COLUMNS, labels=(99,)).num_rows == 0
    assert query.count(gapped, labels=(99,)) == 0
    assert query.means(gapped, ["gap_nats"], labels=(99,))["gap_nats"].n == 0


def test_pages_join_to_the_whole(gapped):
    ask = {"order_by": "gap_nats", "descending": True}
    pages = [query.page(gapped, COLUMNS, limit=15, offset=o, **ask) for o in (0, 15, 30, 45)]
    assert [p.num_rows for p in pages] == [15, 15, 10, 0]
    assert [i for page in pages for i in ids(page)] == ids(query.page(gapped, COLUMNS, **ask))


@pytest.mark.parametrize("name", ["label", "n_samples", "pca_x", "proposal"])
def test_every_kind_of_column_sorts(gapped, name):
    values = query.page(gapped, [name], order_by=name)[name].to_pylist()
    assert values == sorted(values)


def test_verdicts_sort_from_the_best_to_the_worst(stored, tmp_path):
    source = Atlas.open(stored / "tiny" / "atlas")
    table = pq.read_table(source.shard_paths[0])
    words = np.array(["unreliable", "usable", "good", "unreliable"] * 10)
    atlas = written(tmp_path / "atlas", source, with_column(table, "trust", words), ((0, 40),))
    found = query.page(atlas, ["trust"], order_by="trust")["trust"].to_pylist()
    assert found == ["good"] * 10 + ["usable"] * 10 + ["unreliable"] * 20
    assert query.page(atlas, ["trust"], order_by="trust", descending=True)["trust"].to_pylist() == found[::-1]


@pytest.mark.parametrize("name", ["nonsense", "mean", 'label" --', "label; DROP TABLE rows"])
def test_a_name_that_is_no_column_is_refused(gapped, name):
    for ask in (
        lambda: query.page(gapped, [name]),
        lambda: query.page(gapped, COLUMNS, order_by=name),
        lambda: query.within(gapped, name, 0, 1),
        lambda: query.means(gapped, [name]),
        lambda: query.counts(gapped, name),
        lambda: query.histogram(gapped, name, np.arange(3)),
    ):
        with pytest.raises(AtlasError, match="Name one of these"):
            ask()


def test_text_has_no_mean_and_no_range(gapped):
    for ask in (query.limits, lambda a, c: query.within(a, c, 0, 1), lambda a, c: query.means(a, [c])):
        with pytest.raises(AtlasError, match="Name a column of numbers"):
            ask(gapped, "trust")


@pytest.mark.parametrize(
    "rows", [None, np.arange(5, 30), np.array([7]), np.array([], np.int64), np.array(FAILED)]
)
def test_means_are_numpys_over_what_is_finite(gapped, gap, rows):
    found = query.means(gapped, ["gap_nats", "n_samples", "pca_x"], rows=rows)
    for column, mean in found.items():
        values = gapped.columns([column])[column].astype(np.float64)[slice(None) if rows is None else rows]
        values = values[np.isfinite(values)]
        assert mean.n == len(values)
        np.testing.assert_allclose(mean.mean, values.mean() if len(values) else np.nan)
        se = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        np.testing.assert_allclose(mean.se, se, atol=1e-12)


@pytest.mark.parametrize("edges", [[-1.0, 0.0, 2.0, 3.5, 4.0], np.linspace(0, 5, 49), [1.0, 2.0]])
def test_a_histogram_counts_every_finite_value_once(gapped, gap, edges):
    found = query.histogram(gapped, "gap_nats", np.array(edges))
    finite = gap[np.isfinite(gap)]
    np.testing.assert_array_equal(found.counts, np.histogram(np.clip(finite, edges[0], edges[-1]), edges)[0])
    assert found.counts.sum() == len(finite)
    assert found.n_missing == 3


def test_a_histogram_of_a_part_and_its_rest_is_the_whole(gapped):
    edges, rows = np.linspace(0, 5, 9), np.arange(12, 31)
    part = query.histogram(gapped, "gap_nats", edges, rows=rows)
    rest = query.histogram(gapped, "gap_nats", edges, rows=np.setdiff1d(np.arange(40), rows))
    whole = query.histogram(gapped, "gap_nats", edges)
    np.testing.assert_array_equal(part.counts + rest.counts, whole.counts)
    verdicts = [query.histogram(gapped, "gap_nats", edges, trust=(t,)) for t in query.counts(gapped, "trust")]
    np.testing.assert_array_equal(sum(v.counts for v in verdicts), whole.counts)


def test_limits_are_robust_and_never_coincide(gapped, gap):
    assert query.limits(gapped, "gap_nats") == pytest.approx(np.quantile(gap[np.isfinite(gap)], [0.02, 0.98]))
    one = float(gap[0])
    assert query.limits(gapped, "gap_nats", rows=np.array([0])) == (one - 0.5, one + 0.5)
    assert query.limits(gapped, "gap_nats", rows=np.array(FAILED)) == (0.0, 1.0)


def test_counts_are_of_each_value(gapped):
    trust = gapped.columns(["trust"])["trust"]
    rows = np.arange(20)
    assert query.counts(gapped, "trust", rows=rows) == {
        str(word): int(n)
        for word, n in zip(*np.unique(trust[rows].astype(str), return_counts=True), strict=True)
    }


@pytest.mark.parametrize(
    "low, high", [(1, 3), (2, 2), (3, 1), (-np.inf, np.inf), (0, np.inf), (np.nan, 5), (0, np.nan)]
)
def test_a_range_has_both_its_ends_and_no_nan(gapped, gap, low, high):
    expected = np.flatnonzero((gap >= low) & (gap <= high))
    found = query.within(gapped, "gap_nats", low, high)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, expected)


def of_label(atlas, label):
    return np.flatnonzero(atlas.columns(["label"])["label"] == label)


@pytest.mark.parametrize(
    "text, label",
    [
        ("%", 0),
        ("<b>", 0),
        ("100% SURE", 0),
        ("it's", 1),
        ('"quoted"', 1),
        ("'; DROP TABLE rows; --", 2),
        ("_", 3),
        ("\N{GRINNING FACE}", 4),
        ("STRASSE", 5),
        ("שלום", 6),
        ("ÉTE", 7),
        ("x" * 9_999, 8),
        ("\\", 9),
    ],
)
def test_signs_in_a_search_are_only_signs(gapped, text, label):
    found = query.search(gapped, text, NAMES)
    np.testing.assert_array_equal(found, of_label(gapped, label))
    assert len(found)


@pytest.mark.parametrize("text", ["", "  ", "?", "$1", "nobody's", "sure quoted"])
def test_what_no_example_holds_finds_nothing(gapped, text):
    found = query.search(gapped, text, NAMES)
    assert found.dtype == np.int64
    assert not len(found)


def test_every_word_is_required_wherever_it_stands(gapped):
    stored = gapped.columns(["trust", "example_id", "label"])
    example_id = int(stored["example_id"][-1])
    assert 39 in query.search(gapped, f"{example_id} {stored['trust'][-1].upper()}", NAMES)
    digits = str(example_id)
    holding = [i for i, each in enumerate(stored["example_id"].tolist()) if digits in str(each)]
    np.testing.assert_array_equal(query.search(gapped, digits, ["name"] * 10), holding)
    assert not len(query.search(gapped, f"{stored['trust'][-1]} nonsense", NAMES))


def test_ten_thousand_labels_are_searched_and_filtered(stored, tmp_path):
    source = Atlas.open(stored / "tiny" / "atlas")
    table = pq.read_table(source.shard_paths[0])
    n = 10_000
    many = table.take(pa.array(np.arange(n) % 40))
    many = with_column(with_column(many, "label", np.arange(n, dtype=np.int32)), "example_id", -np.arange(n))
    names = [f"class {i:05d}" for i in range(n)]
    atlas = written(tmp_path / "atlas", source, many, ((0, 4_000), (4_000, n)), names)
    np.testing.assert_array_equal(query.search(atlas, "CLASS 04321", names), [4_321])
    assert len(query.search(atlas, "class", names)) == n
    assert query.count(atlas, labels=range(0, n, 2)) == n // 2


def test_one_example_is_enough(stored, tmp_path):
    source = Atlas.open(stored / "tiny" / "atlas")
    table = pq.read_table(source.shard_paths[0]).slice(0, 1)
    atlas = written(tmp_path / "atlas", source, table, ((0, 1),))
    assert query.page(atlas, [query.ROW], order_by="gap_nats")[query.ROW].to_pylist() == [0]
    assert query.means(atlas, ["gap_nats"])["gap_nats"].n == 1
    low, high = query.limits(atlas, "gap_nats")
    assert low < high
    np.testing.assert_array_equal(query.within(atlas, "gap_nats", low, high), [0])


def test_a_damaged_shard_is_told(copied):
    atlas = Atlas.open(copied / "tiny" / "atlas")
    path = atlas.shard_paths[0]
    content = path.read_bytes()
    # The footer, where columns are named, stays whole.
    path.write_bytes(bytes(8) + b"\xff" * (len(content) - 8008) + content[-8000:])
    for ask in (
        lambda: query.page(atlas, COLUMNS),
        lambda: query.means(atlas, ["elbo_nats"]),
        lambda: query.histogram(atlas, "elbo_nats", np.arange(3)),
        lambda: query.within(atlas, "elbo_nats", -1e6, 0),
    ):
        with pytest.raises(AtlasError, match="build it again"):
            ask()


def test_a_missing_shard_is_told(copied):
    atlas = Atlas.open(copied / "tiny" / "atlas")
    folder = replace(atlas).folder
    assert query.count(atlas, labels=(0, 1))
    for path in atlas.shard_paths:
        path.rename(folder / "elsewhere")
    with pytest.raises(AtlasError, match="build it again"):
        query.count(atlas, labels=(0, 1))
