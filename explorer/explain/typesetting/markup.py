"""Blocks as HTML. Every text is escaped; of Markdown the four signs that the chapters use are read, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

import numpy as np

from explorer.explain.terms.results import Results
from explorer.explain.typesetting.blocks import (
    Block,
    Buttons,
    Chapter,
    Definitions,
    Diagram,
    Formula,
    Note,
    Numbers,
    Pictures,
    Prose,
    Row,
    Sources,
)
from explorer.explain.typesetting.mathml import displayed, mathml
from explorer.show import pictures

# The longer side of a picture.
_PICTURE_PIXELS = 168
_MATH = re.compile(r"\$([^$]+)\$")
_PLACE = re.compile(r"\N{OBJECT REPLACEMENT CHARACTER}([.,;:]?)")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"\*(.+?)\*")


def chapter_html(chapter: Chapter) -> str:
    """One step as a section."""
    blocks = "\n".join(block_html(block) for block in chapter.blocks)
    return (
        f'<section id="{chapter.key}"><h2><span class="number">{chapter.number}</span> {escape(chapter.title)}</h2>\n'
        f"{blocks}\n</section>"
    )


def about_html(found: Results) -> str:
    """Whom the numbers are about, and what was asked."""
    subject, question = found.subject, found.question
    label = f" · <bdi>{escape(subject.label)}</bdi>" if subject.label else ""
    return (
        f'<p class="about">Example {subject.example_id}{label} · model <bdi>{escape(subject.name)}</bdi> · '
        f"N = {question.n_draws:,} draws of each kind, K = {question.k:,} · "
        f"proposal: {escape(question.choice.words)} · "
        "numbers in nats, ± one standard error</p>"
    )


def contents_html(chapters: Iterable[Chapter]) -> str:
    """Links to the steps."""
    items = "".join(f'<li><a href="#{each.key}">{escape(each.title)}</a></li>' for each in chapters)
    return f'<nav aria-label="Contents"><ol>{items}</ol></nav>'


def block_html(block: Block) -> str:
    """One block."""
    match block:
        case Prose():
            return "".join(f"<p>{inline(part)}</p>" for part in block.markdown.split("\n\n"))
        case Formula():
            return _formula(block)
        case Definitions():
            return _definitions(block)
        case Numbers():
            return _numbers(block)
        case Diagram():
            return _chart(block)
        case Pictures():
            return _pictures(block)
        case Note():
            return f'<p class="note">{escape(block.text)}</p>'
        case Buttons():
            return _buttons(block)
        case Sources():
            return _sources(block)


def inline(markdown: str) -> str:
    """Text with formulas between dollar signs, **bold** and *italics*."""
    # Formulas stand aside as numbers while the text around them is read: a star may lie on either side of one.
    formulas = map(mathml, _MATH.findall(markdown))
    text = escape(_MATH.sub("\N{OBJECT REPLACEMENT CHARACTER}", markdown), quote=False)
    text = _EMPHASIS.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", text))
    return _PLACE.sub(lambda place: _with_its_sign(next(formulas), place[1]), text)


def _with_its_sign(formula: str, sign: str) -> str:
    """A formula and the comma or full stop behind it, which begins no line."""
    return f'<span class="whole">{formula}{sign}</span>' if sign else formula


def _formula(block: Formula) -> str:
    words = escape(block.words, quote=True)
    reason = f'<p class="reason">{escape(block.reason)}</p>' if block.reason else ""
    return f'<div class="formula" role="math" aria-label="{words}">{displayed(block.latex)}</div>{reason}'


def _definitions(block: Definitions) -> str:
    rows = "".join(
        f"<div><dt>{mathml(s.latex)} <span>{escape(s.name)}</span></dt><dd>{escape(s.meaning)}</dd></div>"
        for s in block.symbols
    )
    return f'<dl class="symbols">{rows}</dl>'


def _numbers(block: Numbers) -> str:
    # The roles are said, for in a narrow window the style sheet makes other boxes of a table.
    rows = "".join(_row(row) for row in block.rows)
    return (
        f'<div class="scroll"><table class="numbers" role="table"><caption>{escape(block.caption)}</caption>'
        f'<tbody role="rowgroup">{rows}</tbody></table></div>'
    )


def _row(row: Row) -> str:
    mark = '<span class="hollow" title="not to be trusted">○</span> ' if row.is_doubted else ""
    raw = ""
    if row.term is not None and row.term.nats is not None:
        se = "" if row.term.se is None else f' data-se="{row.term.se:.6g}"'
        raw = f' data-nats="{row.term.nats:.10g}"{se}'
    return (
        f'<tr role="row"{" class=doubtful" if row.is_doubted else ""}><th scope="row" role="rowheader">'
        f"{mathml(row.symbol)}<span>{escape(row.name)}</span></th>"
        f'<td role="cell" class="value" data-testid="{row.key}"{raw}>{mark}{escape(row.value)}</td>'
        f'<td role="cell">{escape(row.meaning)}</td></tr>'
    )


def _chart(block: Diagram) -> str:
    title, description = escape(block.title), escape(block.description)
    height = int(block.figure["layout"]["height"])
    return (
        f'<figure class="chart"><h3 id="title-{block.key}">{title}</h3>'
        f'<div class="plot" data-figure="{block.key}" role="img" aria-labelledby="title-{block.key}" '
        f'aria-describedby="about-{block.key}" style="height:{height}px"></div>'
        f'<figcaption id="about-{block.key}">{description}</figcaption></figure>'
    )


def _pictures(block: Pictures) -> str:
    values = np.stack([p.values for p in block.pictures])
    shown = "".join(
        f"<figure>{pictures.tag(picture, p.caption)}<figcaption>{escape(p.caption)}</figcaption></figure>"
        for p, picture in zip(
            block.pictures, pictures.pictures_of(values, _PICTURE_PIXELS, block.features), strict=True
        )
    )
    return f'<div class="pictures">{shown}</div>'


def _buttons(block: Buttons) -> str:
    every = "".join(
        f'<button type="button" data-act="{escape(b.act, quote=True)}"{"" if b.is_enabled else " disabled"}>'
        f"{escape(b.label)}</button>"
        for b in block.buttons
    )
    return f'<div class="buttons">{every}</div>'


def _sources(block: Sources) -> str:
    items = "".join(f"<li>{escape(work)}</li>" for work in block.works)
    return f'<ul class="sources" aria-label="Sources">{items}</ul>'
