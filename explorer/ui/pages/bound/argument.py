"""The chapters on the page, a Streamlit component: the same markup as in the report, and the same figures.

    page -> browser   HTML of the chapters, every text in it escaped; figures as plotly.js takes them
    browser -> page   the word of a button that was pressed

The browser changes only what differs from what it shows, and draws a figure when its reader comes near it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from explorer.explain import Chapter, Results
from explorer.explain.figures import figures
from explorer.explain.typesetting.markup import about_html, chapter_html, contents_html
from explorer.explain.typesetting.symbols import definitions
from explorer.ui.browser.bridge import Bridge
from explorer.ui.browser.component import stub, style

KEY = "argument"
STYLES = (
    "ui/browser/tokens.css",
    "ui/pages/bound/argument_page.css",
    "explain/assets/argument.css",
    "explain/assets/symbols.css",
)

COMPONENT = Bridge(
    "latent_argument",
    "act",
    lambda raw: raw if isinstance(raw, str) else None,
    js=stub("ui/pages/bound/mount.js"),
    css=style(*STYLES),
    # Plotly's own rules are the document's, and would not reach into a shadow root.
    isolate_styles=False,
)


def payload(found: Results, chapters: Sequence[Chapter]) -> dict[str, Any]:
    """The JSON for the browser."""
    return {
        "html": about_html(found) + contents_html(chapters) + "".join(map(chapter_html, chapters)),
        "figures": figures(chapters),
        "definitions": definitions(),
    }


def argument(data: Mapping[str, Any], acts: Mapping[str, Callable[[], None]]) -> None:
    """The chapters, where it is called.

    Args:
        data: from `payload`.
        acts: what each button does.
    """

    def pressed(name: str) -> None:
        if name in acts:
            acts[name]()

    COMPONENT.draw(KEY, data, pressed)
