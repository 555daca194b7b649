"""The examples of CONTRIBUTING.md, put in their places: each is seen by the app without an edit elsewhere."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

import explorer.ui
from explorer import Workspace, datasets
from explorer.atlas import AtlasSettings
from explorer.atlas.build.builder import build
from explorer.bounds import rungs
from explorer.bounds.rungs import Rung
from explorer.bounds.stand_ins import load_checkpoint
from explorer.datasets.registry import LOADERS
from explorer.latent import Plane
from explorer.latent.maps import MAPS
from explorer.likelihoods import LIKELIHOODS, LikelihoodHead
from explorer.models import checkpoints
from explorer.models.fit_data import fitted
from explorer.models.registry import MODELS
from explorer.ui.linked.registry import LINKED_VIEWS, LinkedView
from explorer.ui.pages.registry import PAGES, PageRow
from tests import tiny
from tests.ui.conftest import view_in

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```python\n# (explorer/\S+\.py)\n(.*?)```", TEXT, re.DOTALL))
MAIN = Path(explorer.ui.__file__).parent / "frame" / "main.py"
SAFE = "a Laplace fit with prior draws"
N = 60


@pytest.fixture(scope="module")
def added(tmp_path_factory) -> Iterator[dict[str, ModuleType]]:
    """Every example as a module under the name that its path gives it, and its row."""
    with pytest.MonkeyPatch.context() as patch:
        modules = {}
        for path, code in EXAMPLES.items():
            assert not (ROOT / path).exists(), "an example would hide a file"
            file = tmp_path_factory.mktemp("example") / Path(path).name
            file.write_text(code, encoding="utf-8")
            name = path.removesuffix(".py").replace("/", ".")
            spec = importlib.util.spec_from_file_location(name, file)
            assert spec is not None
            assert spec.loader is not None
            modules[file.stem] = importlib.util.module_from_spec(spec)
            patch.setitem(sys.modules, name, modules[file.stem])
            spec.loader.exec_module(modules[file.stem])
        patch.setitem(LIKELIHOODS, "logistic", modules["logistic"].Logistic)
        patch.setitem(MAPS, "random", modules["random"].RANDOM)
        safe = modules["safe"].safe
        rung = Rung("safe", SAFE, lambda group, source: safe(group.fitted.gaussian, group))
        patch.setattr(rungs, "LADDER", (rung, *rungs.LADDER))
        patch.setitem(MODELS, "probabilistic_pca", modules["probabilistic_pca"].ProbabilisticPCA)
        patch.setitem(LOADERS, modules["moons"].NAME, modules["moons"].load)
        patch.setitem(LINKED_VIEWS, "shares", LinkedView("Shares", "explorer.ui.linked.shares"))
        patch.setitem(PAGES, "about", PageRow("About", ":material/info:", "explorer.ui.pages.about"))
        yield modules


@pytest.fixture(scope="module")
def digits_of(added):
    return datasets.load("digits").take(slice(N))


@pytest.fixture(scope="module")
def root(added, digits_of, tmp_path_factory) -> Path:
    """Checkpoints of the example's model on digits, and of a VAE with the example's likelihood; with their atlases."""
    root = tmp_path_factory.mktemp("checkpoints")
    training = {"data": "digits", "split": "train"}
    checkpoints.save(root / "linear", linear_model(added, digits_of), training)
    config = tiny.config(likelihood={"kind": "logistic", "scale": 0.2})
    checkpoints.save(root / "logistic", tiny.model(config), training)
    for name, maps in (("linear", ("random",)), ("logistic", ("pca",))):
        data = fitted(digits_of, load_checkpoint(root / name).model)
        build(load_checkpoint(root / name), data, root / name / "atlas", AtlasSettings(64, maps=maps))
    return root


def linear_model(added, data):
    """Fitted by the closed form: principal axes, and the mean of the variances that they leave."""
    model = added["probabilistic_pca"].ProbabilisticPCA(3, tiny.DIGITS)
    x = torch.from_numpy(data.x(slice(None))).flatten(1)
    values, vectors = torch.linalg.eigh(torch.cov(x.T))
    variance = values[:-3].mean()
    with torch.no_grad():
        model.offset.copy_(x.mean(0))
        model.log_scale.fill_(0.5 * variance.log())
        model.loadings.copy_(vectors[:, -3:] * (values[-3:] - variance).sqrt())
    return model


@pytest.fixture
def app(root, monkeypatch):
    """Opens the page with a query."""
    state = importlib.import_module("explorer.ui.state.workspace")
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(root))
    state._made.cache_clear()

    def run(**query: str) -> AppTest:
        page = AppTest.from_file(MAIN, default_timeout=60)
        for name, value in query.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception
        assert not page.error
        return page

    yield run
    state._made.cache_clear()


def test_every_row_of_the_table_has_its_example_and_every_example_its_place():
    folders = re.findall(r"^\| an? [\w ]+ \| `(explorer/[\w/]+)/(?:<name>)", TEXT, re.MULTILINE)
    assert {str(Path(path).parent) for path in EXAMPLES} <= set(folders)
    registries = re.findall(r"`([A-Z_]+)`, `(explorer/\S+?\.py)`", TEXT)
    for name, file in registries:
        assert re.search(rf"^{name}\b", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), file
    contracts = re.findall(r"\| `(tests/\S+?)` \|", TEXT)
    assert len(contracts) == len(registries)
    assert all((ROOT / path).exists() for path in contracts)


def test_the_likelihood_sums_to_one_and_draws_what_it_says(added):
    head = LikelihoodHead("logistic", n_event_dims=1, scale=0.7)
    likelihood = head(torch.tensor([[0.5]], dtype=torch.float64))
    x = torch.linspace(-40, 40, 40_001, dtype=torch.float64)[:, None]
    assert float(torch.trapezoid(likelihood.log_prob(x).exp(), x[:, 0])) == pytest.approx(1, abs=1e-6)
    draws = head(torch.full((20_000, 1), 0.5)).sample(torch.Generator().manual_seed(0))
    assert float(draws.std()) == pytest.approx(0.7 * np.pi / 3**0.5, rel=0.03)


def test_the_model_is_opened_with_closed_form_numbers(root, digits_of):
    entry = Workspace(root).open("linear")
    model = entry.checkpoint.model
    x = torch.from_numpy(digits_of.x(slice(None))).flatten(1).double()
    loadings, variance = model.loadings.double(), torch.exp(2 * model.log_scale.double())
    covariance = loadings @ loadings.T + variance * torch.eye(64, dtype=torch.float64)
    exact = torch.distributions.MultivariateNormal(model.offset.double(), covariance).log_prob(x)
    figures = entry.atlas.columns(["log_px_nats", "log_px_se", "gap_nats", "gap_se", "trust"])
    off = np.abs(figures["log_px_nats"] - exact.detach().numpy())
    assert (off < 5 * figures["log_px_se"] + 2e-3).all()
    precision = torch.eye(3, dtype=torch.float64) + loadings.T @ loadings / variance
    gap = 0.5 * (precision.diagonal().log().sum() - torch.logdet(precision))
    assert (np.abs(figures["gap_nats"] - float(gap)) < 5 * figures["gap_se"] + 2e-3).all()
    assert set(figures["trust"]) <= {"good", "usable"}


def test_the_map_is_stored_and_its_chart_is_the_plane_it_was(root):
    entry = Workspace(root).open("linear")
    chart = entry.chart("random")
    assert isinstance(chart, Plane)
    places = entry.coordinates("random")
    np.testing.assert_allclose(chart.place(entry.atlas.means), places, atol=1e-5)
    assert entry.first_map == entry.plane_id == "random"


def test_the_data_set_is_loaded_by_its_name(added):
    train, test = (datasets.load("moons", split) for split in ("train", "test"))
    assert len(train) + len(test) == 400
    assert "moons" in datasets.names()
    assert datasets.load(test.name, test.split).digest == test.digest


def test_the_page_shows_map_and_linked_view(app):
    page = app(model="linear", shelf="shares", map="random")
    assert view_in(page).map_id == "random"
    assert "Random plane" in page.button_group(key="map_kind").options
    assert [caption.value for caption in page.caption] == [f"100.0% of {N} examples"]
    assert "Shares" in page.button_group(key="linked_view").options


def test_the_page_opens_on_the_likelihood_and_names_the_proposal(app, root):
    atlas = Workspace(root).open("logistic").atlas
    columns = atlas.columns(["example_id", "proposal"])
    by_rung = columns["example_id"][columns["proposal"] == "safe"]
    assert len(by_rung)
    page = app(model="logistic", example=str(by_rung[0]))
    assert view_in(page).model == "logistic"
    assert SAFE in "".join(each.proto.body for each in page.get("html"))


def test_the_page_is_in_the_navigation_and_draws(app, root):
    def script():
        import streamlit as st

        from explorer.ui.pages.registry import PAGES, page_of

        PAGES["about"].draw()
        st.caption(page_of("about").title)

    app(model="linear")
    page = AppTest.from_function(script, default_timeout=60)
    page.query_params["model"] = "linear"
    page.run()
    assert not page.exception
    assert [caption.value for caption in page.caption][-2:] == ["linear: trained on digits", "About"]
