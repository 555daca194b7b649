import json
import math

from explorer.models import checkpoints
from explorer.models.model_card import write_card
from explorer.models.program_vae import Provenance
from tests import tiny

FIGURES = {
    "scored_on": "digits test, 40 examples",
    "elbo_nats": -95.0,
    "log_px_nats": -93.5,
    "n_samples": 512,
}


def card(tmp_path, training, scores=None):
    checkpoints.save(tmp_path / "tiny", tiny.model(), training)
    checkpoint = checkpoints.load(tmp_path / "tiny")
    write_card(checkpoint, scores)
    return (checkpoint.path / checkpoints.CARD_FILE).read_text()


def front_matter(text):
    """The lines between the two rules."""
    _, inside, _ = text.split("---\n", 2)
    return inside.splitlines()


def test_a_card_tells_where_the_weights_come_from(tmp_path):
    training = {
        "data": "digits",
        "split": "train",
        "command": "python -m explorer train --data digits",
        "seed": 7,
        "device": "cpu",
        "torch": "2",
        "seconds": 90.0,
        "best_epoch": 3,
        "n_epochs_scheduled": 5,
        "held_out_elbo_nats": -96.25,
    }
    text = card(tmp_path, training)
    for row in (
        "| Command | `python -m explorer train --data digits` |",
        "| Seed | 7 |",
        "| Training time | 1.5 minutes |",
        "| Best epoch | 3 of at most 5 |",
        "| Latent dimensions | 3 |",
    ):
        assert row in text
    assert f"-96.25 nats an example ({96.25 / (64 * math.log(2)):.4f} bits/dim)" in text
    assert "metrics:" not in text


def test_test_figures_go_into_the_front_matter_and_the_table(tmp_path):
    text = card(tmp_path, {"data": "digits"}, FIGURES)
    assert "  log_px_nats: -93.5" in front_matter(text)
    assert "| log_px_nats | -93.50 nats an example" in text


def test_a_checkpoint_that_does_not_know_its_training_has_a_card(tmp_path):
    assert "| Held-out ELBO | unknown |" in card(tmp_path, {})


def test_a_file_name_cannot_break_the_front_matter(tmp_path):
    name = 'my: [data]\n---\n#".npz'
    lines = front_matter(card(tmp_path, {"data": name}, {"scored_on": name}))
    assert lines[0] == "license: mit"
    datasets = next(line for line in lines if line.startswith("datasets: "))
    assert json.loads(datasets.removeprefix("datasets: ")) == [name]


def test_an_imported_model_tells_where_it_came_from_and_what_was_assumed(tmp_path):
    model = tiny.program_vae()
    model.provenance = Provenance("draft", "a|b<i>.pt", "0" * 64, ("Sigma was | taken to be 1.",))
    checkpoints.save(tmp_path / "theirs", model, {"data": "digits"})
    checkpoint = checkpoints.load(tmp_path / "theirs")
    write_card(checkpoint)
    text = (checkpoint.path / checkpoints.CARD_FILE).read_text()
    assert "| Imported from | a\\|b&lt;i>.pt (draft) |" in text
    assert "| Assumed | Sigma was \\| taken to be 1. |" in text
    assert "| Decoder | a program of 1 operator |" in text
    assert "Command" not in text
    # Under which licence it is nobody here can say.
    assert "license" not in text
