"""The readings that were tried, side by side: figures, and what each makes of the same examples. Pure: HTML."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from explorer.findings import Finding, Verdict
from explorer.importing.checked import Checked
from explorer.importing.readings.trial import Trial, Tried
from explorer.show import pictures
from explorer.show.numbers import number

_SIZE = 48
_HEADS = ("", "reading", "ELBO, nats", "rate", "distortion", "error", "the same examples")
_SIGNS = {Verdict.FINE: "●", Verdict.NOTE: "◐", Verdict.WRONG: "○"}


def html(trial: Trial, images: NDArray[np.float32]) -> str:
    """A row for the examples themselves, then one a reading.

    Args:
        trial: the readings.
        images: (1 + readings, N, *shape), as `reconstructions` gives them.
    """
    n = images.shape[1]
    drawn = pictures.pictures_of(images.reshape(-1, *images.shape[2:]), _SIZE)
    strips = [drawn[i : i + n] for i in range(0, len(drawn), n)]
    heads = "".join(f"<th scope='col'>{head}</th>" for head in _HEADS)
    first = f"<tr><td></td><th scope='row'>original</th><td colspan='4'></td>{_strip(strips[0], 'the examples')}</tr>"
    rows = (_row(i, one, strips[i], one is trial.winner) for i, one in enumerate(trial.tried, 1))
    return (
        "<div class='lx-readings' tabindex='0' role='region' aria-label='Readings that were tried'>"
        f"<table data-testid='readings'><thead><tr>{heads}</tr></thead><tbody>{first}{''.join(rows)}</tbody></table>"
        "</div>"
    )


def findings(found: Checked) -> str:
    """What was looked at, with what to do about it."""
    rows = "".join(_finding(title, finding) for title, finding in found.findings)
    return f"<ul class='lx-findings' data-testid='findings'>{rows}</ul>"


def _row(n: int, one: Tried, strip: list[pictures.Picture], is_best: bool) -> str:
    figures = (
        f"{number(one.elbo_nats)} ± {number(one.elbo_se)}",
        *map(number, (one.kl_nats, one.distortion_nats)),
    )
    cells = "".join(f"<td class='lx-number'>{text}</td>" for text in (*figures, f"{one.rmse:.3g}"))
    mark = " <small>best</small>" if is_best else ""
    if one.is_scale_fitted:
        mark += f" <small>sigma {one.candidate.likelihood['scale']:.3g}</small>"
    doubts = "".join(f"<small class='lx-doubt'>{escape(doubt)}</small>" for doubt in one.doubts)
    name = f"<th scope='row'>{escape(one.name)}{mark}{doubts}</th>"
    kind = " class='lx-best'" if is_best else ""
    return f"<tr{kind}><td>{n}</td>{name}{cells}{_strip(strip, f'as reading {n} has them')}</tr>"


def _strip(strip: list[pictures.Picture], alt: str) -> str:
    return f"<td><img src='{pictures.uri(pictures.strip_png(strip))}' alt='{escape(alt)}'></td>"


def _finding(title: str, finding: Finding) -> str:
    advice = f"<small>{escape(finding.advice)}</small>" if finding.advice else ""
    sign = f"<b title='{finding.verdict.value}'>{_SIGNS[finding.verdict]}</b>"
    kind = finding.verdict.name.lower()
    return f"<li class='lx-{kind}'>{sign}<span><b>{escape(title)}</b> {escape(finding.found)}{advice}</span></li>"
