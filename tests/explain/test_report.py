"""The report is one file: nothing in it is loaded from anywhere, and nothing in it is markup that came from a file."""

import base64
import hashlib
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from explorer.explain import Question, results
from explorer.explain.report import report_html
from explorer.explain.terms.subject import Subject
from tests.explain.cases import Impossible, exact_subject, whole
from tests.explain.test_bad_input import made

NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{}😀\u202e" + "long" * 2_500


class Page(HTMLParser):
    """What a browser would see: attributes, scripts, text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.scripts, self.styles, self._inside = [], [], [], ""
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag if tag in ("script", "style") else ""
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside == "style":
            self.styles.append(data)
        else:
            self.text += data


@pytest.fixture(scope="module")
def found():
    return whole(exact_subject(2), Question(2_000))


@pytest.fixture(scope="module")
def page(found):
    return Page(report_html(found))


def of(page, tag):
    return [attributes for name, attributes in page.tags if name == tag]


def test_nothing_is_loaded_from_another_host(page):
    for tag, attributes in page.tags:
        for name in ("src", "href", "action", "data", "srcset", "poster", "xlink:href"):
            value = attributes.get(name, "") or ""
            assert value.startswith(("#", "data:")) or not value, (tag, name, value[:80])
    assert not any(re.search(r"url\((?!\"data:font/woff2;base64,)|@import", style) for style in page.styles)
    assert {tag for tag, _ in page.tags}.isdisjoint({"iframe", "object", "embed", "base", "form"})


def test_the_policy_allows_the_two_scripts_that_are_there_and_no_other(page):
    (policy,) = [a["content"] for a in of(page, "meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    run = [
        s
        for s, a in zip(page.scripts, of(page, "script"), strict=True)
        if a.get("type") != "application/json"
    ]
    digests = {base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in run}
    assert digests == allowed
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy
    assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]


def test_plotly_is_there_once(page):
    assert sum(len(script) > 10**6 for script in page.scripts) == 1


def test_every_figure_has_its_data_a_title_and_a_description(page):
    scripts = zip(page.scripts, of(page, "script"), strict=True)
    (data,) = [json.loads(s)["figures"] for s, a in scripts if a.get("type") == "application/json"]
    plots = [a for a in of(page, "div") if "data-figure" in a]
    assert {p["data-figure"] for p in plots} == set(data)
    assert len(plots) >= 9
    ids = {a["id"] for _, a in page.tags if "id" in a}
    for plot in plots:
        assert plot["role"] == "img"
        assert {plot["aria-labelledby"], plot["aria-describedby"]} <= ids


def test_ids_are_unique(page):
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_formulas_are_mathml(page):
    assert len(of(page, "math")) > 60
    assert "\\" not in page.text
    assert "$" not in page.text


def test_numbers_carry_what_they_are_made_of(page):
    cells = {a["data-testid"]: a for a in of(page, "td") if "data-testid" in a}
    first, second = cells["elbo-first"], cells["elbo-second"]
    se = math.hypot(float(first["data-se"]), float(second["data-se"]))
    assert float(first["data-nats"]) == pytest.approx(float(second["data-nats"]), abs=4 * se)


def test_text_from_files_is_text(found):
    subject = found.subject
    nasty = Subject(
        subject.model,
        subject.one,
        subject.key,
        NASTY,
        NASTY,
        subject.stored,
        subject.ground,
        subject.population,
    )
    page = Page(report_html(replace(found, subject=nasty)))
    assert not [a for a in of(page, "img") if "onerror" in a]
    assert len(of(page, "script")) == 3
    assert "<script>alert(1)</script>" in page.text
    assert not any("alert(" in script for script in page.scripts if len(script) < 10**6)


def test_the_same_question_gives_the_same_file():
    # In the form of a fresh process: under a key of its own nothing is kept.
    a, b = (whole(exact_subject(2), Question(300)) for _ in range(2))
    b = replace(b, subject=replace(b.subject, key=a.subject.key))
    assert report_html(a) == report_html(b)


@pytest.mark.parametrize("n", [1, 2, 300])
def test_degenerate_results_are_a_file_too(n):
    html = report_html(whole(made(Impossible), Question(n)))
    page = Page(html)
    assert "weight zero" in page.text
    assert not re.search(r"\bnan\b|\binf\b", page.text, re.IGNORECASE)


def test_results_that_are_not_whole_are_a_file_too():
    page = Page(report_html(next(results(exact_subject(2), Question(50))).result))
    assert "This is being computed." in page.text


def test_an_image_is_inside_the_file(tiny_entry):
    from explorer.explain import subject_of

    entry = tiny_entry
    found = next(results(subject_of(entry, int(entry.dataset.example_ids[0])), Question(50))).result
    images = of(Page(report_html(found)), "img")
    assert len(images) == 2
    for image in images:
        assert image["src"].startswith("data:image/png;base64,")
        assert image["alt"]
