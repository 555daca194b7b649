"""A slider that also follows what else changes its value, and that can be moved as fast as a key repeats.

Setting a widget's value from Python is not enough where reruns overtake one another: a run that is overtaken has set
values that the browser may not have heard of, so the browser's next message has the old ones, and Streamlit takes them
for moves. Here nothing is set. A slider that shows another value than it should is replaced by a new one, under another
key, and one that shows the right value is left alone, so that the hand that moves it keeps it. A message is a move only
where it comes from the newest slider and has another value than that slider was known to show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from streamlit.delta_generator import DeltaGenerator

from explorer.ui.state.scratch import keep, scratch
from explorer.ui.widgets.widget import Widget


@dataclass(frozen=True)
class Scale:
    """The values of a slider: from `low` to `high`, `step` apart."""

    low: float
    high: float
    step: float

    def nearest(self, value: float) -> float:
        """The value on the scale that is nearest to another."""
        return min(max(round(value / self.step) * self.step, self.low), self.high)


def slider(
    place: DeltaGenerator,
    name: str,
    label: str,
    scale: Scale,
    value: float,
    on_move: Callable[[float], None],
    **options: Any,
) -> None:
    """Draws it.

    Args:
        place: where.
        name: tells it from the others of the page.
        scale: its values.
        value: what it is to show, or the nearest to it.
        on_move: called with the new value when a person has moved it.
        options: of `st.slider`.
    """
    drawn = _drawn(name, scale.nearest(value), scale.step)
    key = _key(name, drawn.n)

    def moved() -> None:
        now, value = scratch(Sliders).drawn[name], Widget[float](key).value
        if now.n == drawn.n and value != now.shown:
            _keep(name, replace(now, shown=value))
            on_move(value)

    place.slider(
        label, scale.low, scale.high, drawn.first, step=scale.step, key=key, on_change=moved, **options
    )


@dataclass(frozen=True)
class DrawnSlider:
    """The newest slider of a name: the n-th, the value with which it began, and the one that it shows."""

    n: int
    first: float
    shown: float


@dataclass(frozen=True)
class Sliders:
    """The newest slider of each name."""

    drawn: Mapping[str, DrawnSlider] = field(default_factory=dict)


def _drawn(name: str, value: float, step: float) -> DrawnSlider:
    """The slider that shows a value: the one that is there, or else a new one."""
    before = scratch(Sliders).drawn.get(name)
    if before is None or abs(before.shown - value) > step / 2:
        return _keep(name, DrawnSlider(1 if before is None else before.n + 1, value, value))
    if not Widget[float](
        _key(name, before.n)
    ).has_value:  # it was off the page, and forgets there what it showed
        return _keep(name, replace(before, first=before.shown))
    return before


def _keep(name: str, drawn: DrawnSlider) -> DrawnSlider:
    keep(Sliders({**scratch(Sliders).drawn, name: drawn}))
    return drawn


def _key(name: str, n: int) -> str:
    return f"{name}_{n}"
