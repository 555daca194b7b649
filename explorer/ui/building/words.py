"""How far a build is, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.atlas.build.control import BuildProgress
from explorer.atlas.format import Growth
from explorer.latent.maps import MAPS

STAGES: Mapping[str, str] = {
    "codes": "Encoding",
    **{name: kind.making for name, kind in MAPS.items()},
    "elbo": "ELBO and the papers' protocol",
    "scores": "Trusted numbers",
    "writing": "Writing",
}
# Their share of a whole is not their share of the time.
_COUNTED = ("codes", "elbo", "scores")


def sentence(progress: BuildProgress | None) -> str:
    """Stage, how much of it, rate, time left."""
    if progress is None:
        return "Reading model and data"
    text = STAGES.get(progress.stage, progress.stage)
    if progress.stage in _COUNTED:
        text += f": {progress.n_done:,} of {progress.n_total:,}"
    elif 0 < progress.n_done < progress.n_total:
        text += f": {progress.n_done / progress.n_total:.0%}"
    if progress.is_paused:
        return f"{text} · paused"
    if progress.stage in _COUNTED and progress.a_second > 0:
        text += f" · {_rate(progress.a_second)}"
        if progress.seconds_left:
            text += f" · about {duration(progress.seconds_left)} left"
    return text


def where_it_stands(growth: Growth, n_examples: int) -> str:
    """Of a build that is not running: what there is."""
    return f"{growth.n_scored:,} of {n_examples:,} examples have trusted numbers, {growth.n_elbo:,} an ELBO"


def share(progress: BuildProgress | None) -> float:
    """Of the stage, 0 to 1."""
    return 0.0 if progress is None else min(max(progress.n_done / max(progress.n_total, 1), 0.0), 1.0)


def duration(seconds: float) -> str:
    """In the unit that a person would say it in."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _rate(a_second: float) -> str:
    return f"{a_second:,.0f} a second" if a_second >= 10 else f"{a_second:.1f} a second"
