"""Builds an atlas: codes, maps, a first look at the ELBO, then the numbers that can be trusted, and its final name.

Work goes into `<out>.partial/`, where the atlas opens from the first map on (`versions`). What is there is not
computed again, so a build that was stopped goes on, and ends with the same content, whatever was asked for first. The
folder gets its name in one rename.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from explorer.atlas import format as atlas_format
from explorer.atlas.build import order
from explorer.atlas.build.claim import claimed, finish
from explorer.atlas.build.control import BuildStopped, Control, partial_of
from explorer.atlas.build.growing import Growing
from explorer.atlas.build.layouts import in_order, layout
from explorer.atlas.build.parts import Columns, Parts
from explorer.atlas.build.versions import Versions, write_atlas
from explorer.atlas.format import AtlasSettings, DataSource, Growth, Manifest
from explorer.bounds import Examples, LadderSettings, ScoreSettings, posterior, score_elbo
from explorer.bounds.scores import scorer
from explorer.datasets import Dataset
from explorer.latent import MapError, Support
from explorer.latent.maps import MAPS, Layout
from explorer.latent.maps.pca import pca_parameters
from explorer.models.checkpoints import Checkpoint
from explorer.steps import Report, counted

# What is kept as parts in the working folder; early are the scores that came ahead of their batches.
CODES, ELBO, SCORES, EARLY = "codes", "elbo", "scores", "early"
# Of the first look at the ELBO: a minute for ten thousand images. Those of the settings come with the trusted numbers.
FIRST_DRAWS = 64

Compute = Callable[[np.ndarray], Columns]
Take = Callable[[np.ndarray, Columns], None]


def build(
    checkpoint: Checkpoint,
    data: Dataset,
    out: Path,
    settings: AtlasSettings,
    report: Report[None] = lambda step: None,
) -> None:
    """Builds the atlas of `data` (as `fit_data.fitted` returns it) into the folder `out`.

    Args:
        checkpoint: the model.
        data: what to map.
        out: a folder that does not exist yet.
        settings: draws, seeds, maps.
        report: told how far the build is, in the stages "codes", each map's, "elbo", "scores" and "writing"; an
            exception that it raises stops the build, and what was finished is kept.

    Raises:
        AtlasError: `out` holds something else, or the partial folder belongs to other settings.
        BuildStopped: it was asked to stop; what was finished is kept.
        MapError: none of the maps can be made of these codes.
    """
    source = DataSource(data.name, data.split, data.digest, data.kind, data.shape, data.label_names)
    identity = {
        "model": checkpoint.digest,
        "data": asdict(source),
        "settings": asdict(settings),
        "n_examples": len(data),
    }
    with claimed(out, identity) as partial:
        control = Control(partial, len(data), report)
        made = _Build(checkpoint, data, source, settings, partial, control)
        try:
            made.go_through_all()
        except (BuildStopped, KeyboardInterrupt):
            made.show()
            raise
        control.report(counted("writing", 0, len(data)))
        write_atlas(partial, made.table(), made.manifest())
        finish(partial, out)
    report(counted("writing", len(data), len(data)))


def n_scored(out: Path) -> int:
    """How many examples a build into `out` that was stopped has scored and kept."""
    return sum(len(rows) for rows, _ in Parts(partial_of(out), SCORES).read())


class _Build:
    """One build that holds its working folder."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        data: Dataset,
        source: DataSource,
        settings: AtlasSettings,
        partial: Path,
        control: Control,
    ):
        self._checkpoint, self._data, self._source, self._settings = checkpoint, data, source, settings
        self._partial, self._control = partial, control
        self._growing, self._versions = Growing(data), Versions(partial)
        self._layouts: dict[str, Layout] = {}
        self._omitted: dict[str, str] = {}

    def go_through_all(self) -> None:
        """All stages; each begins with what an earlier run has finished."""
        self._encode()
        self._growing.place("code_radius", Support.fit(self._growing.codes).radius)
        self._recall()
        for name in in_order(self._settings.maps):
            self._lay_out(name)
            self.show()
        self._score_elbo()
        self.show()
        self._score()

    def _encode(self) -> None:
        parts, is_done = Parts(self._partial, CODES), np.zeros(len(self._data), bool)
        for rows, columns in parts.read():
            self._growing.encode(rows, columns)
            is_done[rows] = True
        self._batches("codes", parts, is_done, self._codes_of, self._growing.encode)

    def _recall(self) -> None:
        """Takes the scores of an earlier run."""
        for rows, columns in Parts(self._partial, EARLY).read():
            self._growing.score(rows, columns, is_early=True)
        for name in (ELBO, SCORES):
            for rows, columns in Parts(self._partial, name).read():
                self._growing.score(rows, columns)

    def _lay_out(self, name: str) -> None:
        def progress(share: float) -> None:
            self._control.report(counted(name, round(100 * share), 100))

        codes, settings = self._growing.codes, self._settings
        try:
            self._layouts[name] = layout(name, codes, self._partial, settings.fit, progress)
        except MapError as error:
            # Some have too few codes, or all the same: they are left out, and the others show them.
            if settings.maps == (name,):
                raise
            self._omitted[name] = str(error)

    def _score_elbo(self) -> None:
        def elbo_of(rows: np.ndarray) -> Columns:
            n_samples = min(FIRST_DRAWS, self._settings.n_samples)
            return score_elbo(self._checkpoint.model, self._examples(rows), n_samples, self._settings.seed)

        growing = self._growing
        self._batches("elbo", Parts(self._partial, ELBO), growing.has_elbo, elbo_of, growing.score)

    def _score(self) -> None:
        growing = self._growing
        self._batches(
            "scores", Parts(self._partial, SCORES), growing.is_scored, self._scores_of, growing.score
        )

    def _batches(self, stage: str, parts: Parts, done: np.ndarray, compute: Compute, take: Take) -> None:
        """Computes batch after batch of what is not done; it is written after some seconds, and however this ends."""
        is_done, n_total = done.copy(), len(self._data)

        def keep_and_show() -> None:
            parts.flush()
            if stage != "codes":
                self.show()

        with parts.kept():
            self._control.report(counted(stage, int(is_done.sum()), n_total), keep_and_show)
            while (number := order.next_batch(is_done, self._control.first)) is not None:
                rows = order.batch(number, n_total)
                columns = compute(rows)
                take(rows, columns)
                parts.add(rows, columns)
                is_done[rows] = True
                self._control.report(counted(stage, int(is_done.sum()), n_total), keep_and_show)
                if stage != "codes":
                    self._serve()

    def _serve(self) -> None:
        """Scores what somebody waits for ahead of its batch, and shows what is new when it is time."""
        growing = self._growing
        rows = order.early(growing.is_scored | growing.has_early, self._control.first)
        if len(rows):
            columns, parts = self._scores_of(rows), Parts(self._partial, EARLY)
            growing.score(rows, columns, is_early=True)
            parts.add(rows, columns)
            parts.flush()
        if self._versions.is_due(is_waited_for=bool(len(rows))):
            self.show()

    def _codes_of(self, rows: np.ndarray) -> Columns:
        q = posterior(self._checkpoint.model, self._examples(rows).x)
        return {"mean": q.mean.numpy(), "log_variance": q.log_variance.numpy()}

    def _scores_of(self, rows: np.ndarray) -> Columns:
        return self._scorer(self._examples(rows))

    @cached_property
    def _scorer(self) -> Callable[[Examples], Columns]:
        s = self._settings
        ladder = LadderSettings(s.target_se, s.max_samples)
        return scorer(self._checkpoint.model, ScoreSettings(s.n_samples, s.seed, ladder))

    def _examples(self, rows: np.ndarray) -> Examples:
        return Examples(torch.from_numpy(self._data.x(rows)), self._data.example_ids[rows])

    def show(self) -> None:
        """Writes what there is as an atlas that opens, once there is a map."""
        if not self._layouts and self._settings.maps:
            return
        growth = Growth(self._growing.n_elbo, self._growing.n_scored)
        self._versions.add(self.table(), replace(self.manifest(), growth=growth))

    def table(self) -> pa.Table:
        """All that there is, one row an example."""
        for name, made in self._layouts.items():
            for column, values in zip(MAPS[name].columns, made.places.T, strict=True):
                self._growing.place(column, values)
        return self._growing.table()

    def manifest(self) -> Manifest:
        """What it says of the table, but for the shards."""
        made = {name: self._layouts[name] for name in self._settings.maps if name in self._layouts}
        codes = self._growing.codes
        return Manifest(
            format_version=atlas_format.FORMAT_VERSION,
            model_name=self._checkpoint.name,
            model_digest=self._checkpoint.digest,
            data=self._source,
            settings=replace(self._settings, maps=tuple(made)),
            n_examples=len(self._data),
            latent_dim=codes.shape[1],
            pca=made["pca"].parameters if "pca" in made else pca_parameters(codes),
            shards=(),
            map_parameters={n: m.parameters for n, m in made.items() if n != "pca" and m.parameters},
            omitted=self._omitted,
        )
