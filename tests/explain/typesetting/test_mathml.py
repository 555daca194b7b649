"""Symbols are marked where they stand in a formula, and only there."""

from unicodedata import normalize
from xml.etree.ElementTree import fromstring

import pytest

from explorer.explain.typesetting.mathml import displayed, mathml
from explorer.explain.typesetting.symbols import SYMBOLS, definitions


def marked(latex):
    """What is marked, in order: the key and what it is drawn as, in plain letters."""
    found = fromstring(mathml(latex)).iter()
    return [(key, plain(e)) for e in found if (key := e.get("data-symbol")) is not None]


def plain(element):
    return normalize("NFKC", "".join(element.itertext())).replace("\N{DIVIDES}", "|")


@pytest.mark.parametrize("key", SYMBOLS)
def test_each_symbol_is_marked_as_itself_in_all_its_forms(key):
    for latex in (SYMBOLS[key].latex, *SYMBOLS[key].also):
        assert marked(latex)[0][0] == key
        assert marked(rf"\log \frac{{{latex}}}{{2}} + 1")[0][0] == key


def test_no_two_symbols_share_a_form():
    forms = [latex for symbol in SYMBOLS.values() for latex in (symbol.latex, *symbol.also)]
    assert len(forms) == len(set(forms))


def test_the_longest_symbol_wins():
    assert marked(r"q(z \mid x)\,p(z)\,p(x)") == [("q", "q(z|x)"), ("prior", "p(z)"), ("evidence", "p(x)")]
    assert marked(r"q^{*} + q_{\mathrm{full}} + q") == [("qstar", "q*"), ("qfull", "qfull"), ("q", "q")]


def test_a_form_marks_what_the_definition_does_not_speak_of():
    assert marked(r"p(x \mid z_n)") == [("likelihood", "p(x|zn)"), ("zn", "zn")]
    assert marked(r"p(x \mid z)") == [("likelihood", "p(x|z)")]


def test_an_index_of_a_symbol_is_no_symbol_of_its_own():
    assert marked("L_N + L_K + z_n") == [("LN", "LN"), ("LK", "LK"), ("zn", "zn")]
    assert marked(r"\sum_{n=1}^{N} w_n") == [("n", "n"), ("N", "N"), ("wn", "wn")]


def test_spelling_does_not_matter_and_a_number_is_any_number():
    assert marked("L_{K} + L_{1} + L_1 + L_{1024}") == [(("LK", f"L{index}")) for index in ("K", 1, 1, 1024)]


def test_an_expectation_and_the_density_beneath_it_are_two_symbols():
    assert marked(r"\mathbb{E}_q\left[\log w\right]") == [("E", "E"), ("q", "q"), ("w", "w")]
    assert marked(r"\mathbb{E}_{z \sim p(z)}") == [("E", "E"), ("z", "z"), ("prior", "p(z)")]


@pytest.mark.parametrize(
    "latex", [r"\mathrm{left}", r"\text{next}", r"\log 2", r"\mathrm{d}", r"\exp 2", "10^{-308}"]
)
def test_letters_of_words_and_names_are_no_symbols(latex):
    assert marked(latex) == []


def test_the_d_of_an_integral_is_upright_and_no_latent_dimension():
    assert marked(r"\mathrm{d}z") == [("z", "z")]
    assert '<mi mathvariant="normal">d</mi>' in mathml(r"\mathrm{d}z")
    assert marked("d") == [("d", "d")]


def test_marks_leave_the_text_alone():
    latex = r"\log p(x) = \int q(z \mid x)\,\log \frac{p(x, z)}{p(z \mid x)}\,\mathrm{d}z"
    assert plain(fromstring(mathml(latex))) == "logp(x)=∫q(z|x)logp(x,z)p(z|x)dz"


def lines(latex):
    """The parts of a displayed formula, in plain letters."""
    return [plain(part) for part in fromstring(f"<all>{displayed(latex)}</all>") if part.tag != "wbr"]


def test_a_displayed_formula_can_be_broken_before_what_relates_its_terms():
    assert lines(r"p(x) = \int p(x \mid z)\,\mathrm{d}z + \log p(x), \qquad z \sim q") == [
        "p(x)",
        "=∫p(x|z)dz",
        "+logp(x),",
        "z∼q",
    ]


def test_a_sign_at_the_beginning_and_one_in_brackets_break_nothing():
    assert len(lines(r"= \log p(x)")) == 1
    assert len(lines(r"\left[p(x) = 1 - 2\right]")) == 1


def test_an_operator_that_begins_a_line_keeps_its_space():
    assert '<mo form="infix">−</mo>' in displayed(r"x - z")


def test_a_name_is_set_off_from_what_is_not_in_brackets():
    space = '<mspace width="0.167em" />'
    assert f"<mi>log</mi>{space}" in mathml(r"\log p(x)")
    assert space not in mathml(r"\log (2)")


def test_drawn_from_is_an_operator():
    assert "<mo>∼</mo>" in mathml(r"z \sim q")


def test_signs_of_markup_stay_text():
    assert "&lt;" in mathml("x < 2")


def test_every_symbol_has_a_name_and_a_sentence():
    assert definitions().keys() == SYMBOLS.keys()
    for said in definitions().values():
        assert said["name"]
        assert said["meaning"].endswith(".")
