"""An explorer of the latent space of variational autoencoders.

    p(x) = E_{z ~ p(z)} p(x|z)  >=  exp E_{z ~ q(z|x)} log [p(x|z) p(z) / q(z|x)]

| symbol    | in code        | meaning                                                    | shape         |
|-----------|----------------|------------------------------------------------------------|---------------|
| x         | `x`            | an example                                                 | (N, *shape)   |
| z         | `z`, `code`    | a latent code                                              | (*K, N, d)    |
| d         | `latent_dim`   | number of latent dimensions                                |               |
| r(z)      | `proposal`     | what importance samples are drawn from                     |               |
| q(z|x)    | `posterior`    | the encoder's approximate posterior                        |               |
| K         | `n_samples`    | importance samples an example                              |               |
| l_k       | `log_w`        | log p(x, z_k) - log r(z_k)                                 | (K, N)        |
| ELBO      | `elbo_nats`    | E_q l, a lower bound on log p(x)                           | (N,)          |
| L_K       | `log_px_nats`  | log (1/K) sum exp l_k, draws of a proposal that fits x     | (N,)          |
|           | `encoder_log_px_nats` | the same with draws of q: the papers' protocol      | (N,)          |
| gap       | `gap_nats`     | L_K - ELBO, an estimate of KL[q(z|x) || p(z|x)]            | (N,)          |
| k         | `pareto_k`     | shape of the weights' tail: can the estimate be trusted    | (N,)          |
| ESS       | `ess`          | effective number of draws                                  | (N,)          |
| u         | `x`, `y`       | a place on a map                                           | (N, 2)        |

    from explorer import datasets, load_checkpoint, score_all
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.atlas import Atlas
    from explorer.bounds import Examples, ScoreSettings, score, score_all
    from explorer.bounds.stand_ins import load_checkpoint
    from explorer.importing.exporting.export import export, from_torch
    from explorer.importing.exporting.scvi import export_scvi
    from explorer.latent import paths
    from explorer.workspace import Workspace

__version__ = "0.1.0"
__all__ = [
    "Atlas",
    "Examples",
    "ScoreSettings",
    "Workspace",
    "export",
    "export_scvi",
    "from_torch",
    "load_checkpoint",
    "paths",
    "score",
    "score_all",
]

_HOMES = {
    "Atlas": ("explorer.atlas", "Atlas"),
    "Examples": ("explorer.bounds", "Examples"),
    "ScoreSettings": ("explorer.bounds", "ScoreSettings"),
    "score": ("explorer.bounds", "score"),
    "score_all": ("explorer.bounds", "score_all"),
    "load_checkpoint": ("explorer.bounds.stand_ins", "load_checkpoint"),
    "export": ("explorer.importing.exporting.export", "export"),
    "from_torch": ("explorer.importing.exporting.export", "from_torch"),
    "export_scvi": ("explorer.importing.exporting.scvi", "export_scvi"),
    "paths": ("explorer.latent", "paths"),
    "Workspace": ("explorer.workspace", "Workspace"),
}


def __getattr__(name: str) -> Any:
    # On demand: a leaf such as `explorer.datasets` and `--help` need not wait for torch.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
