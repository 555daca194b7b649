"""What a model is, in a line and as a card, by its own files. Pure: HTML; nothing in it is read as markup."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from explorer.models.checkpoints import TRAINING, Checkpoint
from explorer.models.model_card import in_words
from explorer.show.numbers import number


def line(config: Mapping[str, Any]) -> str:
    """Latent dimensions, data and likelihood in words, as far as `config.json` says."""
    data, likelihood = (_section(config, name) for name in ("data", "likelihood"))
    shape = data.get("shape")
    parts = [
        f"{config['latent_dim']} latent dimensions" if isinstance(config.get("latent_dim"), int) else "",
        f"{data.get('kind', 'data')} {_shape(shape)}" if _shape(shape) else "",
        str(likelihood.get("kind", "")).replace("_", " "),
    ]
    return " · ".join(part[:80] for part in parts if part)


def card(checkpoint: Checkpoint) -> str:
    """The model card: data, networks, how it was trained."""
    config, training = checkpoint.config, checkpoint.config.get(TRAINING, {})
    elbo = training.get("held_out_elbo_nats")
    seconds = training.get("seconds")
    rows = {
        "Data": _trained_on(training),
        "An example": f"{config['data'].get('kind')} {_shape(config['data'].get('shape'))}"
        if "data" in config
        else "",
        "Latent dimensions": checkpoint.model.latent_dim,
        **{
            name.capitalize(): in_words(_section(config, name))
            for name in ("likelihood", "encoder", "decoder")
        },
        "Parameters": f"{checkpoint.n_parameters:,}",
        "Command": training.get("command"),
        "Seed": training.get("seed"),
        "Device": training.get("device"),
        "Training time": f"{seconds / 60:.1f} minutes" if _is_number(seconds) else None,
        **_origin(_section(config, "provenance")),
        "Held-out ELBO": f"{number(elbo)} nats an example" if _is_number(elbo) else None,
        "Digest": checkpoint.digest[:16],
        "Folder": checkpoint.path,
    }
    cells = (
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(str(value)[:500])}</td></tr>"
        for name, value in rows.items()
        if value not in (None, "")
    )
    return f"<table class='lx-card' data-testid='model-card'>{''.join(cells)}</table>"


def _origin(provenance: Mapping[str, Any]) -> dict[str, str]:
    """Where an imported model came from, and what was assumed of it."""
    if not provenance:
        return {}
    assumed = provenance.get("assumed", ())
    return {
        "Imported from": f"{provenance.get('source')} ({provenance.get('make')})",
        "Assumed": " ".join(map(str, assumed)) if isinstance(assumed, list | tuple) else "",
    }


def _trained_on(training: Mapping[str, Any]) -> str:
    data = training.get("data")
    return f"{data} ({training.get('split', 'all')})" if data else "not said"


def _section(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = config.get(name)
    return found if isinstance(found, Mapping) else {}


def _shape(shape: object) -> str:
    return " × ".join(map(str, shape)) if isinstance(shape, list | tuple) else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
