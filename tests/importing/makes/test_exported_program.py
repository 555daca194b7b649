"""Exported programs are opened as torch would run them."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim
from torch.func import hessian, vmap

from explorer.importing.draft import Draft, ImportFault
from explorer.importing.makes import exported_program
from explorer.importing.registry import make_of
from explorer.models import checkpoints
from explorer.models.latent_model import DataSpec
from explorer.models.program_vae import ProgramVAE, Shapes
from explorer.models.reading import Reading
from tests.importing.archives import FIXTURES, changed, entries, write
from tests.programs.networks import Case, cases, perceptron

pytestmark = [
    pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning"),
    # Of torch, where it writes the form of a function's arguments.
    pytest.mark.filterwarnings("ignore:`isinstance:FutureWarning"),
]
CASES = cases()


def expected(name: str) -> dict[str, Tensor]:
    with np.load(FIXTURES / name / "expected.npz") as content:
        return {key: torch.from_numpy(content[key]) for key in content}


def close(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)


def test_two_files_of_a_folder_are_encoder_and_decoder():
    draft, wanted = exported_program.read_draft(FIXTURES / "exported-mlp"), expected("exported-mlp")
    (networks,) = draft.networks
    assert networks.encoder is not None
    assert (networks.latent_shape, networks.input_shape, draft.known) == ((2,), (1, 8, 8), {})
    mean, log_variance = networks.encoder(wanted["x"])
    close(mean, wanted["mean"])
    close(log_variance, wanted["log_variance"])
    close(networks.decoder(wanted["z"])[0], wanted["logits"])
    assert len(draft.sha256) == 64
    assert exported_program.read_draft(FIXTURES / "exported-mlp" / "decoder.pt2").sha256 == draft.sha256


def test_one_file_of_a_whole_vae_is_cut_where_its_code_is():
    path = FIXTURES / "exported-whole" / "vae.pt2"
    assert make_of(path) == "exported_program"
    draft, wanted = exported_program.read_draft(path), expected("exported-whole")
    (networks,) = draft.networks
    assert networks.encoder is not None
    assert draft.known == {"order": "mean_first", "spread": "log_variance"}
    assert (networks.latent_shape, networks.input_shape) == ((3,), (1, 8, 8))
    mean, log_variance = networks.encoder(wanted["x"])
    close(mean, wanted["mean"])
    close(log_variance, wanted["log_variance"])
    close(networks.decoder(wanted["z"])[0], wanted["probabilities"])


def test_what_is_read_can_be_opened_and_stored(tmp_path):
    draft = exported_program.read_draft(FIXTURES / "exported-whole" / "vae.pt2")
    (networks,) = draft.networks
    model = ProgramVAE(
        DataSpec((1, 8, 8), "grey image", 2, binarise=True),
        {"kind": "bernoulli"},
        networks.decoder,
        networks.encoder,
        Shapes(networks.latent_shape, networks.input_shape),
        Reading(**draft.known, output="probabilities"),
    ).eval()
    checkpoints.save(tmp_path / "mine", model, {})
    again, wanted = checkpoints.load(tmp_path / "mine").model, expected("exported-whole")
    close(again.likelihood(wanted["z"]).mean, wanted["probabilities"])
    close(again.posterior(wanted["x"]).stddev, torch.exp(wanted["log_variance"] / 2))


class Both(nn.Module):
    """A decoder in front of which a linear encoder is set, with what it returns in some order."""

    def __init__(self, decoder: nn.Module, order: str, spread: str = "log_variance", draws: bool = True):
        super().__init__()
        self.decoder, self.order, self.spread, self.draws = decoder, order, spread, draws
        self.mean, self.rest = nn.Linear(10, 3), nn.Linear(10, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        mean, rest = self.mean(x), self.rest(x)
        sigma = {"log_variance": torch.exp(rest / 2), "log_sigma": rest.exp()}
        sigma["softplus_sigma"] = nn.functional.softplus(rest)
        z = mean
        if self.draws:
            z = torch.distributions.Normal(mean, sigma[self.spread], validate_args=False).rsample()
        parts = {"r": self.decoder(z), "m": mean, "s": rest, "x": x, "z": z}
        return tuple(parts[letter] for letter in self.order)


def saved(path, network: nn.Module, example: Tensor, decompose: bool = False, **options):
    options = {"dynamic_shapes": ({0: Dim("n", min=1)},)} | options
    exported = torch.export.export(network.eval(), (example,), **options)
    path.parent.mkdir(exist_ok=True)
    torch.export.save(exported.run_decompositions({}) if decompose else exported, path)
    return path


@pytest.mark.parametrize(
    ("order", "spread", "draws", "known"),
    [
        ("rms", "log_variance", True, {"order": "mean_first", "spread": "log_variance"}),
        ("msr", "log_sigma", True, {"order": "mean_first", "spread": "log_sigma"}),
        ("sxrm", "softplus_sigma", True, {"order": "spread_first", "spread": "softplus_sigma"}),
        ("rzms", "log_variance", True, {"order": "mean_first", "spread": "log_variance"}),
        ("rsm", "log_variance", False, {"order": "spread_first"}),
    ],
)
def test_outputs_are_known_by_what_they_do(order, spread, draws, known, tmp_path):
    torch.manual_seed(0)
    network, x = Both(perceptron(3, 8, 10), order, spread, draws).eval(), torch.randn(4, 10)
    draft = exported_program.read_draft(saved(tmp_path / "vae.pt2", network, x))
    (networks,) = draft.networks
    assert networks.encoder is not None
    assert draft.known == known
    mean, _ = Reading.from_config(draft.known).head(networks.encoder(x))
    close(mean, network.mean(x))
    close(networks.decoder(mean)[0], network.decoder(mean))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("decompose", [False, True])
def test_every_network_is_the_same_as_in_torch(name, decompose, tmp_path):
    case = CASES[name]
    if name == "writing" and not decompose:
        with pytest.raises(ImportFault, match="in place, and"):
            read_alone(case, tmp_path, decompose)
        return
    program = read_alone(case, tmp_path, decompose)
    for n in (1, 5):
        x = case.rows(n)
        found, theirs = program(x), case.network(x)
        for ours, wanted in zip(found, theirs if isinstance(theirs, tuple) else (theirs,), strict=True):
            close(ours, wanted)
    energy = lambda row: program(row[None])[0].square().sum()  # noqa: E731
    assert bool(vmap(hessian(energy))(case.rows(2)).isfinite().all())


def read_alone(case: Case, folder, decompose: bool):
    """A network as it is read where it is a decoder."""
    from explorer.importing.graphs.pt2 import archive, graph

    with archive.opened(saved(folder / "alone.pt2", case.network, case.rows(3), decompose)) as content:
        return graph.exported(content, "model").program


def test_a_bounded_batch_is_run_in_parts(tmp_path):
    class Bounded(nn.Module):
        def forward(self, z: Tensor) -> Tensor:
            return torch.cdist(z, torch.eye(3))

    from explorer.importing.graphs.pt2 import archive, graph

    path = saved(
        tmp_path / "a.pt2", Bounded(), torch.randn(3, 3), dynamic_shapes=({0: Dim("n", min=1, max=25)},)
    )
    with archive.opened(path) as content:
        program = graph.exported(content, "model").program
    assert program.graph.most_rows == 25
    z = torch.randn(60, 3)
    close(program(z)[0], torch.cdist(z, torch.eye(3)))


def test_a_batch_of_one_is_run_a_row_at_a_time(tmp_path):
    network = Both(perceptron(3, 8, 10), "rms")
    path = saved(tmp_path / "vae.pt2", network, torch.randn(1, 10), dynamic_shapes=None)
    assert exported_program.read_draft(path).known == {"order": "mean_first", "spread": "log_variance"}
    decoder = saved(
        tmp_path / "two" / "decoder.pt2", perceptron(3, 8, 10), torch.randn(1, 3), dynamic_shapes=None
    )
    saved(decoder.with_name("encoder.pt2"), perceptron(10, 8, 6), torch.randn(4, 10))
    (networks,) = exported_program.read_draft(decoder.parent).networks
    assert networks.decoder.graph.most_rows == 1
    assert networks.decoder(torch.randn(7, 3))[0].shape == (7, 10)


def of_folder(tmp_path, **networks: tuple[nn.Module, Tensor]) -> Draft:
    for name, (network, example) in networks.items():
        saved(tmp_path / "both" / f"{name}.pt2", network, example)
    return exported_program.read_draft(tmp_path / "both")


class Drawing(nn.Module):
    """An encoder that returns its sample, too; or a decoder that draws."""

    def __init__(self, n: int = 3):
        super().__init__()
        self.mean, self.rest, self.n = nn.Linear(10, 3), nn.Linear(10, 3), n

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        mean, rest = self.mean(x), self.rest(x)
        return (mean + torch.randn_like(mean) * rest.exp(), mean, rest)[: self.n]


def test_a_sample_beside_mean_and_spread_is_left_out(tmp_path):
    encoder, x = Drawing(), torch.randn(4, 10)
    draft = of_folder(tmp_path, encoder=(encoder, x), decoder=(perceptron(3, 8, 10), torch.randn(4, 3)))
    assert draft.networks[0].encoder is not None
    for ours, wanted in zip(draft.networks[0].encoder(x), encoder(x)[1:], strict=True):
        close(ours, wanted)


@pytest.mark.parametrize(
    ("encoder", "decoder", "said"),
    [
        (
            Drawing(1),
            perceptron(3, 8, 10),
            "encoder: expected mean and log-variance.*0 outputs, and 1 that are drawn",
        ),
        (perceptron(10, 3), perceptron(3, 8, 10), r"mean and spread of a code \(3,\), found \(3,\)"),
        (perceptron(10, 6), nn.Sequential(nn.Linear(3, 10), Drawing(1)), "decoder: expected no draws"),
    ],
)
def test_halves_that_make_no_vae_are_refused(encoder, decoder, said, tmp_path):
    with pytest.raises(ImportFault, match=said):
        of_folder(tmp_path, encoder=(encoder, torch.randn(4, 10)), decoder=(decoder, torch.randn(4, 3)))


class Again(nn.Module):
    """A decoder that x reaches by another way than its code."""

    def __init__(self) -> None:
        super().__init__()
        self.mean, self.rest, self.back = nn.Linear(10, 3), nn.Linear(10, 3), nn.Linear(3, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        mean, rest = self.mean(x), self.rest(x)
        return self.back(mean + torch.randn_like(mean) * rest.exp()) + x, mean, rest


class Cubed(Again):
    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        mean, rest = self.mean(x), self.rest(x)
        return self.back(mean + torch.randn_like(mean) ** 3 * rest.exp()), mean, rest


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (perceptron(10, 3, 10), "one: half of a VAE, or an autoencoder without"),
        (Again(), "one value between x and the reconstruction, found none.*two files of one folder"),
        (Cubed(), r"expected z = mean \+ eps sigma"),
        (Both(perceptron(3, 10), "rm"), r"mean and spread of a code \(3,\), found \(3,\)"),
        (Both(perceptron(3, 10), "ms"), "one value between x and the reconstruction, found none"),
    ],
)
def test_a_whole_that_cannot_be_cut_is_refused(network, said, tmp_path):
    with pytest.raises(ImportFault, match=said):
        exported_program.read_draft(saved(tmp_path / "vae.pt2", network, torch.randn(4, 10)))


def test_a_missing_half_is_named(tmp_path):
    shutil.copy(FIXTURES / "exported-mlp" / "decoder.pt2", tmp_path)
    with pytest.raises(ImportFault, match=r"encoder\.pt2: file: expected a plain one"):
        exported_program.read_draft(tmp_path)


def test_models_of_one_archive_are_its_halves(tmp_path):
    content = {}
    for part in ("encoder", "decoder"):
        found = entries(FIXTURES / "exported-mlp" / f"{part}.pt2")
        for name, value in found.items():
            to = name.replace("/model", f"/{part}").replace("weight_", f"weight_{part}_")
            content[to] = (
                value.replace(b'"weight_', f'"weight_{part}_'.encode()) if "config" in name else value
            )
    draft = exported_program.read_draft(write(tmp_path / "both.pt2", content))
    close(draft.networks[0].decoder(expected("exported-mlp")["z"])[0], expected("exported-mlp")["logits"])


def test_weights_in_other_types_are_read_as_float32(tmp_path):
    torch.manual_seed(0)
    network = perceptron(3, 8, 10).to(torch.float64)
    path = saved(tmp_path / "decoder.pt2", network, torch.randn(4, 3, dtype=torch.float64))
    saved(path.with_name("encoder.pt2"), perceptron(10, 8, 6), torch.randn(4, 10))
    z = torch.randn(4, 3)
    found = exported_program.read_draft(tmp_path).networks[0].decoder(z)[0]
    close(found, network(z.double()).float())


def test_what_is_no_part_of_the_graph_changes_nothing(tmp_path):
    source = FIXTURES / "exported-mlp"
    for part in ("encoder", "decoder"):
        changed(
            source / f"{part}.pt2",
            tmp_path / f"{part}.pt2",
            lambda c: c.update(torch_version="99", extra=[1]),
        )
    wanted = expected("exported-mlp")
    close(exported_program.read_draft(tmp_path).networks[0].decoder(wanted["z"])[0], wanted["logits"])
