"""A model on data: its readings tried, one taken, and every question of `check` asked of it."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.bounds.stand_ins import completed
from explorer.datasets import Dataset
from explorer.findings import Finding, Verdict
from explorer.importing.check.examined import Examined
from explorer.importing.check.registry import asked
from explorer.importing.draft import Draft, Networks
from explorer.importing.readings.candidates import Candidate, model_of
from explorer.importing.readings.trial import ROUNDS, Figures, Trial, Tried, examples_of, score, spread_out
from explorer.models.checkpoints import Checkpoint
from explorer.models.conventions import notes
from explorer.models.program_vae import ProgramVAE


@dataclass(frozen=True)
class Checked:
    """What was asked of a model.

    Attributes:
        tried: its figures under the reading that was taken.
        findings: each with the title of its question.
    """

    tried: Figures
    findings: tuple[tuple[str, Finding], ...]

    @property
    def is_fine(self) -> bool:
        """Whether there is nothing to fix."""
        return not any(finding.verdict is Verdict.WRONG for _, finding in self.findings)


def check_draft(draft: Draft, taken: Tried, dataset: Dataset, trial: Trial | None = None) -> Checked:
    """Asks of a draft under one of its readings."""
    subject = subject_of(draft, taken, dataset, trial)
    return Checked(taken, tuple(asked(subject)))


def check_checkpoint(checkpoint: Checkpoint, dataset: Dataset, seed: int = 0) -> Checked:
    """Asks of a checkpoint folder of ours, whose reading is settled.

    Raises:
        DatasetError, ConventionError: the data are none of the model's.
    """
    model, few = completed(checkpoint.model), spread_out(dataset, _N_EXAMPLES)
    examples = examples_of(few, model, seed)
    inner = getattr(checkpoint.model, "model", checkpoint.model)
    found = score(model, examples, seed, "as it is stored")
    said = notes(checkpoint.config)
    subject = Examined(model, examples, found, notes=tuple(said))
    if isinstance(inner, ProgramVAE):
        draft = draft_of(inner, checkpoint.name)
        candidate = Candidate(draft.networks[0], inner.reading, draft.likelihood, inner.data_spec)
        tried = Tried(**vars(found), candidate=candidate)
        subject = Examined(model, examples, tried, draft, notes=tuple(said))
    return Checked(found, tuple(asked(subject)))


_N_EXAMPLES = ROUNDS[-1][0]


def subject_of(draft: Draft, taken: Tried, dataset: Dataset, trial: Trial | None = None) -> Examined:
    """The model of a draft under a reading, with examples."""
    model = completed(model_of(draft, taken.candidate))
    examples = examples_of(spread_out(dataset, _N_EXAMPLES), model)
    return Examined(model, examples, taken, draft, trial, (*draft.said, *draft.assumed))


def draft_of(model: ProgramVAE, name: str) -> Draft:
    """A stored model as a draft whose reading is all known, to ask what another one would give."""
    networks = Networks("", model.encoder, model.decoder, model.shapes.latent, model.shapes.input)
    return Draft(
        make=model.provenance.make,
        source=name,
        sha256=model.provenance.sha256,
        networks=(networks,),
        known=model.reading.to_config(),
        likelihood=model.to_config()["likelihood"],
        data=model.data_spec,
        prior=model.prior_network,
        posterior=model.posterior_network,
    )
