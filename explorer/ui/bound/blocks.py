"""The blocks of a chapter on the page: text with formulas, numbers as tables, figures with their descriptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatch
from html import escape

import streamlit as st

from explorer.explain.blocks import (
    Chapter,
    Chart,
    Definitions,
    Formula,
    Note,
    Numbers,
    Pictures,
    Prose,
    Row,
    Sources,
)
from explorer.ui import pictures
from explorer.ui.plain import plain

PICTURE_PIXELS = 112


def chapter(found: Chapter, after: Callable[[], None] | None = None) -> None:
    """A chapter under its title, and what a reader can do in it."""
    with st.container(key=f"chapter_{found.key}"):
        st.subheader(f"{found.number}. {found.title}", anchor=found.key)
        for block in found.blocks:
            if isinstance(block, Sources) and after is not None:
                after()
            show(block)


@singledispatch
def show(block: object) -> None:
    """One block."""
    raise AssertionError(f"a block of an unknown kind: {block!r}")


@show.register
def _(block: Prose) -> None:
    st.markdown(block.markdown)


@show.register
def _(block: Formula) -> None:
    st.latex(block.latex, help=plain(block.words))
    st.html(f"<p class='lx-aloud'>{escape(block.words)}</p>")


@show.register
def _(block: Definitions) -> None:
    lines = [f"- ${symbol.latex}$, **{symbol.name}**: {symbol.meaning}" for symbol in block.symbols]
    with st.container(key=f"defined_{block.symbols[0].name.replace(' ', '_')}" if block.symbols else None):
        st.markdown("\n".join(lines))


@show.register
def _(block: Numbers) -> None:
    st.markdown(table(block.caption, {row.key: row for row in block.rows}))


def table(caption: str, rows: Mapping[str, Row]) -> str:
    """Numbers as Markdown: symbol, name with its meaning, value; a hollow mark where it is not to be trusted."""
    lines = [f"| | {plain(caption)} | |", "|:---|:---|---:|"]
    for row in rows.values():
        mark = "○ " if row.is_doubted else ""
        words = f"**{plain(row.name)}** {plain(row.meaning)}"
        lines.append(f"| ${_cell(row.symbol)}$ | {words} | {mark}{plain(row.value)} |")
    return "\n".join(lines)


def _cell(latex: str) -> str:
    # A bar would end the table's cell.
    return latex.replace("\\|", "\\Vert ").replace("|", "\\mid ")


@show.register
def _(block: Chart) -> None:
    st.html(f"<p class='lx-caption'>{escape(block.title)}</p>")
    st.plotly_chart(
        block.figure, key=f"bound_{block.key}", config={"displayModeBar": False}, alt=block.description
    )
    st.html(f"<p class='lx-aloud'>{escape(block.description)}</p>")


@show.register
def _(block: Pictures) -> None:
    cells = [
        f"<figure><img src='{pictures.data_uri(picture.values, PICTURE_PIXELS)}' alt='{escape(picture.caption)}'>"
        f"<figcaption>{escape(picture.caption)}</figcaption></figure>"
        for picture in block.pictures
    ]
    st.html(f"<div class='lx-images lx-bound-images'>{''.join(cells)}</div>")


@show.register
def _(block: Note) -> None:
    st.caption(plain(block.text))


@show.register
def _(block: Sources) -> None:
    works = "".join(f"<li>{escape(work)}</li>" for work in block.works)
    st.html(f"<ul class='lx-sources'>{works}</ul>")
