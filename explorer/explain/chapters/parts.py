"""What the chapters share: a note where something is missing, the trusted value, draws shown on the plane."""

from __future__ import annotations

from typing import TypeVar

from explorer.explain.error import Missing
from explorer.explain.figures.weights import N_HEAVY, N_OTHERS, on_plane
from explorer.explain.terms.draws import Draws
from explorer.explain.terms.estimate import Estimate, carriers, normalised
from explorer.explain.terms.results import Results
from explorer.explain.typesetting import words
from explorer.explain.typesetting.blocks import Block, Diagram, Note, Row
from explorer.show.numbers import number

Part = TypeVar("Part")


def noted(part: Part | Missing | None) -> Part | Note:
    """The part, or a note on why it is not there."""
    if part is None:
        return Note("This is being computed.", is_waiting=True)
    return Note(part.reason) if isinstance(part, Missing) else part


def trusted_row(found: Results) -> Row:
    """The atlas's log p(x)."""
    is_doubted = found.subject.trusted.is_known and not found.subject.is_trusted
    value = words.nats(found.subject.trusted, "no number: the estimate of this example failed")
    return Row(
        "trusted",
        r"\log p(x)",
        "log p(x), trusted" if not is_doubted else "log p(x), not trusted",
        value,
        "Worked out beforehand from draws of a density that was fitted to this example; those that chose the density "
        "are not among them.",
        found.subject.trusted,
        is_doubted,
    )


def estimate_row(key: str, symbol: str, name: str, found: Estimate, meaning: str) -> Row:
    """An estimate of log p(x), without its error where the error is known to be too small."""
    term = words.honest(found)
    return Row(
        key, symbol, name, words.estimated(found), meaning, term, term.is_known and not found.is_trusted
    )


def carriers_row(key: str, drawn: Draws) -> Row:
    """How few of the draws make up the sum."""
    return Row(
        key,
        r"N",
        "what carries the sum",
        words.carried(carriers(drawn.log_w), len(drawn)),
        "The fewest draws that together make at least 90% of the sum.",
    )


def off_by(got: Estimate, found: Results) -> str:
    """How far an estimate lies from the trusted value."""
    trusted = found.subject.trusted.nats
    if got.log_mean.nats is None or trusted is None:
        return ""
    off = got.log_mean.nats - trusted
    return f"The estimate lies {number(abs(off))} nats {'above' if off > 0 else 'below'} the trusted value."


def drawn_on_plane(key: str, found: Results, drawn: Draws, of_what: str) -> tuple[Block, ...]:
    """The draws where they lie, sized by their share of the sum."""
    ground = found.subject.ground
    if ground is None:
        return ()
    where = (
        ground.name if ground.is_whole else f"{ground.name}, a projection of {drawn.z.shape[1]} dimensions"
    )
    return (
        Diagram(
            key,
            f"The draws on {where}",
            f"{_shown(len(drawn), of_what)} on {where}; the area of a coloured mark is that draw's share of the sum.",
            lambda: on_plane(ground.place(drawn.z), normalised(drawn.log_w), ground.titles),
        ),
    )


def _shown(n: int, of_what: str) -> str:
    all_of_them = f"{words.count(n, 'draw')} of {of_what}"
    if n <= N_HEAVY + N_OTHERS:
        return all_of_them
    return f"The {N_HEAVY} heaviest of {all_of_them}, and {N_OTHERS} others,"
