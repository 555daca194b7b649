"""A reading that is wrong loses nats on real data: the right one wins, or it is said that the data do not decide."""

import pytest
import torch

from explorer.importing.draft import ImportFault
from explorer.importing.readings import candidates, trial
from explorer.steps import last
from tests.importing import trained

pytestmark = pytest.mark.slow
BERNOULLI = {"likelihood": {"kind": "bernoulli"}}
# So that few readings are tried.
HEAD = {"known": {"order": "mean_first", "spread": "log_variance"}}
GAUSSIAN = {"likelihood": {"kind": "gaussian", "scale": trained.SIGMA}}


def tried(draft, data=None):
    return last(trial.try_readings(draft, data or trained.digits()))


def interleave(a, b):
    return torch.stack([a, b], 1).flatten(0, 1)


HEADS = {
    "as usual": (None, {}),
    "swapped": (lambda m, s: torch.cat([s, m]), {"order": "spread_first"}),
    "interleaved": (interleave, {"order": "interleaved"}),
    "interleaved, swapped": (lambda m, s: interleave(s, m), {"order": "interleaved_spread_first"}),
    # log sigma is half of log sigma^2, and its negative is the precision's.
    "log sigma": (lambda m, s: torch.cat([m, s / 2]), {"spread": "log_sigma"}),
    "log precision": (lambda m, s: torch.cat([m, -s]), {"spread": "log_precision"}),
}


@pytest.mark.parametrize("kind", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("name", HEADS)
def test_the_head_is_recognised(kind, name):
    head, expected = HEADS[name]
    found = trained.networks(trained.weights(kind), head)
    result = tried(trained.draft(found, **(BERNOULLI if kind == "bernoulli" else GAUSSIAN)))
    # A log-sigma with a beta of 1 is, but for q's shape, a log-variance with another: both are named.
    assert result.is_clear or ("spread" in expected and "beta" in result.why), result.why
    usual = {"order": "mean_first", "spread": "log_variance"}
    reading = (result.winner or result.rivals[0]).candidate.reading
    assert {key: getattr(reading, key) for key in usual} == usual | expected


def spread_behind(operators):
    """The usual head, whose spread goes through operators."""

    def changed(networks):
        from dataclasses import replace

        from explorer.programs import GraphBuilder

        builder = GraphBuilder("x")
        tensors = networks.encoder.tensors
        w1, b1, w2, b2 = (builder.tensor(f"w{i}", t) for i, t in enumerate(tensors.values()))
        hidden = builder.add("aten.relu.default", builder.add("aten.linear.default", "x", w1, b1))
        both = builder.add("aten.linear.default", hidden, w2, b2)
        halves = builder.add("aten.chunk.default", both, 2, 1)
        mean, spread = builder.add("item", halves, 0), builder.add("item", halves, 1)
        for operator, *args in operators:
            spread = builder.add(operator, spread, *args)
        return replace(networks, encoder=builder.program(mean, spread))

    return changed


@pytest.mark.parametrize(
    "expected, operators",
    [
        ("sigma", [("aten.mul.Scalar", 0.5), ("aten.exp.default",)]),
        ("variance", [("aten.exp.default",)]),
        # log(exp(sigma) - 1)
        (
            "softplus_sigma",
            [("aten.mul.Scalar", 0.5), ("aten.exp.default",), ("aten.expm1.default",), ("aten.log.default",)],
        ),
    ],
)
def test_a_spread_of_its_own_output_is_recognised(expected, operators):
    networks = spread_behind(operators)(trained.networks(trained.weights()))
    result = tried(trained.draft(networks, **BERNOULLI))
    # With another weight of KL it may be a log-variance, which is said.
    assert result.is_clear or "beta" in result.why
    assert (result.winner or result.rivals[0]).candidate.reading.spread == expected


def test_the_activation_is_recognised():
    right, wrong = (
        trained.networks(trained.weights(), activation=f"aten.{name}.default", name=name)
        for name in ("relu", "tanh")
    )
    for order in ((right, wrong), (wrong, right)):
        result = tried(trained.draft(*order, **BERNOULLI, **HEAD))
        assert result.is_clear, result.why
        assert result.winner.candidate.networks.name == "relu"


@pytest.mark.parametrize(
    "after, expected", [((), "parameters"), (("aten.sigmoid.default",), "probabilities")]
)
def test_a_sigmoid_is_neither_forgotten_nor_applied_twice(after, expected):
    networks = trained.networks(trained.weights(), after=after)
    result = tried(trained.draft(networks, **BERNOULLI, **HEAD))
    assert result.is_clear, result.why
    assert result.winner.candidate.reading.output == expected


@pytest.mark.parametrize("layout", ["channels_first", "channels_last"])
def test_where_channels_stand_is_recognised(layout):
    pixels = torch.arange(3 * 8 * 6).reshape(3, 8, 6)
    order = (pixels.permute(1, 2, 0) if layout == "channels_last" else pixels).flatten()
    networks = trained.networks(trained.weights("gaussian", which="colours"), pixels=order)
    result = tried(trained.draft(networks, **GAUSSIAN, **HEAD), trained.colours())
    assert result.is_clear, result.why
    assert result.winner.candidate.reading.layout == layout


def test_a_sigma_that_nobody_says_is_asked_for_and_no_elbo_decides_it():
    networks = trained.networks(trained.weights("gaussian"))
    draft = trained.draft(networks, likelihood={"kind": "gaussian"}, known={"spread": "log_variance"})
    result = tried(draft)
    assert not result.is_clear
    assert "likelihood is open" in result.why
    fitted, unit = result.rivals
    assert fitted.is_scale_fitted
    assert fitted.candidate.likelihood["scale"] == pytest.approx(trained.SIGMA, rel=0.35)
    assert unit.candidate.likelihood["scale"] == 1
    assert {t.candidate.reading.order for t in result.rivals} == {"mean_first"}


def test_a_likelihood_under_which_all_readings_are_doubted_is_none_of_those_that_are_asked_about():
    """Logits are no means: as a Gaussian's they are far from the data."""
    result = tried(trained.draft(trained.networks(trained.weights()), **HEAD))
    assert {t.group for t in result.tried if "gaussian" in t.group}
    assert not {t.group for t in result.rivals if "gaussian" in t.group}, result.why


def test_a_likelihood_that_nobody_says_is_asked_for():
    networks = trained.networks(trained.weights(), after=("aten.sigmoid.default",))
    result = tried(trained.draft(networks, **HEAD))
    assert not result.is_clear
    kinds = {t.candidate.likelihood["kind"] for t in result.tried}
    assert kinds == {"bernoulli", "gaussian", "continuous_bernoulli"}


def test_noise_decides_nothing_and_the_rivals_are_named():
    """Weights that were never trained: no reading is clearly right."""
    generator = torch.Generator().manual_seed(0)
    shapes = ((48, 64), (48,), (8, 48), (8,)), ((48, 4), (48,), (64, 48), (64,))
    random = (tuple(0.01 * torch.randn(s, generator=generator) for s in part) for part in shapes)
    result = tried(trained.draft(trained.networks(trained.Weights(*random)), **BERNOULLI))
    assert not result.is_clear or result.winner.doubts


@pytest.mark.parametrize("beta", [4.0, 8.0])
def test_a_spread_that_only_another_weight_of_kl_tells_is_named(beta):
    """The loss of a beta-VAE makes q wider, and read as a log-sigma it is narrower again, with the better ELBO."""
    found = trained.networks(trained.weights("gaussian", beta=beta))
    result = tried(trained.draft(found, **GAUSSIAN))
    assert not result.is_clear
    assert "beta" in result.why
    assert "log_variance" in {t.candidate.reading.spread for t in result.rivals}


def test_a_plain_autoencoder_is_no_vae():
    networks = trained.networks(trained.weights(), head=lambda m, s: m)
    with pytest.raises(ImportFault, match="an autoencoder and no VAE"):
        tried(trained.draft(networks, **BERNOULLI))


def test_data_of_another_size_are_told():
    networks = trained.networks(trained.weights())
    with pytest.raises(ImportFault, match=r"examples of \(64,\), found colours"):
        tried(trained.draft(networks, **BERNOULLI), trained.colours())


def test_weights_that_are_no_numbers_have_no_reading():
    networks = trained.networks(trained.weights(), after=("aten.log.default",))
    with pytest.raises(ImportFault, match="finite numbers under one reading at least"):
        tried(trained.draft(networks, **GAUSSIAN))


def test_what_is_known_is_not_tried_otherwise():
    draft = trained.draft(trained.networks(trained.weights()), known={"order": "spread_first"}, **BERNOULLI)
    found = candidates.candidates(draft, trained.digits())
    assert {c.reading.order for c in found} == {"spread_first"}
