"""Each trap is told, with what to do about it, and a sound model has nothing to fix."""

from dataclasses import replace

import pytest
import torch

from explorer.findings import Verdict
from explorer.importing import checked
from explorer.importing.check.registry import QUESTIONS, asked
from explorer.importing.readings import candidates, trial
from explorer.likelihoods.head import LIKELIHOODS
from explorer.programs import GraphBuilder
from explorer.steps import last
from tests.importing import trained

pytestmark = pytest.mark.slow
KNOWN = {"order": "mean_first", "spread": "log_variance", "output": "parameters"}
BERNOULLI = {"likelihood": {"kind": "bernoulli"}, "known": KNOWN}
GAUSSIAN = {"likelihood": {"kind": "gaussian", "scale": trained.SIGMA}, "known": KNOWN}


def findings(draft, data=None):
    data = data or trained.digits()
    result = last(trial.try_readings(draft, data))
    subject = checked.subject_of(draft, result.winner or result.tried[0], data, result)
    return dict(asked(subject))


def wrong(found):
    return {title for title, finding in found.items() if finding.verdict is Verdict.WRONG}


@pytest.mark.parametrize("kind", ["bernoulli", "gaussian"])
def test_a_sound_model_has_nothing_to_fix(kind):
    networks = trained.networks(trained.weights(kind))
    found = findings(trained.draft(networks, **(BERNOULLI if kind == "bernoulli" else GAUSSIAN)))
    assert not wrong(found), found
    assert found.keys() == {question.title for question in QUESTIONS} - {"conventions"}
    assert "mean ELBO" in found["ELBO"].found


def test_the_mean_is_told_of_as_many_examples_as_were_scored():
    """One reading alone is scored on fewer."""
    draft = trained.draft(trained.networks(trained.weights()), **BERNOULLI)
    result = last(trial.try_readings(draft, trained.digits()))
    assert result.n_candidates == 1
    assert f"on {result.n_examples} examples" in findings(draft)["ELBO"].found


def test_batch_normalisation_in_training_mode_is_told():
    networks = trained.networks(trained.weights())
    builder = GraphBuilder("z")
    v1, c1, v2, c2 = (builder.tensor(f"w{i}", t) for i, t in enumerate(networks.decoder.tensors.values()))
    hidden = builder.add("aten.linear.default", "z", v1, c1)
    normal = builder.add(
        "aten.batch_norm.default", hidden, None, None, None, None, True, 0.1, 1e-5, False, name="bn1"
    )
    builder.add("aten.relu.default", normal, name="r")
    decoder = builder.program(builder.add("aten.linear.default", "r", v2, c2))
    found = findings(trained.draft(replace(networks, decoder=decoder), **BERNOULLI))
    assert "training mode" in wrong(found)
    assert "batches" in wrong(found)
    assert "bn1" in found["training mode"].found
    assert "eval()" in found["training mode"].advice


def test_a_sigmoid_that_would_be_applied_twice_is_told():
    """Its source says logits, and the last layer is a sigmoid."""
    networks = trained.networks(trained.weights(), after=("aten.sigmoid.default",))
    found = findings(trained.draft(networks, **BERNOULLI))
    assert "a sigmoid is applied twice" in found["outputs"].found
    assert "--reading output=probabilities" in found["what is said"].advice


def test_a_source_that_says_the_wrong_order_is_contradicted():
    known = {**KNOWN, "order": "spread_first"}
    found = findings(trained.draft(trained.networks(trained.weights()), **{**BERNOULLI, "known": known}))
    assert "order=mean_first" in found["what is said"].found
    assert found["what is said"].verdict is Verdict.WRONG


def test_a_loss_with_another_weight_of_kl_shows_in_the_width_of_q():
    beta = findings(trained.draft(trained.networks(trained.weights("gaussian", beta=8.0)), **GAUSSIAN))
    assert beta["width of q"].verdict is Verdict.NOTE
    assert "beta" in beta["width of q"].advice


def test_a_sigma_that_was_fitted_is_told():
    networks = trained.networks(trained.weights("gaussian"))
    found = findings(trained.draft(networks, likelihood={"kind": "gaussian"}, known=KNOWN))
    assert "reading" in wrong(found)
    assert "was fitted to these data" in found["conventions"].found


def test_data_of_other_units_are_told():
    networks = trained.networks(trained.weights("gaussian"))
    data = trained.digits()
    larger = replace(data, values=data.values.astype("float32") / 4, n_levels=None)
    found = findings(trained.draft(networks, **GAUSSIAN), larger)
    assert wrong(found)


def test_a_collapsed_posterior_is_told():
    networks = trained.networks(trained.weights(), head=lambda m, s: torch.cat([0 * m, 0 * s]))
    found = findings(trained.draft(networks, **BERNOULLI))
    assert "plausibility" in wrong(found)
    assert "q(z|x) is the prior" in found["plausibility"].found


def test_a_question_that_fails_leaves_the_others(monkeypatch):
    monkeypatch.setattr(
        "explorer.importing.check.figures.ProgramVAE", property(lambda self: None), raising=True
    )
    found = findings(trained.draft(trained.networks(trained.weights()), **BERNOULLI))
    assert "could not be told" in found["outputs"].found
    assert found["ELBO"].verdict is Verdict.FINE


def test_the_likelihoods_that_are_guessed_exist():
    spec = candidates.spec_of(trained.draft(trained.networks(trained.weights())), trained.digits())
    assert set(candidates._kinds(spec, 1, True)) <= LIKELIHOODS.keys()
