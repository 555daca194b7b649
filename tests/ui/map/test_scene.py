"""What the map draws: who is in full colour, contours of them, ellipses of posteriors on planes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from explorer.ui.map import scene
from explorer.ui.state import selection
from explorer.ui.state.view import View
from explorer.workspace import Workspace
from tests.browser.servers import SHIPPED


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
