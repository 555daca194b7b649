"""The words of the argument: units, signs, definitions, sources, and formulas that a browser can draw."""

import re
from xml.etree import ElementTree

import pytest

from explorer.explain import Question, chapters
from explorer.explain.terms.estimate import Carriers
from explorer.explain.terms.term import Term
from explorer.explain.typesetting import words
from explorer.explain.typesetting.blocks import Definitions, Formula, Numbers, Prose, Sources
from explorer.explain.typesetting.markup import inline
from explorer.explain.typesetting.mathml import displayed, mathml
from explorer.explain.typesetting.symbols import SYMBOLS
from tests.explain.cases import exact_subject, whole

MATHML = "{http://www.w3.org/1998/Math/MathML}"
LETTER, ROW, TEXT = (MATHML + tag for tag in ("mi", "mrow", "mtext"))
# An operator's name, the d of an integral, and the two sides of an equation.
WORDS = {"log", "d", "left", "right"}


@pytest.fixture(scope="module")
def steps():
    return chapters(whole(exact_subject(3), Question(2_000)))


def formulas(steps):
    for step in steps:
        yield from said(step)
        yield from (symbol.latex for symbol in defined_in(step))


def said(step):
    """The formulas that a chapter uses."""
    for block in step.blocks:
        if isinstance(block, Prose):
            yield from re.findall(r"\$([^$]+)\$", block.markdown)
        elif isinstance(block, Formula):
            yield block.latex
        elif isinstance(block, Numbers):
            yield from (row.symbol for row in block.rows)


def defined_in(step):
    return [s for block in step.blocks if isinstance(block, Definitions) for s in block.symbols]


def symbols_in(latex):
    """The keys of the symbols that are marked in a formula."""
    found = ElementTree.fromstring(mathml(latex)).iter()
    return {element.get("data-symbol") for element in found} - {None}


def letters_outside(element):
    """Letters and words of a formula that are no part of a symbol."""
    if element.get("data-symbol") is not None:
        return
    word = "".join(element.itertext())
    if word in WORDS and {part.tag for part in element.iter()} <= {LETTER, ROW}:
        return
    if element.tag in (LETTER, TEXT):
        yield word
    for part in element:
        yield from letters_outside(part)


def test_the_argument_has_eight_steps_in_order(steps):
    assert [step.number for step in steps] == list(range(1, 9))
    assert len({step.key for step in steps}) == 8


def test_every_symbol_is_defined_once(steps):
    defined = [s for step in steps for s in defined_in(step)]
    assert sorted(s.latex for s in defined) == sorted(s.latex for s in SYMBOLS.values())
    for symbol in SYMBOLS.values():
        assert symbol.meaning.endswith(".")


def test_formulas_are_made_of_symbols_of_the_table(steps):
    for latex in {*formulas(steps)}:
        assert [*letters_outside(ElementTree.fromstring(mathml(latex)))] == [], latex


def test_no_symbol_is_used_before_the_chapter_that_defines_it(steps):
    keys = {symbol: key for key, symbol in SYMBOLS.items()}
    known = set()
    for step in steps:
        known |= {keys[symbol] for symbol in defined_in(step)}
        for latex in said(step):
            assert symbols_in(latex) <= known, (step.key, latex)


def test_every_formula_is_mathml_that_can_be_parsed(steps):
    for latex in {*formulas(steps)}:
        root = ElementTree.fromstring(f"<all>{mathml(latex)}{displayed(latex)}</all>")
        drawn = "".join(root.itertext())
        assert "\\" not in drawn, latex
        assert "$" not in drawn, latex


def test_dollar_signs_come_in_pairs_and_stars_are_gone(steps):
    for step in steps:
        for block in step.blocks:
            if isinstance(block, Prose):
                assert block.markdown.count("$") % 2 == 0
                assert "*" not in re.sub(r"<math.*?</math>", "", inline(block.markdown), flags=re.S)


def test_every_step_names_its_sources(steps):
    named = " ".join(
        work for step in steps for b in step.blocks if isinstance(b, Sources) for work in b.works
    )
    for who in ("Kingma", "Rezende", "Doersch", "Burda", "Cremer", "Vehtari"):
        assert who in named
    assert all(any(isinstance(b, Sources) for b in step.blocks) for step in steps)


def test_every_number_says_what_it_means(steps):
    for step in steps:
        for row in step.rows.values():
            assert row.meaning.endswith(".")
            assert row.name
            assert row.symbol


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (Term(-239.8123, 0.05), "−239.812 ± 0.050 nats"),
        (Term(-239.8123, 1.5), "−239.81 ± 1.50 nats"),
        (Term(4.5, 0.0), "4.50 nats"),
        (Term(4.5, None), "4.50 nats, error not known"),
        (Term(4.5, 1e-9), "4.5000 nats, exact to these decimals"),
        (Term(), "no number"),
    ],
)
def test_a_term_is_read_with_its_unit_and_error(term, said):
    assert words.nats(term) == said


def test_counts_agree_with_their_verbs():
    assert words.carried(Carriers(1, 0.9999), 10_000) == "of 10,000 draws, 1 carries 100% of the sum"
    assert words.carried(Carriers(3, 0.93), 10_000) == "of 10,000 draws, 3 carry 93% of the sum"
    assert words.carried(None, 1) == "of 1 draw, none carries anything: every weight is zero"


def test_powers_of_ten_have_their_sign_and_separators():
    assert words.power(-3051.0) == "10^{-1{,}325}"
    assert words.power(23.0) == "10^{10}"


def test_text_is_escaped_and_read_as_markdown_only_where_it_is_meant():
    made = inline("**a** < *b* & $x$ <script>")
    assert made.startswith("<strong>a</strong> &lt; <em>b</em> &amp; <math")
    assert "<script>" not in made
