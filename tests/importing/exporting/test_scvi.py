"""Models of scvi-tools: an export says of every cell what scvi-tools itself says (see `fixtures/make_scvi.py`)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from explorer import load_checkpoint
from explorer.bounds import Examples, LadderSettings, ScoreSettings, posterior, score_all
from explorer.datasets import Dataset, DatasetError, Features
from explorer.importing.draft import ImportFault
from explorer.importing.exporting.scvi import ExportError, export_scvi
from explorer.importing.makes import scvi
from explorer.importing.registry import MAKES, make_of
from explorer.models import conventions
from explorer.models.fit_data import fitted

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scvi"
TOLD = np.load(FIXTURES / "expected.npz")
N = len(TOLD["nb_kl"])
NAMES = ("nb", "zinb")


@pytest.fixture(params=NAMES)
def name(request) -> str:
    return request.param


@pytest.fixture
def checkpoint(name):
    return load_checkpoint(FIXTURES / name)


def cells(n=N) -> torch.Tensor:
    return torch.from_numpy(TOLD["x"][:n].astype(np.float32))


@torch.no_grad()
def test_every_cell_has_the_log_likelihood_and_the_rate_that_scvi_says(name, checkpoint):
    model, x = checkpoint.model, cells()
    q = model.posterior(x)
    log_px_z = model.likelihood(q.mean).log_prob(x)
    np.testing.assert_allclose(log_px_z, TOLD[f"{name}_log_px_z"], rtol=1e-5)
    np.testing.assert_allclose(posterior(model, x).kl_by_dim_nats.sum(1), TOLD[f"{name}_kl"], rtol=1e-5)
    np.testing.assert_allclose(model.likelihood(q.mean).given(x).mean, TOLD[f"{name}_mean"], rtol=1e-4)


def test_log_px_is_that_of_scvis_densities_within_three_errors(name, checkpoint):
    """scvi's own estimator, of 160,000 draws of q, is below it by up to 0.36 nats, with errors that do not say so."""
    x = cells()
    found = score_all(
        checkpoint.model,
        Examples(x, np.arange(N)),
        ScoreSettings(512, ladder=LadderSettings(target_se=0.02)),
    )
    assert set(found["trust"]) == {"good"}
    exact, own, own_se = (TOLD[f"{name}_{key}"] for key in ("log_px", "marginal_ll", "marginal_ll_se"))
    assert (np.abs(found["log_px_nats"] - exact) < 3 * found["log_px_se"]).all()
    assert (own < exact + 3 * own_se).all()
    assert np.median(exact - own) < 0.1


def test_a_folder_says_on_what_its_figures_are_conditional(checkpoint):
    batch, library = sorted(conventions.notes(checkpoint.config))
    assert "one of batch 'a', of 2: log p(x) is conditional on it" in batch
    assert "conditional on library size" in library


def test_genes_in_another_order_are_refused(checkpoint):
    genes = [f"GENE{i}" for i in range(60)]
    data = Dataset(
        "cells",
        "all",
        cells().numpy(),
        None,
        np.full(N, -1),
        (),
        np.arange(N),
        "vector",
        features=Features(tuple(genes), "gene"),
    )
    assert fitted(data, checkpoint.model) is data
    swapped = replace(data, features=Features((genes[1], genes[0], *genes[2:]), "gene"))
    with pytest.raises(DatasetError, match=r"feature 1: expected GENE0, found GENE1.*same order"):
        fitted(swapped, checkpoint.model)
    assert fitted(replace(data, features=None), checkpoint.model) is not None


# the exporter, on the parts of scvi-tools that it looks at


class Layers(nn.Module):
    """A first layer, and how many categories it takes."""

    def __init__(self, n_in: int):
        super().__init__()
        self.fc_layers = nn.Sequential(nn.Sequential(nn.Linear(n_in, 5)))
        self.n_cat_list = [1]


class DecoderSCVI(nn.Module):
    """One that takes a code of three numbers, a category and some covariates."""

    def __init__(self, n_covariates: int = 0):
        super().__init__()
        self.px_decoder = Layers(3 + 1 + n_covariates)


def model_like(**changes) -> SimpleNamespace:
    """As much of an SCVI as is asked before anything is followed."""
    module = nn.Module()
    usual = {
        "decoder": DecoderSCVI(),
        "n_latent": 3,
        "gene_likelihood": "nb",
        "dispersion": "gene",
        "use_observed_lib_size": True,
        "use_size_factor_key": False,
        "latent_distribution": "normal",
        "batch_representation": "one-hot",
    }
    for key, value in (usual | changes).items():
        setattr(module, key, value)
    return SimpleNamespace(
        module=module,
        get_var_names=lambda: ["a", "b"],
        adata_manager=SimpleNamespace(
            get_state_registry=lambda key: SimpleNamespace(categorical_mapping=["one", "two"])
        ),
    )


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"gene_likelihood": "poisson"}, "'poisson': counts are nb or zinb"),
        ({"dispersion": "gene-label"}, "'gene-label': train with gene"),
        ({"use_observed_lib_size": False}, "use_observed_lib_size=True"),
        ({"use_size_factor_key": True}, "size factors: train without"),
        ({"latent_distribution": "ln"}, "latent_distribution='normal'"),
        ({"batch_representation": "embedding"}, "batch_representation='one-hot'"),
        ({"decoder": nn.Linear(1, 1)}, "with a Linear: export a scvi.model.SCVI"),
    ],
)
def test_what_cannot_be_exported_is_said_with_what_to_do(changes, message, tmp_path):
    with pytest.raises(ExportError, match=message):
        export_scvi(model_like(**changes), tmp_path)


def test_covariates_beside_the_batch_are_refused(tmp_path):
    with pytest.raises(ExportError, match="covariates beside the batch"):
        export_scvi(model_like(decoder=DecoderSCVI(2)), tmp_path)


def test_a_batch_has_to_be_chosen(tmp_path):
    with pytest.raises(ExportError, match=r"one of one, two; found None\. Choose one"):
        export_scvi(model_like(), tmp_path)


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_scvi_tools_saves_is_recognised_and_refused_with_the_way_out(is_folder):
    path = FIXTURES if is_folder else FIXTURES / "model.pt"
    assert make_of(path) == "scvi"
    with pytest.raises(
        ImportFault, match=r"expected tensors alone, found pickled objects.*export_scvi\(model"
    ):
        MAKES["scvi"].read(path)


def test_another_file_of_weights_is_not_taken_for_one(tmp_path):
    torch.save({"state_dict": {"a": torch.zeros(2)}}, tmp_path / "model.pt")
    for name, content in (("text.pt", b"scvi_version"), ("empty.pt", b"")):
        (tmp_path / name).write_bytes(content)
    for path in (
        tmp_path,
        tmp_path / "model.pt",
        tmp_path / "text.pt",
        tmp_path / "empty.pt",
        tmp_path / "none.pt",
    ):
        assert not scvi.takes(path)
