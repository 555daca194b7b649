"""What the map draws: who is in full colour, contours of them, ellipses of posteriors on planes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from explorer.ui.map import MapSpec, scene
from explorer.ui.map.props import ROBUST_LIMITS
from explorer.ui.state import selection
from explorer.ui.state.view import View
from explorer.workspace import Workspace
from tests.browser.servers import SHIPPED

PCA = MapSpec("pca", "pca_x", "pca_y", "PCA", exact=True)


@pytest.fixture(scope="module")
def entry():
    return Workspace(SHIPPED).open("digits-2d")


@pytest.fixture
def view(entry, monkeypatch) -> View:
    monkeypatch.setattr(st, "session_state", {})
    return View(entry.name, "axes:0,1", layers=("contours", "ellipses"))


def test_what_is_in_full_colour_is_selected_and_of_a_label_that_is_on(entry):
    labels = entry.dataset.labels
    everything = np.arange(len(labels))
    assert scene.full_rows(entry, (), b"").tolist() == everything.tolist()
    assert scene.full_rows(entry, (3,), b"").tolist() == np.flatnonzero(labels == 3).tolist()
    chosen = selection.of_rows(everything[::2])
    expected = [row for row in everything[::2].tolist() if labels[row] in (3, 8)]
    assert scene.full_rows(entry, (3, 8), chosen).tolist() == expected


def test_ellipses_are_the_posteriors_on_the_plane(entry, view):
    rows = [4, 9]
    found = np.array(scene.ellipses(entry, replace(view, selection=selection.of_rows(rows))))
    variance = np.exp(entry.atlas.log_variances[rows])
    np.testing.assert_allclose(found[:, :2], entry.atlas.means[rows], rtol=1e-5)
    np.testing.assert_allclose(found[:, [2, 4]], variance, rtol=1e-5)
    np.testing.assert_allclose(found[:, 3], 0, atol=1e-12)
    turned = np.array(scene.ellipses(entry, replace(view, map_id="pca", selection=selection.of_rows(rows))))
    # A rotation of both dimensions leaves the sum of the variances.
    np.testing.assert_allclose(turned[:, 2] + turned[:, 4], variance.sum(axis=1), rtol=1e-4)


def test_without_a_selection_the_inspected_example_has_an_ellipse(entry, view):
    example_id = int(entry.dataset.example_ids[7])
    assert len(scene.ellipses(entry, replace(view, selected=example_id))) == 1
    assert scene.ellipses(entry, view) == ()


def test_ellipses_are_not_drawn_where_they_would_be_wrong_or_too_many(entry, view):
    everything = replace(view, selection=selection.everything(entry.atlas.n_examples))
    assert scene.ellipses(entry, replace(everything, map_id="umap")) == ()
    assert scene.ellipses(entry, replace(everything, layers=())) == ()
    assert 0 < len(scene.ellipses(entry, everything)) <= scene.MOST_ELLIPSES


def test_contours_follow_what_is_selected(entry, view):
    whole = scene.contours(entry, view)
    some = scene.contours(entry, replace(view, selection=selection.of_rows(np.arange(60))))
    assert whole
    assert some
    assert whole != some
    assert all(0 < level < 1 for level, _ in whole)
    assert scene.contours(entry, replace(view, layers=())) == ()
    assert scene.contours(entry, replace(view, labels=(3,), selection=selection.of_rows([]))) != whole


def test_a_colour_by_a_score_says_how_many_are_scored_and_that_the_others_are_grey(growing, view):
    half = Workspace(growing).open("tiny")
    colour = scene.examples(half, View("tiny", "pca", colour="gap_nats"), PCA).colour
    n_doubted = int((half.atlas.columns(["trust"])["trust"] == "unreliable").sum())
    doubt = f" · ○ {n_doubted} not trusted" if n_doubted else ""
    assert colour.note == f"{ROBUST_LIMITS}{doubt} · 16 of 40 scored so far · 24 in grey are still to come"
    assert colour.missing == "no value so far"
    early = scene.examples(half, View("tiny", "pca", colour="elbo_nats"), PCA).colour
    assert early.note == f"{ROBUST_LIMITS} · 16 of 40 scored so far, a first look at 24 others"


def test_an_atlas_that_is_whole_says_nothing_of_it(stored, view):
    props = scene.examples(Workspace(stored).open("tiny"), View("tiny", "pca", colour="gap_nats"), PCA)
    assert "so far" not in props.colour.note
    assert props.colour.missing == ""


def test_the_examples_of_a_map_stay_while_its_atlas_grows(growing, view):
    entry = Workspace(growing).open("tiny")
    manifest = replace(entry.atlas.manifest, omitted={"umap": "another digest"})
    later = entry.grown(replace(entry.atlas, manifest=manifest))
    first, second = (scene.examples(each, View("tiny", "pca"), PCA) for each in (entry, later))
    assert first.version != second.version
    assert first.examples == second.examples


def test_a_column_of_the_data_colours_the_map(described, view):
    entry = Workspace(described).open("tiny")
    assert entry.atlas.metadata == ("weight", "count", "site")
    weight, count, site = (
        scene.examples(entry, View("tiny", "pca", colour=name), PCA).colour for name in entry.atlas.metadata
    )
    assert (weight.label, weight.digits, weight.missing) == ("weight", 2, "")
    assert 0 <= weight.limits[0] < weight.limits[1] <= 1
    assert count.digits == 0
    # As it stands: the browser writes it as text.
    assert (site.column, site.names) == ("site", ("<b>north</b>", "south *"))
    assert len(site.colours) == 2
