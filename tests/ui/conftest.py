"""Pages without a browser, and an atlas whose first rows are as bad as rows can be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from explorer.atlas import format as atlas_format
from explorer.atlas.build.builder import build
from explorer.datasets import Dataset
from explorer.datasets.registry import LOADERS
from explorer.models import checkpoints
from explorer.ui.example.stored_score import Score
from explorer.ui.state import workspace
from explorer.ui.state.scratch import Record, key
from explorer.ui.state.session import Tab
from explorer.ui.state.view import View
from tests import tiny
from tests.conftest import SETTINGS

# Rows of the spoilt atlas: a number that is not trusted, no numbers at all, a slightly negative gap.
DOUBTED, MISSING, NEGATIVE = 0, 1, 2


@pytest.fixture
def at(monkeypatch) -> Iterator[Callable[[Path], None]]:
    """Makes the pages look at a folder of checkpoints."""

    def look(root: Path) -> None:
        monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(root))
        workspace._made.cache_clear()

    yield look
    workspace._made.cache_clear()


@pytest.fixture
def spoilt(copied) -> Path:
    """The tiny model with an untrusted, a missing and a negative score."""
    folder = copied / "tiny" / "atlas"
    manifest = json.loads((folder / "manifest.json").read_text())
    path = atlas_format.rows_folder(folder) / manifest["shards"][0]["file"]
    table = pq.read_table(path)
    columns = {name: table[name].to_numpy().copy() for name in ("trust", "proposal", "gap_nats")}
    columns["trust"][:] = "good"
    columns["trust"][[DOUBTED, MISSING]] = "unreliable"
    columns["gap_nats"][NEGATIVE] = -0.03
    for name in atlas_format.UNITS:
        if name.endswith(("_nats", "_se", "ess", "pareto_k")):
            values = columns.get(name, table[name].to_numpy().copy())
            values[MISSING] = np.nan
            columns[name] = values
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    pq.write_table(table, path)
    (shard,) = atlas_format.describe([path], [table.num_rows])
    manifest["shards"] = [vars(shard)]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return copied


SITES = ("<b>north</b>", "south *", "")


@pytest.fixture(scope="session")
def described_root(tmp_path_factory, digits) -> Path:
    """The tiny model with an atlas of digits that have metadata: a weight, missing once, a count and a site."""
    root = tmp_path_factory.mktemp("described")
    checkpoint = checkpoints.load(tiny.save(root / "tiny"))
    build(checkpoint, with_metadata(digits), root / "tiny" / "atlas", SETTINGS)
    return root


@pytest.fixture
def described(described_root, digits, monkeypatch) -> Path:
    """The same, where the data can be had."""
    monkeypatch.setitem(LOADERS, "described", lambda split, root: with_metadata(digits))
    return described_root


def with_metadata(digits: Dataset) -> Dataset:
    """Digits with three columns."""
    weight = np.linspace(0, 1, len(digits))
    weight[3] = np.nan
    site = np.array([SITES[i % 3] for i in range(len(digits))], object)
    columns = {"weight": weight, "count": np.arange(len(digits)), "site": site}
    return replace(digits, name="described", metadata=columns)


@pytest.fixture
def a_score() -> Score:
    """One example, as its atlas might have it."""
    return Score(
        elbo_nats=-109.39,
        elbo_se=0.08,
        log_px_nats=-107.14,
        log_px_se=0.02,
        log_px_low_nats=-107.18,
        log_px_high_nats=-107.10,
        gap_nats=2.25,
        gap_se=0.0825,
        kl_nats=4.42,
        distortion_nats=104.99,
        distortion_se=0.08,
        encoder_log_px_nats=-108.5,
        encoder_log_px_se=0.6,
        encoder_ess=18.6,
        encoder_pareto_k=0.8,
        encoder_n_samples=512,
        ess=230.5,
        pareto_k=-0.64,
        n_samples=256,
        proposal="adapted",
        reason="heavy tail",
        trust="good",
    )


def view_in(app: AppTest) -> View:
    """The view of the app's tab."""
    view = kept(app, Tab).view
    assert view is not None
    return view


def look_at(app: AppTest, view: View) -> None:
    """Gives the app's tab another view, as a gesture elsewhere would."""
    app.session_state[key(Tab)] = Tab(view)


def kept(app: AppTest, kind: type[Record]) -> Record:
    """What the app's tab remembers of a kind."""
    return app.session_state[key(kind)] if key(kind) in app.session_state else kind()


def whole(app: AppTest) -> AppTest:
    """The app, once it is sure that nothing went wrong in it."""
    assert not app.exception
    assert not app.error
    return app
