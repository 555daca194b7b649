"""What a model is in words: its own files say, and nothing in them is markup."""

import json

import pytest

from explorer.models import checkpoints
from explorer.ui.pages.open import facts
from tests import tiny


def test_the_line_says_dimensions_data_and_likelihood():
    said = facts.line(tiny.model().to_config())
    assert said == "3 latent dimensions · grey image 1 × 8 × 8 · discretised logistic"


@pytest.mark.parametrize(
    "config", [{}, {"latent_dim": "3", "data": 7, "likelihood": None}, {"data": {"shape": "x"}}]
)
def test_what_is_missing_is_left_out(config):
    assert "latent" not in facts.line(config)


def test_the_card_escapes_what_the_files_say(tmp_path):
    path = tiny.save(tmp_path / "tiny")
    training = {
        "data": "<b>digits</b>",
        "command": "<img src=x>",
        "seconds": "a",
        "held_out_elbo_nats": 1e999,
    }
    checkpoints.save(path, tiny.model(), json.loads(json.dumps(training)))
    card = facts.card(checkpoints.load(path))
    assert "<b>" not in card
    assert "<img" not in card
    assert "&lt;b&gt;digits&lt;/b&gt;" in card
    assert "Held-out ELBO" not in card
