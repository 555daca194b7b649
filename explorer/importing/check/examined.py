"""The model that is asked about."""

from __future__ import annotations

from dataclasses import dataclass, field

from explorer.bounds.engine import Examples
from explorer.importing.draft import Draft
from explorer.importing.readings.trial import Figures, Trial
from explorer.models.latent_model import LatentModel


@dataclass(frozen=True)
class Examined:
    """A model under one reading, and data in its convention.

    Attributes:
        model: completed, where it lacks an encoder.
        examples: at least two.
        tried: its figures on these examples; `Tried` where its reading is known.
        draft: what its source says; None of a checkpoint of ours.
        trial: the readings that were tried; None where it was settled before.
        notes: conventions of its own record, in sentences.
    """

    model: LatentModel
    examples: Examples
    tried: Figures
    draft: Draft | None = None
    trial: Trial | None = None
    notes: tuple[str, ...] = field(default=())
