"""The model card: a checkpoint's `README.md`, YAML front matter as Hugging Face reads it, then a short text.

Figures that are measured later (test ELBO and log p(x)) are added when an atlas is built.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from explorer.files import write
from explorer.models.checkpoints import CARD_FILE, TRAINING, Checkpoint

# What a kind of model may be described by.
_PARTS = ("likelihood", "encoder", "decoder")


def write_card(checkpoint: Checkpoint, scores: Mapping[str, Any] | None = None) -> None:
    """Writes the card of `checkpoint`, with the test figures where they are known."""
    training = checkpoint.config[TRAINING]
    text = _front_matter(checkpoint, scores) + _body(checkpoint, training, scores)
    write.text(checkpoint.path / CARD_FILE, text)


def _front_matter(checkpoint: Checkpoint, scores: Mapping[str, Any] | None) -> str:
    training = checkpoint.config[TRAINING]
    lines = [
        "---",
        "license: mit",
        "library_name: vae-explorer",
        "tags: [vae, latent-space]",
        f"datasets: [{_yaml(training.get('data', 'unknown'))}]",
    ]
    if scores:
        lines += ["metrics:", *(f"  {key}: {_yaml(value)}" for key, value in scores.items())]
    return "\n".join([*lines, "---", ""])


def _body(checkpoint: Checkpoint, training: Mapping[str, Any], scores: Mapping[str, Any] | None) -> str:
    config, model = checkpoint.config, checkpoint.model
    rows = {
        "Data": f"{training.get('data')} ({training.get('split', 'not said')}), shape {model.data_spec.shape}",
        **{k.capitalize(): in_words(config[k]) for k in _PARTS if isinstance(config.get(k), Mapping)},
        "Latent dimensions": f"{model.latent_dim}",
        "Parameters": f"{checkpoint.n_parameters:,}",
        **(_imported(config["provenance"]) if "provenance" in config else _trained(training)),
        "Held-out ELBO": _nats(training.get("held_out_elbo_nats"), model.data_spec.shape),
    }
    for key, value in (scores or {}).items():
        rows[key] = _nats(value, model.data_spec.shape) if key.endswith("nats") else f"{value}"
    table = "\n".join(f"| {k} | {v} |" for k, v in rows.items())
    return f"# {checkpoint.name}\n\nA variational autoencoder.\n\n| | |\n| --- | --- |\n{table}\n"


def _trained(training: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Command": f"`{training.get('command')}`",
        "Seed": f"{training.get('seed')}",
        "Device": f"{training.get('device')}, torch {training.get('torch')}",
        "Training time": f"{training.get('seconds', 0) / 60:.1f} minutes",
        "Best epoch": f"{training.get('best_epoch')} of at most {training.get('n_epochs_scheduled')}",
    }


def _imported(provenance: Mapping[str, Any]) -> dict[str, str]:
    """Where a model came from that was trained elsewhere, and what was assumed of it."""
    told = {"Imported from": _cell(f"{provenance.get('source')} ({provenance.get('make')})")}
    assumed = " ".join(map(str, provenance.get("assumed", ())))
    return told | ({"Assumed": _cell(assumed)} if assumed else {})


def _cell(text: str) -> str:
    """A text that ends neither its cell nor its row, and is no markup."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _yaml(value: Any) -> str:
    """A scalar in YAML: a JSON string is one, whatever a file's name holds."""
    return json.dumps(value) if isinstance(value, str) else str(value)


def _nats(value: float | None, shape: tuple[int, ...]) -> str:
    if value is None:
        return "unknown"
    bits = -value / (math.prod(shape) * math.log(2))
    return f"{value:.2f} nats an example ({bits:.4f} bits/dim)"


def in_words(section: Mapping[str, Any]) -> str:
    """An entry of config.json on a line; a network that is a program has too many."""
    if isinstance(nodes := section.get("nodes"), list):
        return f"a program of {len(nodes)} operator{'s' * (len(nodes) != 1)}"
    return ", ".join(f"{k} {v}" for k, v in section.items())
