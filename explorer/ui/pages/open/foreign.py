"""A model of another program on the page: read, its readings tried side by side, one of them added to the list."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer import datasets
from explorer.importing import checked, confined, settled
from explorer.importing.checked import Checked
from explorer.importing.draft import Draft
from explorer.importing.readings.candidates import FITTED
from explorer.importing.readings.reconstructed import reconstructions
from explorer.importing.readings.trial import Trial, try_readings
from explorer.importing.settled import Wishes
from explorer.likelihoods.head import LIKELIHOODS
from explorer.steps import Report, Step
from explorer.ui.jobs import session_jobs
from explorer.ui.jobs.job import Job
from explorer.ui.jobs.session_jobs import NO_EXAMPLE, JobKey
from explorer.ui.pages.open import readings_table, sent
from explorer.ui.pages.open.scratch import ImportScratch
from explorer.ui.state import allowed, session, workspace
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.widgets.markdown import plain
from explorer.ui.widgets.widget import Widget

_KIND = "import"
_DATA, _LIKELIHOOD, _SIGMA = (
    Widget[str]("import_data"),
    Widget[str]("import_likelihood"),
    Widget[str]("import_sigma"),
)
_AS_IT_SAYS = "as its source says"


@dataclass(frozen=True)
class Outcome:
    """What an import has come to: the source, its readings, what was found of the best, and what each makes of some
    examples (`reconstructions`)."""

    draft: Draft
    trial: Trial
    found: Checked
    pictures: NDArray[np.float32]


@dataclass(frozen=True)
class Reached:
    """How far an import is: what is being done, in words, and what it came to, at its end."""

    words: str
    outcome: Outcome | None = None


def begin(path: Path) -> None:
    """Has the page offer to import what is at a path that may be read."""
    keep(ImportScratch(str(path)))


def section() -> None:
    """What is being imported, if anything is."""
    if not (source := scratch(ImportScratch).source):
        return
    with st.container(border=True, key="import"):
        head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
        head.markdown(f"**Import {plain(Path(source).name)}**")
        head.button("Close", key="import_close", icon=":material/close:", on_click=_close)
        key = _asked(source)
        if session_jobs.is_running(key, lambda newest: newest.words if newest else "Starting"):
            return
        reached: Reached | None = session_jobs.newest(key)
        if reached is not None and reached.outcome is not None:
            _result(reached.outcome)
        else:
            st.button("Try its readings", key="import_try", type="primary", on_click=_try, args=(key,))


def _asked(source: str) -> JobKey:
    """What is to be tried on which data, and as what; the key of that work."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    choices = list(dict.fromkeys([*datasets.names(), *sent.data_there()]))
    row.selectbox(
        "Data that it was trained on",
        choices,
        key=_DATA.beginning_with(choices[0]),
        format_func=sent.title,
        help="All of a file, the test split of the others. More come in below.",
    )
    kinds = [_AS_IT_SAYS, *LIKELIHOODS]
    row.selectbox(
        "Likelihood",
        kinds,
        key=_LIKELIHOOD.beginning_with(_AS_IT_SAYS),
        format_func=lambda kind: kind.replace("_", " "),
        help="What its loss was: a cross-entropy is a Bernoulli, a squared error a Gaussian.",
    )
    row.text_input(
        "Sigma",
        key=_SIGMA.beginning_with(""),
        placeholder=f"a number, or {FITTED}",
        width=180,
        help="Of a Gaussian: 0.71 for a sum of squares, 1 for half of it; "
        f"{FITTED!r} for the one under which the data are likeliest.",
    )
    detail = json.dumps([_DATA.value, _LIKELIHOOD.value, _SIGMA.value.strip()])
    return JobKey(_KIND, source, NO_EXAMPLE, detail)


def _try(key: JobKey) -> None:
    with session.told_problems():
        # Looked at again: what may be read may have changed since it was added.
        path, wishes, data = allowed.allowed(key.identity), _wishes(), _DATA.value
        root = workspace.current().data_root
        session_jobs.start(key, lambda: Job(lambda report: _work(report, path, wishes, data, root)))


def _wishes() -> Wishes:
    kind, sigma = _LIKELIHOOD.value, _SIGMA.value.strip()
    scale: float | str | None = sigma or None
    if sigma and sigma != FITTED:
        try:
            scale = float(sigma)
        except ValueError:
            scale = 0.0
        if not 0 < scale < 1e6:
            raise ValueError(f"sigma: expected a positive number, or {FITTED!r}; found {sigma[:40]!r}")
    return Wishes(None if kind == _AS_IT_SAYS else kind, scale)


def _work(report: Report[Reached], path: Path, wishes: Wishes, name: str, root: Path | None) -> None:
    def reading(step: Step[Draft]) -> None:
        report(Step(step.fraction, Reached("Reading the file, in a process of its own")))

    draft = settled.wished(confined.read(path, report=reading), wishes)
    data = datasets.load(name, "test" if datasets.file_of(name) is None else "all", root)
    for step in try_readings(draft, data):
        report(Step(step.fraction, Reached(f"Trying {step.stage}")))
    trial = step.result
    assert trial is not None, "work ends with a result"
    found = checked.check_draft(draft, trial.winner or trial.tried[0], data, trial)
    pictures = reconstructions(draft, trial.tried, data)
    report(Step(1.0, Reached("Done", Outcome(draft, trial, found, pictures))))


def _result(outcome: Outcome) -> None:
    draft, trial, found = outcome.draft, outcome.trial, outcome.found
    say = st.success if trial.is_clear and found.is_fine else st.warning
    say(plain(trial.why[:1].upper() + trial.why[1:] if trial.is_clear else f"Not clear: {trial.why}"))
    st.html(readings_table.html(trial, outcome.pictures))
    st.html(readings_table.findings(found))
    if draft.said or draft.assumed:
        st.caption(plain(" ".join((*draft.said, *draft.assumed))))
    row = st.container(horizontal=True, vertical_alignment="bottom")
    names = [one.name for one in trial.tried]
    # Chosen beforehand only where the data say so.
    best = trial.tried.index(trial.winner) if trial.winner is not None else None
    taken = row.selectbox(
        "Reading",
        range(len(names)),
        index=best,
        placeholder="Choose one of the table",
        key=f"import_reading_{_short(draft, trial)}",
        format_func=lambda i: f"{i + 1}. {names[i]}",
    )
    row.button(
        "Add this model",
        key="import_add",
        type="primary",
        disabled=taken is None,
        on_click=_add,
        args=(outcome, taken),
    )


def _short(draft: Draft, trial: Trial) -> str:
    """A name for one trial of one source, so that a choice is not kept for another."""
    return hashlib.sha256(json.dumps([draft.sha256, trial.why, trial.n_candidates]).encode()).hexdigest()[:12]


def _add(outcome: Outcome, taken: int) -> None:
    draft, trial = outcome.draft, outcome.trial
    one = trial.tried[taken]
    with session.told_problems():
        data = _DATA.value
        out = sent.place_of_import(draft, one.candidate)
        if not out.exists():
            said = settled.assumptions(one, trial, sent.title(data))
            settled.store(draft, one.candidate, out, data, said)
        workspace.current().add(out)
        _close()


def _close() -> None:
    keep(ImportScratch())
