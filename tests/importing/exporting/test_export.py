"""Models of a person's own script: opened as they are meant, or an error that says what to do."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal

import explorer
from explorer.bounds import score
from explorer.files import FileFault
from explorer.importing.draft import ImportFault
from explorer.models import checkpoints
from explorer.models.conventions import ConventionError
from explorer.models.latent_model import DataSpec
from explorer.models.vae import VAE, ModelConfig
from explorer.programs.traced import TraceError
from tests import tiny


class Theirs(nn.Module):
    """A VAE as people write them."""

    def __init__(self, n: int = 64, d: int = 3):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(n, 16), nn.ReLU(inplace=True))
        self.mean, self.log_variance = nn.Linear(16, d), nn.Linear(16, d)
        self.back = nn.Sequential(nn.Linear(d, 16), nn.ReLU(inplace=True), nn.Linear(16, n))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.body(x)
        return self.mean(h), self.log_variance(h)

    def sample(self, x: Tensor) -> Tensor:
        mean, log_variance = self.encode(x)
        return mean + torch.randn_like(mean) * torch.exp(log_variance / 2)

    def decode(self, z: Tensor) -> Tensor:
        return self.back(z)


@pytest.fixture
def theirs() -> Theirs:
    torch.manual_seed(0)
    return Theirs().eval()


@pytest.fixture
def x() -> Tensor:
    return torch.randint(0, 2, (5, 1, 8, 8), generator=torch.Generator().manual_seed(0)).float()


def given(theirs: Theirs, x: Tensor, **other):
    return {
        "encode": theirs.encode,
        "decode": lambda z: theirs.decode(z),
        "likelihood": "bernoulli",
        "example": x,
        **other,
    }


def elbo(encode, decode, x, eps):
    """By hand, of a Bernoulli's logits."""
    mean, log_variance = encode(x)
    q = Normal(mean, torch.exp(log_variance / 2))
    z = mean + eps * q.scale
    log_px = Bernoulli(logits=decode(z)).log_prob(x.flatten(1)).sum(-1)
    return (log_px + Normal(0, 1).log_prob(z).sum(-1) - q.log_prob(z).sum(-1)).detach()


def elbo_of(model, x, eps):
    q = model.posterior(x)
    z = q.mean + eps * q.stddev
    return (model.likelihood(z).log_prob(x) + model.prior().log_prob(z) - q.log_prob(z)).detach().float()


def test_the_folder_holds_the_model(theirs, x, tmp_path):
    found = explorer.export(tmp_path / "mine", **given(theirs, x, trained_on="digits"))
    checkpoint = explorer.load_checkpoint(found)
    assert checkpoint.name == "mine"
    assert checkpoint.config["model_type"] == "program"
    assert checkpoint.config["training"] == {"data": "digits"}
    assert checkpoint.model.data_spec == DataSpec((1, 8, 8), "grey image", 2, binarise=True)
    eps = torch.randn(5, 3)
    expected = elbo(theirs.encode, theirs.decode, x, eps)
    torch.testing.assert_close(elbo_of(checkpoint.model, x, eps), expected)
    torch.testing.assert_close(elbo_of(explorer.from_torch(**given(theirs, x)), x, eps), expected)


def test_one_of_ours_has_the_same_bounds_when_it_comes_in_as_theirs():
    """Everything that is computed of log p(x), with derivatives, draw by draw."""
    data = replace(tiny.DIGITS, n_levels=2, binarise=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        ours = VAE(ModelConfig(tiny.LATENT_DIM, data, {"kind": "bernoulli"}, tiny.MLP, tiny.MLP))
    ours.eval().requires_grad_(False)
    examples = explorer.Examples(torch.rand(6, 1, 8, 8).round(), torch.arange(6))
    theirs = explorer.from_torch(
        encode=lambda x: ours.encoder(x).chunk(2, 1),
        decode=ours.decoder,
        likelihood="bernoulli",
        example=examples.x,
    )
    settings = explorer.ScoreSettings(n_samples=32)
    one, other = (next(iter(score(model, examples, settings))) for model in (ours, theirs))
    torch.testing.assert_close(torch.as_tensor(other["elbo_nats"]), torch.as_tensor(one["elbo_nats"]))
    torch.testing.assert_close(torch.as_tensor(other["log_px_nats"]), torch.as_tensor(one["log_px_nats"]))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"encode": lambda v: lambda x: Normal(v.encode(x)[0], torch.exp(v.encode(x)[1] / 2))}, True),
        (
            {
                "encode": lambda v: (
                    lambda x: Independent(Normal(v.encode(x)[0], torch.exp(v.encode(x)[1] / 2)), 1)
                )
            },
            True,
        ),
        ({"encode": lambda v: lambda x: list(v.encode(x))}, True),
        ({"decode": lambda v: lambda z: Bernoulli(logits=v.decode(z))}, True),
        ({"decode": lambda v: lambda z: v.decode(z).sigmoid(), "reading": {"output": "probabilities"}}, True),
        ({"encode": lambda v: lambda x: torch.cat(v.encode(x), 1), "reading": {"order": "mean_first"}}, True),
        ({"encode": lambda v: lambda x: v.encode(x)[::-1], "reading": {"order": "spread_first"}}, True),
        (
            {
                "encode": lambda v: lambda x: (v.encode(x)[0], v.encode(x)[1].exp()),
                "reading": {"spread": "variance"},
            },
            True,
        ),
        ({"reading": {"spread": "log_sigma"}}, False),
    ],
)
def test_what_is_returned_is_read_as_it_is_meant(theirs, x, other, same):
    parts = {k: v if k == "reading" else v(theirs) for k, v in other.items()}
    model = explorer.from_torch(**given(theirs, x) | parts)
    eps = torch.randn(5, 3)
    found, expected = elbo_of(model, x, eps), elbo(theirs.encode, theirs.decode, x, eps)
    assert torch.allclose(found, expected, rtol=1e-4) == same


def test_flat_examples_may_be_pictures(theirs, x):
    model = explorer.from_torch(**given(theirs, x.flatten(1), data={"shape": (1, 8, 8)}))
    assert model.data_spec.kind == "grey image"
    torch.testing.assert_close(model.posterior(x).mean, theirs.encode(x)[0])
    assert explorer.from_torch(**given(theirs, x.flatten(1))).data_spec.shape == (64,)


def test_channels_may_stand_behind(x):
    torch.manual_seed(0)
    theirs, there = Theirs(8 * 8 * 3).eval(), torch.rand(5, 8, 8, 3)
    parts = given(theirs, there, likelihood={"kind": "gaussian", "scale": 0.1})
    parts["decode"] = lambda z: theirs.decode(z).unflatten(1, (8, 8, 3))
    with pytest.raises(ImportFault, match="channels_last"):
        explorer.from_torch(**parts)
    model = explorer.from_torch(**parts, reading={"layout": "channels_last"})
    assert model.data_spec == DataSpec((3, 8, 8), "colour image", None)
    mean, _ = theirs.encode(there)
    torch.testing.assert_close(model.posterior(there.movedim(-1, 1)).mean, mean)
    torch.testing.assert_close(model.likelihood(mean).mean, parts["decode"](mean).movedim(-1, 1))


def test_a_normal_of_the_decoder_has_a_scale_an_element(theirs, x):
    scale = torch.linspace(0.5, 2, 64)
    parts = given(
        theirs, x.flatten(1), likelihood="gaussian", decode=lambda z: Normal(theirs.decode(z), scale)
    )
    model = explorer.from_torch(**parts)
    z = torch.randn(5, 3)
    expected = Normal(theirs.decode(z), scale).log_prob(x.flatten(1)).sum(-1)
    torch.testing.assert_close(model.likelihood(z).log_prob(x.flatten(1)).float(), expected)


def test_levels_of_bytes_are_seen_and_may_be_said(theirs):
    parts = given(
        theirs, torch.randint(0, 256, (9, 1, 8, 8)) / 255, likelihood={"kind": "gaussian", "scale": 0.1}
    )
    assert explorer.from_torch(**parts).data_spec.n_levels == 256
    assert explorer.from_torch(**parts, data={"n_levels": None}).data_spec.n_levels is None
    assert explorer.from_torch(**parts | {"example": torch.rand(9, 1, 8, 8)}).data_spec.n_levels is None


def test_grey_values_of_a_bernoulli_are_drawn_and_that_is_written_down(theirs, tmp_path):
    path = explorer.export(tmp_path / "mine", **given(theirs, torch.rand(5, 1, 8, 8)))
    checkpoint = checkpoints.load(path)
    assert checkpoint.model.data_spec.binarise
    assert "grey values" in checkpoint.config["provenance"]["assumed"][0]


class Told(dict):
    """What some libraries return."""


GAUSSIAN = {"kind": "gaussian", "scale": 0.1}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (
            lambda v, x: {"encode": v.sample},
            r"encode: output: .*one tensor.*sample of q\(z\|x\) is not enough",
        ),
        (lambda v, x: {"encode": lambda x: v.encode(x)[0]}, r"one tensor \(5, 3\)"),
        (lambda v, x: {"encode": lambda x: (v.sample(x), *v.encode(x))}, r"found 3 tensors.*\[1:\]"),
        (lambda v, x: {"encode": lambda x: Told(mean=v.encode(x)[0])}, r"found Told.*Take them out"),
        (lambda v, x: {"encode": lambda x: (v.encode(x)[0], v.body(x))}, r"found \(5, 3\) and \(5, 16\)"),
        (lambda v, x: {"encode": lambda x: (v.encode(x)[0].T, v.encode(x)[0].T)}, r"a row for each given"),
        (
            lambda v, x: {"encode": lambda x: (v.encode(x)[0], v.encode(x)[1].exp())},
            r"what exp returns.*\"variance\"",
        ),
        (lambda v, x: {"encode": lambda x: (v.sample(x), v.encode(x)[1])}, r"another result each time"),
        (
            lambda v, x: {"encode": lambda x: MultivariateNormal(v.encode(x)[0], torch.eye(3))},
            r"found MultivariateNormal",
        ),
        (
            lambda v, x: {"decode": lambda z: v.decode(z).sigmoid()},
            r"decode: output: .*logits.*\"probabilities\"",
        ),
        (
            lambda v, x: {"decode": lambda z: v.decode(z)[:, :32]},
            r"return 64 numbers an example, and returns 32",
        ),
        (
            lambda v, x: {"encode": v.train().encode},
            r"encode: Theirs is in training mode; call model\.eval\(\)",
        ),
        (
            lambda v, x: {"encode": v.double().encode, "example": x.double()},
            r"example: dtype: .*float64.*\.float\(\)",
        ),
        (lambda v, x: {"encode": v.double().encode}, r"encode cannot be called.*line \d+"),
        (lambda v, x: {"example": (x * 255).to(torch.uint8)}, r"found torch\.uint8.*scaled as for training"),
        (lambda v, x: {"example": x.numpy()}, r"found numpy\.ndarray.*as_tensor"),
        (lambda v, x: {"example": x[0, 0, 0, 0]}, r"\(N, \.\.\.\), a batch"),
        (lambda v, x: {"example": x / 0}, r"finite numbers"),
        (lambda v, x: {"example": x * 255}, r"They look like bytes: divide by 255"),
        (lambda v, x: {"example": x - 0.5}, r"values must lie in \[0, 1\]"),
        (lambda v, x: {"example": x.movedim(1, -1)}, r"found \(5, 8, 8, 1\).*channels_last"),
        (lambda v, x: {"likelihood": "gaussian"}, r"needs scale.*sigma of a loss"),
        (
            lambda v, x: {"likelihood": {"kind": "gaussian", "scale": "learned"}},
            r"found learned.*what was learnt",
        ),
        (lambda v, x: {"likelihood": "poisson"}, r"poisson' is unknown; expected one of"),
        (lambda v, x: {"reading": {"spred": "variance"}}, r"found 'spred'"),
        (lambda v, x: {"reading": {"spread": "std"}}, r"expected one of log_variance.*found 'std'"),
        (lambda v, x: {"data": {"size": 3}}, r"found size"),
        (lambda v, x: {"data": {"n_levels": 256}}, r"needs data of 2 levels, found 256"),
        (lambda v, x: {"example": torch.rand(5, 2, 4, 8)}, r"or grey or colour images"),
    ],
)
def test_what_people_get_wrong_is_said_with_what_to_do(theirs, x, other, said):
    with pytest.raises((ImportFault, TraceError, ConventionError, ValueError), match=f"(?s){said}") as caught:
        explorer.from_torch(**given(theirs, x) | other(theirs, x))
    assert isinstance(caught.value, FileFault | TraceError | ConventionError) or "reading" in str(
        caught.value
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="without a GPU")
def test_a_model_on_a_gpu_is_sent_back(theirs, x):
    with pytest.raises(ImportFault, match=r"model\.cpu\(\)"):
        explorer.from_torch(**given(theirs.cuda(), x))


def test_an_exported_model_says_nothing_while_it_is_exported(theirs, x, capfd, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explorer.export(tmp_path / "mine", **given(theirs, x))
    assert capfd.readouterr() == ("", "")
