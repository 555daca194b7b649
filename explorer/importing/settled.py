"""A draft whose reading is settled, by its source, by whoever imports it, or by data; and the folder it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from explorer.files import write
from explorer.importing.draft import Draft, ImportFault
from explorer.importing.readings.candidates import FITTED, Candidate, candidates, is_fitted, model_of
from explorer.importing.readings.trial import Trial, Tried
from explorer.models import checkpoints
from explorer.models.model_card import write_card
from explorer.models.reading import CHOICES

_N_NAMED = 3


@dataclass(frozen=True)
class Wishes:
    """What whoever imports a model says of it.

    Attributes:
        likelihood: its kind; None where the source is to say.
        sigma: its scale, a number or `FITTED`.
        reading: entries of `Reading`.
        networks: the name of one of the draft's.
    """

    likelihood: str | None = None
    sigma: float | str | None = None
    reading: Mapping[str, str] = field(default_factory=dict)
    networks: str | None = None


def wished(draft: Draft, wishes: Wishes) -> Draft:
    """The draft with what was said of it, which is told as an assumption.

    Raises:
        ValueError: something is said that there is not.
    """
    for name, value in wishes.reading.items():
        if value not in CHOICES.get(name, ()):
            known = "; ".join(f"{key}: {', '.join(values)}" for key, values in CHOICES.items())
            raise ValueError(f"reading: expected {known}; found {name}={value}")
    likelihood = dict(draft.likelihood)
    if wishes.likelihood is not None and wishes.likelihood != likelihood.get("kind"):
        likelihood = {"kind": wishes.likelihood}
    if wishes.sigma is not None:
        likelihood["scale"] = wishes.sigma
    return replace(
        draft,
        networks=_networks(draft, wishes.networks),
        known={**draft.known, **wishes.reading},
        likelihood=likelihood,
        assumed=(*draft.assumed, *_said(wishes)),
    )


def only(draft: Draft) -> Candidate | None:
    """The one reading of a draft that leaves nothing open; None where there are several, or data have to say more.

    Raises:
        ImportFault: there is none.
    """
    if draft.data is None:
        return None
    found = candidates(draft)
    return found[0] if len(found) == 1 and not is_fitted(found[0]) else None


def open_questions(draft: Draft) -> list[str]:
    """What a draft leaves open, in words, each with what would settle it."""
    found = []
    if draft.data is None:
        found.append("what one example is: --data NAME")
    if len(draft.networks) > 1:
        names = [networks.name for networks in draft.networks]
        more = f", and {len(names) - _N_NAMED} more" if len(names) > _N_NAMED else ""
        listed = "; ".join(names[:_N_NAMED])
        found.append(f"how its weights are put together ({listed}{more}): --networks NAME")
    if "kind" not in draft.likelihood:
        found.append("its likelihood: --likelihood KIND")
    elif draft.likelihood["kind"] == "gaussian" and draft.likelihood.get("scale") in (None, FITTED):
        found.append("its sigma: --sigma S")
    for name in CHOICES:
        if draft.data is not None and "kind" in draft.likelihood:
            values = dict.fromkeys(getattr(c.reading, name) for c in candidates(draft))
            if len(values) > 1:
                found.append(f"{name}, one of {', '.join(values)}: --reading {name}=...")
    return found


def assumptions(taken: Tried, trial: Trial | None, data: str) -> tuple[str, ...]:
    """What was taken for true of a reading because of data, in sentences."""
    said = []
    if trial is not None and trial.n_candidates > 1:
        how = "was the best" if trial.winner is taken else "was chosen"
        n = trial.n_examples
        said.append(
            f"Read as {taken.name}: it {how} of {trial.n_candidates} readings on {n} examples of {data}."
        )
    if taken.is_scale_fitted:
        scale = taken.candidate.likelihood["scale"]
        said.append(
            f"Sigma {scale:.4g} is the one under which {trial_examples(trial)} of {data} are likeliest."
        )
    return tuple(said)


def trial_examples(trial: Trial | None) -> str:
    return "examples" if trial is None else f"{trial.n_examples} examples"


def store(
    draft: Draft, candidate: Candidate, out: Path, data: str | None = None, assumed: Sequence[str] = ()
) -> Path:
    """Writes the checkpoint folder, whole or not at all.

    Args:
        draft: the source.
        candidate: how it is read; with its scale.
        out: where; nothing may be there.
        data: the name of the data that it was tried on, which its atlas is built of where nobody says otherwise.
        assumed: sentences, beside the draft's.

    Raises:
        ImportFault: there is something already.
        OSError: it cannot be written.
    """
    check_free(out)
    model = model_of(draft, candidate, assumed)
    training: dict[str, Any] = {}
    if (name := data or draft.trained_on) is not None:
        training = {"data": name}
    # Beside its place and under its own name, which the model card says.
    partial = out.with_name(f"{out.name}.partial")
    if partial.exists():
        write.remove_folder(partial)
    write.folder(partial)
    checkpoints.save(partial / out.name, model, training)
    write_card(checkpoints.load(partial / out.name))
    write.rename(partial / out.name, out)
    write.remove_folder(partial)
    return out


def check_free(out: Path) -> None:
    """Raises `ImportFault` where there is something at the place of a checkpoint that is to be written."""
    if out.exists():
        raise ImportFault(
            out, "folder", "nothing of this name", "something", "Name another, or move it away."
        )


def is_of(folder: Path, draft: Draft) -> bool:
    """Whether a folder holds the checkpoint of a source, which has not changed since, nor what is said of it."""
    if not (folder / checkpoints.CONFIG_FILE).is_file():
        return False
    provenance = checkpoints.read_json(folder / checkpoints.CONFIG_FILE).get("provenance")
    if not isinstance(provenance, dict) or provenance.get("sha256") != draft.sha256:
        return False
    return set(draft.assumed) <= set(provenance.get("assumed", ()))


def _networks(draft: Draft, name: str | None) -> tuple[Any, ...]:
    found = tuple(networks for networks in draft.networks if name in (None, networks.name))
    if not found:
        known = ", ".join(networks.name for networks in draft.networks)
        raise ValueError(f"networks: expected one of {known}; found {name!r:.80}")
    return found


def _said(wishes: Wishes) -> tuple[str, ...]:
    said = [f"{name} {value}".replace("_", " ") for name, value in wishes.reading.items()]
    if wishes.likelihood is not None:
        said.append(f"likelihood {wishes.likelihood}".replace("_", " "))
    if wishes.sigma not in (None, FITTED):
        said.append(f"sigma {wishes.sigma}")
    if wishes.networks is not None:
        said.append(f"networks {wishes.networks}")
    return (f"Said by whoever imported it: {', '.join(said)}.",) if said else ()
