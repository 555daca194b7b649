"""Whom the argument is about: one example x of one model, and what its atlas says of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from explorer.bounds import Examples, Reliability
from explorer.datasets.features import Features
from explorer.explain.error import ExplainError
from explorer.explain.terms.cache import Kept
from explorer.explain.terms.term import Term
from explorer.latent import Plane
from explorer.latent.maps.axes import FIRST
from explorer.models.latent_model import LatentModel
from explorer.workspace import Entry

# What stands in the place of a verdict until an example is scored.
NOT_SCORED = ""
NEEDED = ("elbo_nats", "elbo_se", "log_px_nats", "log_px_se", "proposal", "trust")


@dataclass(frozen=True)
class Ground:
    """The plane that draws and densities are shown on: origin (d,), orthonormal basis (d, 2).

    `is_whole` where it is all of latent space; else what is shown on it is a projection.
    """

    origin: np.ndarray
    basis: np.ndarray
    name: str
    titles: tuple[str, str]
    is_whole: bool

    def place(self, z: np.ndarray) -> np.ndarray:
        """Codes (n, d) on the plane, (n, 2)."""
        return (z - self.origin) @ self.basis


@dataclass(frozen=True)
class Population:
    """log p(x) over the examples of a split whose estimate is finite.

    Attributes:
        name: of the data and its split.
        n: how many examples are counted.
        n_missing: how many have no finite estimate, and are not counted.
        n_to_come: how many are not scored yet, as the atlas is still being built, and are not counted.
        n_untrusted: how many of those counted are marked as not to be trusted.
        total: sum of log p(x), with the error that the estimates bring; not known where one of theirs is not.
        mean: the same a example.
        mean_of_data: the mean with the error that comes from the examples being a sample of what could have been seen.
    """

    name: str
    n: int
    n_missing: int
    n_to_come: int
    n_untrusted: int
    total: Term
    mean: Term
    mean_of_data: Term


@dataclass(frozen=True, eq=False)
class Subject:
    """One example of one model.

    Attributes:
        model: p(z), q(z|x), p(x|z).
        one: x (1, *shape) and its id.
        key: of the weights, and of the data where these are an atlas's; what is kept for a model is kept under it.
        name: of the model.
        label: of the example, from a file; "" where there is none.
        stored: what the atlas says of it: a mapping of `NEEDED`; numbers may be NaN; None before it is scored.
        ground: None where latent space has one dimension.
        population: of its split.
        features: what is known of a vector's places.
    """

    model: LatentModel
    one: Examples
    key: str
    name: str = ""
    label: str = ""
    stored: Mapping[str, Any] | None = None
    ground: Ground | None = None
    population: Population | None = None
    features: Features | None = None

    @property
    def example_id(self) -> int:
        return int(self.one.ids[0])

    @property
    def x(self) -> np.ndarray:
        """The example (*shape,)."""
        return self.one.x[0].numpy()

    @property
    def trusted(self) -> Term:
        """The atlas's estimate of log p(x); no number where it has none."""
        return (
            Term() if self.stored is None else Term.of(self.stored["log_px_nats"], self.stored["log_px_se"])
        )

    @property
    def is_trusted(self) -> bool:
        """Whether the atlas trusts its estimate."""
        return self.stored is not None and self.stored["trust"] in (Reliability.GOOD, Reliability.USABLE)


def of(entry: Entry, example_id: int) -> Subject:
    """An example of an opened entry.

    Raises:
        ExplainError: there is no such example.
    """
    row = _row(entry, example_id)
    label = int(entry.dataset.labels[row])
    names = entry.dataset.label_names
    return Subject(
        entry.checkpoint.model,
        Examples(torch.from_numpy(entry.dataset.x(row)), np.array([example_id])),
        entry.atlas.digest,
        entry.name,
        names[label] if 0 <= label < len(names) else "",
        _stored(entry, row),
        ground_of(entry),
        population_of(entry),
        entry.dataset.features,
    )


def _stored(entry: Entry, row: int) -> Mapping[str, Any] | None:
    """What the atlas says of an example; None where that is still to come."""
    found = entry.atlas.example(row, NEEDED)
    return found if found["trust"] != NOT_SCORED else None


def ground_of(entry: Entry) -> Ground | None:
    """All of latent space where it is a plane, else the PCA plane or the first two axes."""
    if entry.atlas.latent_dim < 2:
        return None
    is_whole = entry.atlas.latent_dim == 2
    plane_id = FIRST if is_whole else entry.plane_id
    plane, kind = entry.chart(plane_id), entry.map_kind(plane_id)
    assert isinstance(plane, Plane), "a plane by its kind"
    assert kind.axis_titles is not None, "planes have axes"
    stored = "the first two latent axes" if plane_id == FIRST else f"the {kind.title} plane"
    name = "latent space" if is_whole else stored
    return Ground(plane.origin.astype(float), plane.basis.astype(float), name, kind.axis_titles, is_whole)


_populations: Kept[Population] = Kept(4)


def population_of(entry: Entry) -> Population:
    """log p(x) over the whole atlas, worked out once."""
    if (known := _populations.get(entry.atlas.digest)) is not None:
        return known
    columns = entry.atlas.columns(["log_px_nats", "log_px_se", "trust"])
    value, se = columns["log_px_nats"], columns["log_px_se"]
    is_there = np.isfinite(value)
    n_to_come = int((columns["trust"] == NOT_SCORED).sum())
    kept, source = value[is_there], entry.atlas.manifest.data
    total, error, n = float(kept.sum()), float(np.sqrt((se[is_there] ** 2).sum())), len(kept)
    spread = float(kept.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    mean = total / n if n else math.nan
    found = Population(
        name=f"{source.name}, {source.split}",
        n=n,
        n_missing=len(value) - n - n_to_come,
        n_to_come=n_to_come,
        n_untrusted=int((columns["trust"][is_there] == str(Reliability.UNRELIABLE)).sum()),
        total=Term.of(total, error),
        mean=Term.of(mean, error / n if n else math.nan),
        mean_of_data=Term.of(mean, spread),
    )
    return _populations.keep(entry.atlas.digest, found)


def _row(entry: Entry, example_id: int) -> int:
    if isinstance(example_id, int | np.integer) and entry.atlas.has(int(example_id)):
        return entry.atlas.row(int(example_id))
    ids = entry.atlas.columns(["example_id"])["example_id"]
    raise ExplainError(
        f"the example of {entry.name}",
        f"the id of one of its {len(ids):,} examples, which lie from {ids.min()} to {ids.max()}",
        repr(example_id),
        f"Choose an id that is there, e.g. {ids[0]}.",
    )
