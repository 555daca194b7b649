"""A model of another program on the page: offered by its path or its files, its readings side by side."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.datasets import DatasetError
from explorer.importing import checked, stored_draft
from explorer.importing.readings import trial
from explorer.importing.readings.reconstructed import N_SHOWN, reconstructions
from explorer.models import checkpoints
from explorer.steps import last
from explorer.ui.pages.open import foreign, readings_table, sent
from explorer.ui.state import allowed
from tests.importing import trained

pytestmark = pytest.mark.slow
PAGE = "from explorer.ui.pages.open.page import page\npage()\n"
HEAD = {"known": {"order": "mean_first", "spread": "log_variance"}}


@pytest.fixture
def root(copied, at, monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_UPLOADS", str(tmp_path / "uploads"))
    at(copied)
    return copied


@pytest.fixture(scope="module")
def draft():
    networks = trained.networks(trained.weights(), after=("aten.sigmoid.default",))
    return trained.draft(networks, likelihood={"kind": "bernoulli"}, **HEAD)


@pytest.fixture(scope="module")
def outcome(draft):
    data = trained.digits()
    found = last(trial.try_readings(draft, data))
    of_best = checked.check_draft(draft, found.tried[0], data, found)
    return foreign.Outcome(draft, found, of_best, reconstructions(draft, found.tried, data))


def test_every_reading_has_its_row_with_the_same_examples(outcome):
    assert outcome.pictures.shape == (1 + len(outcome.trial.tried), N_SHOWN, 1, 8, 8)
    html = readings_table.html(outcome.trial, outcome.pictures)
    assert html.count("<tr") == 2 + len(outcome.trial.tried)
    assert html.count("<img") == 1 + len(outcome.trial.tried)
    assert html.count(">best<") == 1


def test_the_right_reading_is_nearer_to_the_examples(outcome):
    """What is read as logits are probabilities, which a second sigmoid makes grey."""
    original, right, wrong = outcome.pictures
    assert np.square(right - original).mean() < np.square(wrong - original).mean()


def test_names_from_a_file_are_text(outcome):
    nasty = replace(
        outcome.trial, tried=(replace(outcome.trial.tried[0], name="<img src=x>", doubts=("<b>",)),)
    )
    html = readings_table.html(nasty, outcome.pictures[:2])
    assert "<img src=x>" not in html
    assert "<b>" not in html


def test_a_path_to_another_programs_model_is_offered_to_be_imported(root, tmp_path, monkeypatch, draft):
    (root / "theirs").mkdir()
    stored_draft.save(root / "theirs", draft)
    app = AppTest.from_string(PAGE, default_timeout=30).run()
    app.text_input(key="open_path").set_value(str(root / "theirs")).run()
    app.button(key="open_add").click().run()
    assert not app.exception
    assert "import_try" in {button.key for button in app.button}
    app.text_input(key="import_sigma").set_value("minus one").run()
    app.button(key="import_try").click().run()
    assert any("expected a positive number" in each.value.replace("\\", "") for each in app.warning)
    app.button(key="import_close").click().run()
    assert "import_try" not in {button.key for button in app.button}


def test_the_work_ends_with_an_outcome_and_can_be_stored(root, draft):
    (root / "theirs").mkdir()
    stored_draft.save(root / "theirs", draft)
    steps = []
    foreign._work(steps.append, root / "theirs", foreign.Wishes(), "digits", None)
    outcome = steps[-1].result.outcome
    assert outcome.trial.is_clear
    assert {step.result.words.split()[0] for step in steps} == {"Reading", "Trying", "Done"}
    assert all(0 <= step.fraction <= 1 for step in steps)
    first, second = outcome.trial.tried[:2]
    assert sent.place_of_import(outcome.draft, first.candidate) != sent.place_of_import(
        outcome.draft, second.candidate
    )
    with pytest.raises(DatasetError):
        foreign._work(steps.append, root / "theirs", foreign.Wishes(), "digit", None)


def test_files_that_were_sent_are_kept_and_told_apart(root, draft, tmp_path):
    stored_draft.save(tmp_path, draft)
    files = {name: (tmp_path / name).read_bytes() for name in ("draft.json", "draft.safetensors")}
    folder = sent.keep_foreign("theirs", files)
    assert folder == sent.keep_foreign("theirs", files)
    assert folder.is_relative_to(allowed.uploads() / "sources")
    assert stored_draft.load(folder).likelihood == {"kind": "bernoulli"}
    assert sent.keep_foreign("x", {"../../vae.pt": b"PK"}).name == "vae.pt"
    with pytest.raises(ValueError, match=r"\.exe"):
        sent.keep_foreign("x", {"vae.exe": b"MZ"})


@pytest.mark.parametrize(
    "files, is_ours",
    [
        ({"config.json": b'{"format_version": 1}', "model.safetensors": b""}, True),
        ({"config.json": b"{", "model.safetensors": b""}, True),
        ({"config.json": b'{"_class_name": "AutoencoderKL"}'}, False),
        ({"model.pt": b""}, False),
    ],
)
def test_a_checkpoint_is_told_from_what_another_program_stored(files, is_ours):
    assert sent.is_ours(files) is is_ours


def test_what_was_assumed_goes_with_the_checkpoint(root, draft, tmp_path, outcome):
    from explorer.importing import settled

    one = outcome.trial.tried[0]
    said = settled.assumptions(one, outcome.trial, "digits")
    settled.store(draft, one.candidate, tmp_path / "mine", "digits", said)
    config = checkpoints.load(tmp_path / "mine").config
    assert config["provenance"]["assumed"] == list(said)
