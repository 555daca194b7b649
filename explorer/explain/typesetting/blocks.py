"""What a chapter is made of: data that a page, a file or a test can read. Nothing here knows how it will look.

Text is Markdown of paragraphs, **bold**, *italics* and LaTeX between dollar signs, and holds nothing that came from a
file: what did stands in a `Picture`'s caption or beside the chapters, for its reader to escape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from explorer.datasets.features import Features
from explorer.explain.terms.term import Term
from explorer.explain.typesetting.symbols import Symbol

Figure = dict[str, Any]
"""As plotly.js takes it, `data` and `layout`, with arrays in it; see `figures`."""


@dataclass(frozen=True)
class Prose:
    """Paragraphs of Markdown, with LaTeX between dollar signs."""

    markdown: str


@dataclass(frozen=True)
class Formula:
    """A displayed formula, and the same in words for who listens; a line of a derivation has a reason beneath it."""

    latex: str
    words: str
    reason: str = ""


@dataclass(frozen=True)
class Definitions:
    """The symbols that a chapter is the first to use."""

    symbols: tuple[Symbol, ...]


@dataclass(frozen=True)
class Row:
    """One number of the argument.

    Attributes:
        key: names it for tests and for other rows, e.g. "elbo-first".
        symbol: LaTeX.
        name: in words.
        value: as it is read, with its unit and error.
        meaning: one sentence.
        term: the number itself, where it is one in nats.
        is_doubted: whether the value is not to be trusted.
    """

    key: str
    symbol: str
    name: str
    value: str
    meaning: str
    term: Term | None = None
    is_doubted: bool = False


@dataclass(frozen=True)
class Numbers:
    """Numbers as a table, beneath what they are about."""

    caption: str
    rows: tuple[Row, ...]

    def __getitem__(self, key: str) -> Row:
        return next(row for row in self.rows if row.key == key)


@dataclass(frozen=True, eq=False)
class Diagram:
    """A figure, made when it is asked for: building one costs more than all numbers beside it.

    Attributes:
        key: names it within the argument.
        title: what it shows, short.
        description: the same for who does not see it, with its numbers.
        draw: makes it.
    """

    key: str
    title: str
    description: str
    draw: Callable[[], Figure] = field(repr=False)

    @cached_property
    def figure(self) -> Figure:
        return self.draw()


@dataclass(frozen=True, eq=False)
class Picture:
    """One example (*shape,) to be shown, an image in [0, 1] or a vector, and what it is."""

    key: str
    values: np.ndarray
    caption: str


@dataclass(frozen=True, eq=False)
class Pictures:
    """Examples beside each other, all of one shape; `features` are what is known of a vector's places."""

    pictures: tuple[Picture, ...]
    features: Features | None = None


@dataclass(frozen=True)
class Note:
    """Stands where something cannot be shown, or not yet, and says why."""

    text: str
    is_waiting: bool = False


@dataclass(frozen=True)
class Button:
    """Something that a page can do: what its reader sees, and the word by which the page hears of it."""

    act: str
    label: str
    is_enabled: bool = True


@dataclass(frozen=True)
class Buttons:
    """Beside each other; a page adds them, a file has none."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class Sources:
    """The works that a chapter rests on, each a full reference."""

    works: tuple[str, ...]


Block = Prose | Formula | Definitions | Numbers | Diagram | Pictures | Note | Buttons | Sources


@dataclass(frozen=True, eq=False)
class Chapter:
    """One step of the argument."""

    number: int
    key: str
    title: str
    blocks: tuple[Block, ...]

    def before_sources(self, *added: Block) -> Chapter:
        """With further blocks at its end, above the works that it rests on."""
        kept = [b for b in self.blocks if not isinstance(b, Sources)]
        works = [b for b in self.blocks if isinstance(b, Sources)]
        return replace(self, blocks=(*kept, *added, *works))

    @property
    def rows(self) -> dict[str, Row]:
        """All its numbers by key."""
        return {row.key: row for b in self.blocks if isinstance(b, Numbers) for row in b.rows}

    @property
    def charts(self) -> dict[str, Diagram]:
        """All its figures by key."""
        return {b.key: b for b in self.blocks if isinstance(b, Diagram)}
