"""The argument for one example as a single HTML file: nothing in it is loaded from anywhere, now or later.

Figures are plotly's, whose script is in the file once; formulas are MathML; images are data. A content security policy
allows the two scripts that are there, by their hashes, and no request to any host.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape
from importlib import resources

import plotly.offline

from explorer.explain.chapters import chapters
from explorer.explain.figures import figures
from explorer.explain.terms.results import Results
from explorer.explain.typesetting.blocks import Chapter
from explorer.explain.typesetting.markup import about_html, chapter_html, contents_html
from explorer.explain.typesetting.symbols import definitions

STYLES = ("report.css", "argument.css", "symbols.css")

_ASSETS = resources.files("explorer.explain") / "assets"
_IMPORT = re.compile(r"^import .*;\n", re.MULTILINE)


def report_html(found: Results) -> str:
    """The whole file.

    Args:
        found: whole results; what is missing in them is said in its place.
    """
    steps = chapters(found)
    scripts = (
        plotly.offline.get_plotlyjs().replace("\r", ""),
        _module("figures.js", "symbols.js", "report.js"),
    )
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            _head(found, scripts),
            "<body>",
            '<main class="argument">',
            _header(found),
            contents_html(steps),
            *(chapter_html(step) for step in steps),
            _footer(found),
            "</main>",
            f"<script>{scripts[0]}</script>",
            f'<script type="application/json" id="data">{_data(steps)}</script>',
            f'<script type="module">{scripts[1]}</script>',
            "</body>",
            "</html>",
            "",
        )
    )


def _head(found: Results, scripts: tuple[str, ...]) -> str:
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    # Plotly writes style attributes; nothing else of this is loosened.
    policy = (
        f"default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; script-src {hashes}; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(_title(found))}</title><style>{_style()}</style></head>"
    )


def _title(found: Results) -> str:
    return f"The bound, example {found.subject.example_id} of {found.subject.name}"


def _header(found: Results) -> str:
    return (
        "<header><h1>The bound</h1>"
        "<p class=lede>What p(x) is, why it is hard, how importance sampling gets it, what the "
        "evidence lower bound is, "
        "and exactly how far apart they are: for one example, with every number.</p>"
        f"{about_html(found)}</header>"
    )


def _footer(found: Results) -> str:
    subject = found.subject
    return (
        f"<footer><p>Weights {escape(subject.key[:12])}, example {subject.example_id}, seed {found.question.seed}: the "
        "same command gives the same numbers.</p></footer>"
    )


def _data(steps: tuple[Chapter, ...]) -> str:
    """What the script draws and explains, as JSON that cannot end the script it stands in."""
    made = {"figures": figures(steps), "definitions": definitions()}
    text = json.dumps(made, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _module(*names: str) -> str:
    """Modules as one, in the order in which they need each other."""
    return "\n".join(_IMPORT.sub("", _asset(name)) for name in names)


def _style() -> str:
    font = base64.b64encode((_ASSETS / "math.woff2").read_bytes()).decode()
    return "".join(map(_asset, STYLES)).replace('url("math.woff2")', f'url("data:font/woff2;base64,{font}")')


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
