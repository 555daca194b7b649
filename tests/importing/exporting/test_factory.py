"""Models that a function of the user's own makes."""

from __future__ import annotations

import sys

import pytest
import torch

from explorer.importing.draft import ImportFault
from explorer.importing.exporting import factory
from explorer.importing.exporting.export import model_of

PARTS = """
import torch
from torch import nn

torch.manual_seed(0)
encoder, decoder = nn.Linear(6, 4).eval(), nn.Linear(2, 6).eval()

def make():
    from beside import likelihood
    return {"encode": lambda x: encoder(x).chunk(2, 1), "decode": decoder, "likelihood": likelihood,
            "example": torch.rand(3, 6).round(), "trained_on": "mine"}

class Whole(nn.Module):
    likelihood, example = "bernoulli", torch.rand(3, 6).round()
    def __init__(self):
        super().__init__()
        self.encoder, self.decode = encoder, decoder
        self.eval()
    def encode(self, x):
        return self.encoder(x).chunk(2, 1)

def module(): return nn.Linear(3, 3)
def failing(): return 1 / 0
def less(): return {"encode": encoder, "decode": decoder}
def more(): return {**make(), "optimiser": 3}
number = 3
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "their_model.py").write_text(PARTS)
    (tmp_path / "beside.py").write_text('likelihood = "bernoulli"')
    (tmp_path / "broken.py").write_text("import torch\nimport not_installed_anywhere")
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    yield tmp_path
    assert sys.path == path
    for name in ("their_model", "beside", "broken"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["make", "Whole"])
def test_a_function_of_ones_own_makes_a_model(here, name):
    assert factory.is_factory(f"their_model:{name}")
    draft = factory.read(f"their_model:{name}")
    assert draft.trained_on == ("mine" if name == "make" else None)
    model, theirs = model_of(draft), sys.modules["their_model"]
    z = torch.randn(4, 2)
    torch.testing.assert_close(model.likelihood(z).logits, theirs.decoder(z))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("their_model.py:make", r"'?module'?.*found nothing.*where the module lies"),
        ("a/their_model:make", r"name: expected module:function.*with dots"),
        ("their_model:made", r"made: expected a function of their_model, found .*make"),
        ("their_model:number", r"number: expected a function"),
        ("their_modle:make", r"their_modle in .*, found nothing\. Call this where"),
        ("broken:make", r"No module named 'not_installed_anywhere' .*broken\.py, line 2"),
        ("their_model:failing", r"ZeroDivisionError: division by zero .*their_model\.py, line \d+"),
        ("their_model:less", r"example: expected an entry, found a dict without it.*\"likelihood\""),
        ("their_model:more", r"optimiser: expected one of data, decode, encode"),
        ("their_model:module", r"decode: expected an entry, found a Linear without it"),
    ],
)
def test_what_makes_no_model_is_said(here, source, said):
    with pytest.raises(ImportFault, match=f"(?s){said}"):
        factory.read(source)


def test_a_path_is_no_factory(here):
    (here / "a:b").write_text("")
    assert not factory.is_factory("a:b")
    assert not any(
        map(factory.is_factory, ("model.pt2", "C:/models", "a:b:c", "their_model", ":make", "1:2"))
    )
    assert "run here" in factory.notice("their_model:make")
