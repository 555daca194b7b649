"""Subjects to explain: one whose every term has a closed form, and models that cannot do what is asked of them."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import numpy as np
import torch
from torch.distributions import Independent, Laplace

from explorer.bounds import Examples
from explorer.explain import Question, Results, Subject, chapters, results, taken_apart
from explorer.explain.terms.checked_subject import first_axes
from explorer.explain.terms.term import Term
from explorer.explain.typesetting.blocks import (
    Chapter,
    Definitions,
    Diagram,
    Formula,
    Note,
    Numbers,
    Pictures,
    Prose,
)
from explorer.steps import last
from tests.exact import LinearGaussian

_COUNTER = itertools.count()


def exact_subject(d: int = 2, example_id: int = 3, seed: int = 0, model=None) -> Subject:
    """An example of a linear-Gaussian model, whose stored log p(x) is the exact one."""
    model = model or LinearGaussian.random(6, d, seed=seed)
    x = model.sample(1, seed=100 + example_id)
    log_px = float(model.log_px(x))
    stored = {
        "elbo_nats": log_px - model.mean_field_gap(),
        "elbo_se": 0.0,
        "log_px_nats": log_px,
        "log_px_se": 0.0,
        "proposal": "laplace",
        "trust": "good",
    }
    return subject_like(model, x, example_id, stored)


def subject_like(model, x, example_id=3, stored=None) -> Subject:
    """An example of any model, under a key of its own."""
    ground = first_axes(model.latent_dim)
    one = Examples(x, np.array([example_id]))
    return Subject(model, one, f"subject {next(_COUNTER)}", "a model", "a label", stored, ground)


def whole(subject: Subject, question: Question | None = None) -> Results:
    """All results, the split among them."""
    found = last(results(subject, question or Question(2_000)))
    found = last(taken_apart(found))
    return found


def rows(found: Results) -> dict[str, Term]:
    """Every number of the argument by key."""
    every = {key: row.term for step in chapters(found) for key, row in step.rows.items()}
    return {key: term for key, term in every.items() if term is not None}


def known(term: Term) -> tuple[float, float]:
    """The number and error of a term that must have both."""
    assert term.nats is not None
    assert term.se is not None
    return term.nats, term.se


def near(a: Term, b: Term, errors: float = 4.0, slack: float = 1e-4) -> bool:
    """Whether two independent terms agree."""
    difference, se = known(a - b)
    return abs(difference) <= errors * se + slack


def printed(value: str) -> tuple[float, float]:
    """The number and error that a row's text says."""
    found = re.fullmatch(r"(−?[\d,.]+)(?: ± ([\d.,]+))? nats.*", value)
    assert found, value
    number, se = found.groups()
    return float(number.replace("−", "-").replace(",", "")), float((se or "0").replace(",", ""))


def texts(steps: tuple[Chapter, ...]) -> list[str]:
    """Every text of the chapters that a person may read."""
    return [text for step in steps for text in (step.title, *_of_blocks(step))]


def _of_blocks(step: Chapter):
    for block in step.blocks:
        match block:
            case Prose():
                yield block.markdown
            case Formula():
                yield block.words
            case Definitions():
                yield from (s.meaning for s in block.symbols)
            case Numbers():
                yield block.caption
                for row in block.rows:
                    yield from (row.name, row.value, row.meaning)
            case Diagram():
                yield from (block.title, block.description)
            case Pictures():
                yield from (p.caption for p in block.pictures)
            case Note():
                yield block.text


def assert_readable(found: Results) -> None:
    """No text and no figure of the argument shows what is not a number."""
    steps = chapters(found)
    for text in texts(steps):
        assert not re.search(r"\bnan\b|\binf(inity)?\b|∞", text, re.IGNORECASE), text
        assert not re.search(r"\bNone\b(?! of)", text), text
        assert text.strip(), step_names(steps)
    for step in steps:
        for chart in step.charts.values():
            for values in arrays(chart.figure):
                assert np.isfinite(values).all(), chart.key


def arrays(value):
    """Every array of numbers in a figure."""
    if isinstance(value, dict):
        for part in value.values():
            yield from arrays(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from arrays(part)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "if":
        yield value
    elif isinstance(value, float):
        yield np.array(value)


def step_names(steps: tuple[Chapter, ...]) -> list[str]:
    return [step.key for step in steps]


@dataclass(frozen=True)
class Intractable(LinearGaussian):
    """A q(z|x) of a kind whose draws and density cannot be made here."""

    def posterior(self, x):
        mean = self.posterior_mean(x)
        return Independent(Laplace(mean, torch.ones_like(mean)), 1)


class _Answer:
    """A likelihood that says the same of everything."""

    def __init__(self, value, mean):
        self.value, self.mean = value, mean

    def given(self, x):
        return self

    def log_prob(self, x):
        # Through the mean, so that there is a gradient.
        return torch.full(self.mean.shape[:-1], self.value, dtype=torch.float64) + 0 * self.mean.sum(-1)

    def sample(self, generator=None):
        return self.mean


@dataclass(frozen=True)
class Impossible(LinearGaussian):
    """No code explains x: every weight is zero."""

    def likelihood(self, z):
        return _Answer(-torch.inf, super().likelihood(z).mean)


@dataclass(frozen=True)
class Broken(LinearGaussian):
    """A decoder that answers with what is no number."""

    def likelihood(self, z):
        return _Answer(torch.nan, super().likelihood(z).mean)
