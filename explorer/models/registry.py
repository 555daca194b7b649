"""The kinds of model that a checkpoint may hold, by the `model_type` of its config.json. To add one: a file whose class
fulfils `StoredModel`, and a row here."""

from __future__ import annotations

from explorer.models.program_vae import ProgramVAE
from explorer.models.stored_model import StoredModel
from explorer.models.vae import VAE

MODELS: dict[str, type[StoredModel]] = {"vae": VAE, "program": ProgramVAE}


def kind_of(model: StoredModel) -> str:
    """The name under which a model is stored."""
    return next(name for name, family in MODELS.items() if type(model) is family)
