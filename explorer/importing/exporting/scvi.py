"""Exports a model of scvi-tools, in the environment that it was trained in: `explorer.export_scvi(model, "folder")`.

    model = scvi.model.SCVI.load("trained", adata)
    explorer.export_scvi(model, "checkpoints/cells", batch="donor 1")

What `SCVI.save` writes holds pickled objects, which are never read. This follows the encoder and the decoder of a model
that is in memory and writes a checkpoint folder, which needs scvi-tools no more:

    q(z|x) = N(mean, variance) of log(1 + x)
    p(x|z, l) = NB or ZINB with means l softmax(decoder(z)),   p(z) = N(0, I)

l is the library size that is observed, the sum of x. A batch is fixed to one category, which the folder says.

References: Lopez et al. 2018; Gayoso et al. 2022.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.models import checkpoints
from explorer.models.latent_model import DataSpec
from explorer.models.model_card import write_card
from explorer.models.program_vae import ProgramVAE, Provenance, Shapes
from explorer.models.reading import Reading
from explorer.programs.traced import program_of

LIKELIHOODS: Mapping[str, str] = {"nb": "negative_binomial", "zinb": "zero_inflated_negative_binomial"}
_N_EXAMPLES = 4


class ExportError(ValueError):
    """A model of scvi-tools that is none of those that can be exported: says what it has, and what to do."""


def export_scvi(model: Any, path: Path | str, batch: str | None = None) -> Path:
    """Writes a trained `scvi.model.SCVI` as a checkpoint folder.

    Args:
        model: with the data that it was trained on, as `SCVI.load(folder, adata)` gives it; left in eval mode.
        path: the folder.
        batch: the category of `batch_key` that every cell is taken for; may be left out where there is one.

    Raises:
        ExportError: it is another model, or has what p(x) would have to be conditional on too.
        TraceError: its networks cannot be followed.
    """
    module = model.module.eval()
    _check(type(model).__name__, module)
    names = [str(name) for name in model.get_var_names()]
    batches = [str(name) for name in model.adata_manager.get_state_registry("batch").categorical_mapping]
    chosen = _chosen(batches, batch)
    libraries = np.asarray(model.adata_manager.get_from_registry("X").sum(1)).ravel()
    vae = ProgramVAE(
        DataSpec((len(names),), "vector", None),
        {"kind": LIKELIHOODS[module.gene_likelihood], "typical_library": float(np.median(libraries))},
        program_of(_Decoder(module, chosen).eval(), _codes(module), name="scVI's decoder"),
        program_of(_Encoder(module, chosen).eval(), _counts(len(names)), name="scVI's encoder"),
        Shapes((module.n_latent,), (len(names),)),
        Reading(spread="variance"),
        provenance=Provenance(
            "scvi", type(model).__name__, assumed=_assumed(batches, chosen), features=tuple(names)
        ),
    )
    checkpoints.save(Path(path), vae, {"data": "counts of scvi-tools"})
    write_card(checkpoints.load(path))
    return Path(path)


def _check(name: str, module: Any) -> None:
    """Raises `ExportError` unless p(x) is conditional on batch and observed library size alone."""
    decoder = type(module.decoder).__name__
    has_covariates = (
        any(n > 1 for n in module.decoder.px_decoder.n_cat_list[1:]) if decoder == _DECODER else False
    )
    faults = {
        f"a {name} with a {decoder}: export a scvi.model.SCVI": decoder != _DECODER,
        f"gene_likelihood {module.gene_likelihood!r}: counts are nb or zinb": (
            module.gene_likelihood not in LIKELIHOODS
        ),
        f"dispersion {module.dispersion!r}: train with gene, gene-batch or gene-cell": (
            module.dispersion not in _DISPERSIONS
        ),
        "a library size that is drawn: train with use_observed_lib_size=True": (
            not module.use_observed_lib_size
        ),
        "size factors: train without size_factor_key, so that the library size is that of x": (
            module.use_size_factor_key
        ),
        "codes on a simplex: train with latent_distribution='normal'": module.latent_distribution != "normal",
        "embedded batches: train with batch_representation='one-hot'": module.batch_representation
        != "one-hot",
        "covariates beside the batch: train with batch_key alone": has_covariates
        or _n_continuous(module) > 0,
    }
    for fault, is_there in faults.items():
        if is_there:
            raise ExportError(f"this model has {fault}")


_DECODER = "DecoderSCVI"
_DISPERSIONS = ("gene", "gene-batch", "gene-cell")


def _n_continuous(module: Any) -> int:
    """Numbers that the decoder's first layer takes beside a code and its categories."""
    if type(module.decoder).__name__ != _DECODER:
        return 0
    layers = module.decoder.px_decoder
    return int(layers.fc_layers[0][0].in_features) - module.n_latent - sum(layers.n_cat_list)


def _chosen(batches: Sequence[str], batch: str | None) -> int:
    if batch is None and len(batches) == 1:
        return 0
    if batch not in batches:
        raise ExportError(
            f"batch: expected one of {', '.join(batches)}; found {batch!r}. Choose one: batch=..."
        )
    return batches.index(str(batch))


def _assumed(batches: Sequence[str], chosen: int) -> tuple[str, ...]:
    if len(batches) == 1:
        return ()
    return (
        f"Every cell is taken for one of batch {batches[chosen]!r}, of {len(batches)}: log p(x) is conditional on it, "
        "and that of a cell of another batch is what it would be in this one.",
    )


class _Encoder(nn.Module):
    """Counts (N, G) -> mean and variance (N, d) of q(z|x)."""

    batch: Tensor

    def __init__(self, module: Any, batch: int):
        super().__init__()
        self.encoder: Any = module.z_encoder
        self.is_log = bool(module.log_variational)
        self.register_buffer("batch", _one_hot(module, batch))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        encoder = self.encoder
        hidden = encoder.encoder(torch.log1p(x) if self.is_log else x, self.batch.expand(x.shape[0], -1))
        return encoder.mean_encoder(hidden), encoder.var_activation(
            encoder.var_encoder(hidden)
        ) + encoder.var_eps


class _Decoder(nn.Module):
    """Codes (N, d) -> logits of shares, log inverse dispersions and, of a ZINB, logits of zeros, (N, G) each."""

    batch: Tensor

    def __init__(self, module: Any, batch: int):
        super().__init__()
        self.decoder: Any = module.decoder
        self.has_zeros = module.gene_likelihood == "zinb"
        self.register_buffer("batch", _one_hot(module, batch))
        self.dispersion: Tensor | None = _dispersion(module, batch)

    def forward(self, z: Tensor) -> tuple[Tensor, ...]:
        decoder = self.decoder
        hidden = decoder.px_decoder(z, self.batch.expand(z.shape[0], -1))
        logits = decoder.px_scale_decoder[0](hidden)
        own = self.dispersion
        dispersion = decoder.px_r_decoder(hidden) if own is None else own.expand(z.shape[0], -1)
        zeros = (decoder.px_dropout_decoder(hidden),) if self.has_zeros else ()
        return logits, dispersion, *zeros


def _dispersion(module: Any, batch: int) -> Tensor | None:
    """(G,); None where the decoder says it of each cell."""
    if module.dispersion == "gene-cell":
        return None
    own: Tensor = module.px_r.detach()
    return own[:, batch] if module.dispersion == "gene-batch" else own


def _one_hot(module: Any, batch: int) -> Tensor:
    """(1, number of batches)."""
    return torch.eye(module.n_batch)[batch : batch + 1]


def _codes(module: Any) -> Tensor:
    return torch.linspace(-2, 2, _N_EXAMPLES * module.n_latent).reshape(_N_EXAMPLES, -1)


def _counts(n_genes: int) -> Tensor:
    return (torch.arange(_N_EXAMPLES * n_genes) % 7).float().reshape(_N_EXAMPLES, -1)
