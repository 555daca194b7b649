"""The stored figures of one example in words: nothing is rounded into looking better than it is."""

import math
import re
from dataclasses import fields, replace

import numpy as np
import pytest

from explorer.bounds import rungs
from explorer.bounds.decisions import Reason
from explorer.bounds.rungs import Rung
from explorer.show.numbers import Units
from explorer.ui.example import stored_score
from explorer.ui.inspector import scorecard
from explorer.workspace import Workspace
from tests.browser.servers import SHIPPED

NATS, BITS = Units(64, False), Units(64, True)


def cell(html: str, name: str) -> str:
    """The text of a figure."""
    found = re.search(f"data-testid='figure-{name}'>(.*?)</td>", html)
    assert found is not None, name
    return re.sub("<.*?>", "", found[1])


def text(html: str) -> str:
    return re.sub("<.*?>", " ", html).replace("\N{NO-BREAK SPACE}", " ")


def test_the_figures_are_those_of_the_atlas():
    entry = Workspace(SHIPPED).open("digits-2d")
    example_id = int(entry.dataset.example_ids[7])
    found = stored_score.read(entry, example_id)
    for name, column in entry.atlas.columns(stored_score.COLUMNS).items():
        np.testing.assert_equal(getattr(found, name), column[7])
        assert not isinstance(getattr(found, name), np.generic)


def test_every_figure_is_there_with_its_error(a_score):
    html = scorecard.html(a_score, NATS)
    assert cell(html, "ELBO") == "−109.39 ± 0.08"
    assert cell(html, "log-p") == "−107.14 ± 0.02"
    assert cell(html, "interval") == "−107.18 to −107.10"
    assert cell(html, "gap") == "2.25 ± 0.08"
    assert cell(html, "papers") == "−108.50 ± 0.60"
    assert cell(html, "shortfall") == "1.36 ± 0.60 below log p(x)"
    assert "256 draws of an adapted Gaussian · k̂ −0.64 · ESS 230.5 of 256" in text(html)
    assert "The encoder's q: k̂ 0.80, ESS 18.6 of 512." in text(html)
    assert "not trusted" not in html.lower()


def test_every_figure_turns_into_bits(a_score):
    html = scorecard.html(a_score, BITS)
    for name, nats in (("ELBO", a_score.elbo_nats), ("gap", a_score.gap_nats), ("rate", a_score.kl_nats)):
        value = float(cell(html, name).split(" ")[0].replace("−", "-"))
        assert value == pytest.approx(nats / (64 * math.log(2)), abs=1e-4)
    assert "bits/dim, ± one standard error" in html


def test_what_is_certain_is_three_nats_below_and_for_any_proposal(a_score):
    assert a_score.surely_above_nats == pytest.approx(a_score.log_px_nats - math.log(20))
    assert "log p(x) &gt; −110.14 with 95% probability, whatever the proposal" in scorecard.html(
        a_score, NATS
    )


def test_the_protocol_may_lie_above(a_score):
    html = scorecard.html(replace(a_score, encoder_log_px_nats=-107.0), NATS)
    assert cell(html, "shortfall").endswith("above log p(x)")


def test_what_is_not_trusted_is_hollow_and_says_so(a_score):
    html = scorecard.html(replace(a_score, trust="unreliable"), NATS)
    assert "Not trusted" in text(html)
    for name in ("log-p", "gap"):
        assert cell(html, name).startswith("○"), name
    assert "lx-dot lx-unreliable" in html
    assert "lx-end lx-hollow" in html
    assert cell(html, "ELBO").startswith("−")  # of which nobody doubts


def test_a_verdict_that_is_not_known_is_none(a_score):
    assert "Not trusted" in text(scorecard.html(replace(a_score, trust="excellent"), NATS))


@pytest.mark.parametrize("units", [NATS, BITS])
def test_an_example_without_numbers_has_dashes(a_score, units):
    missing = {f.name: math.nan for f in fields(a_score) if f.type == "float"}
    html = scorecard.html(replace(a_score, **missing, trust="unreliable"), units)
    assert "nan" not in html
    assert cell(html, "log-p") == "○–"
    assert cell(html, "shortfall") == "–"
    assert "whatever the proposal" not in html


def test_a_gap_of_nothing_has_no_place_for_the_protocol(a_score):
    assert "<b style" in scorecard.html(a_score, NATS)
    assert "<b style" not in scorecard.html(replace(a_score, gap_nats=-0.01), NATS)


@pytest.mark.parametrize(
    "proposal, reason, words",
    [
        ("encoder", "", "The encoder's q fits this example"),
        ("laplace", "too many draws needed", "The encoder's q would have needed too many draws: k̂ 0.80"),
        ("annealed", "heavy tail", "The adapted Gaussian had too heavy a tail. The encoder's q"),
        ("<b>new", "<i>odd", "The proposal before would not do (&lt;i&gt;odd)."),
        (
            "laplace",
            "several modes",
            "The encoder's q covers one mode where the search found several: k̂ 0.80",
        ),
        ("laplace", "", "The encoder's q would not do: k̂ 0.80"),
        (
            "encoder",
            "heavy tail",
            "The encoder's q had too heavy a tail: k̂ 0.80, ESS 18.6 of 512. There was no",
        ),
    ],
)
def test_the_verdict_says_why_not_the_encoder(a_score, proposal, reason, words):
    html = scorecard.html(replace(a_score, proposal=proposal, reason=reason), NATS)
    assert words in html.replace("\N{NO-BREAK SPACE}", " ")
    assert "<b>new" not in html


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("proposal", [rung.stage for rung in rungs.LADDER])
def test_every_reason_makes_a_sentence_behind_every_proposal(a_score, proposal, reason):
    why = text(scorecard.html(replace(a_score, proposal=proposal, reason=reason), NATS))
    (sentence,) = re.findall(r"(The (?:encoder's q|fit before it|adapted Gaussian)[^:.]*)[:.]", why)[:1]
    verbs = ("covers", "had", "would", "missed", "gave", "fits")
    assert any(f" {verb} " in sentence for verb in verbs), sentence


def test_an_error_that_the_draws_cannot_vouch_for_is_not_known_and_says_why(a_score):
    score = replace(a_score, encoder_log_px_se=math.nan, encoder_ess=1.0, encoder_pareto_k=4.17)
    html = scorecard.html(score, NATS).replace("\N{NO-BREAK SPACE}", " ")
    assert cell(html, "papers") == "−108.50, error not known"
    assert cell(html, "shortfall") == "1.36 below log p(x), error not known"
    assert "title='k̂ 4.17, ESS 1.0 of 512: too few" in html
    assert "error not known" not in scorecard.html(a_score, NATS)


def test_the_interval_of_what_is_not_trusted_is_not_known(a_score):
    unknown = dict.fromkeys(("log_px_se", "log_px_low_nats", "log_px_high_nats", "gap_se"), math.nan)
    html = scorecard.html(replace(a_score, trust="unreliable", **unknown), NATS)
    assert cell(html, "interval") == "not known"
    assert cell(html, "log-p") == "○−107.14, error not known"


def test_the_worst_example_of_the_shipped_garments_has_no_error_of_a_million_millions():
    """Its one draw that counts gave an error of 862,956,187,318,420 nats."""
    score = stored_score.read(Workspace(SHIPPED).open("fashion-mnist-16d"), 5073)
    assert cell(scorecard.html(score, Units(784, False)), "papers") == "−2,407.59, error not known"


def test_one_more_rung_is_named_by_its_title(a_score, monkeypatch):
    toy = Rung("student", "a Student t <at the mode>", lambda group, source: Reason.TAIL, counts="tries")
    monkeypatch.setattr(rungs, "LADDER", (*rungs.LADDER, toy))
    html = scorecard.html(replace(a_score, proposal="student"), NATS)
    assert "256 tries of a Student t &lt;at the mode&gt;" in html
    assert "The proposal before had too heavy a tail." in html


def test_an_example_that_is_not_scored_yet_has_no_draws_and_no_bound(growing):
    entry = Workspace(growing).open("tiny")
    html = scorecard.html(stored_score.read(entry, int(entry.dataset.example_ids[30])), NATS)
    assert "Not scored yet" in html
    assert "lx-bound" not in html
    assert "not trusted" not in html.lower()
    nothing = replace(
        stored_score.read(entry, int(entry.dataset.example_ids[30])),
        encoder_n_samples=0,
        encoder_log_px_nats=math.nan,
        elbo_nats=math.nan,
    )
    assert "0 draws" not in scorecard.html(nothing, NATS)


def test_an_imported_model_is_not_called_trusted_before_it_is_calibrated(a_score):
    good = replace(a_score, trust="good")
    assert "Trusted" in text(scorecard.html(good, NATS))
    said = text(scorecard.html(good, NATS, "not calibrated: it was <imported>"))
    assert "Trusted" not in said
    assert "Without a warning" in said
    assert "not calibrated: it was &lt;imported&gt;" in said
    doubted = scorecard.html(replace(a_score, trust="unreliable"), NATS, "not calibrated")
    assert "Not trusted" in text(doubted)
