"""Wherever an example is shown, one of every kind of data is: images of any colours, short and long vectors, genes."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import explorer.ui
from explorer.explain.terms import subject
from explorer.explain.typesetting import blocks, markup
from explorer.live.messages import DecodedPicture, Request, pack_picture
from explorer.live.pictures import pictures as decoded_pictures
from explorer.live.thumbnails import range_of, tile_of, tiles
from explorer.show import pictures
from explorer.ui.example import inference
from explorer.ui.export import popover
from explorer.ui.inspector import example_pictures
from explorer.ui.linked.directions import groups, traversal
from explorer.ui.linked.neighbours import selection_summary
from explorer.ui.map.looks import thumbnails_of, vector_look_of
from explorer.ui.path import film
from explorer.ui.path.computation import KnownPath
from explorer.ui.state import active_handle, selection
from explorer.ui.state.view import View, with_handle
from explorer.workspace import Entry
from tests import kinds
from tests.kinds import KINDS
from tests.ui.conftest import whole

MAIN = Path(explorer.ui.__file__).parent / "frame" / "main.py"
A, B = selection.of_rows([0, 1, 2]), selection.of_rows([5, 6])
EVERY = pytest.mark.parametrize("name", KINDS)


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("kinds") / "checkpoints"
    for name in KINDS:
        kinds.save(folder, name)
    return folder


def view_of(entry: Entry) -> View:
    """The fourth example, its handle away from home."""
    view = View(entry.name, "pca", selected=int(entry.dataset.example_ids[3]))
    handle = active_handle.current(entry, view)
    assert handle is not None
    return with_handle(view, type(handle)(handle.id, handle.base, handle.x + 0.5, handle.y))


def sizes(html: str) -> list[tuple[int, int]]:
    """Of every picture in a text."""
    import base64

    found = re.findall(r"data:image/png;base64,([^'\"]*)", html)
    return [Image.open(io.BytesIO(base64.b64decode(each))).size for each in found]


def assert_no_strips(html: str, n: int) -> None:
    """There are n pictures, none of them of a pixel's height or so."""
    assert len(sizes(html)) == n
    assert all(min(size) >= 24 for size in sizes(html))


@EVERY
def test_the_inspector_shows_example_reconstruction_handle_and_residual(root, name):
    entry, kind = kinds.opened(root, name), KINDS[name]
    view = view_of(entry)
    shown = example_pictures.shown_of(entry, view, inference.encode(entry, view.selected))
    assert list(shown) == ["x", "reconstruction", "handle"]
    html = example_pictures.html(entry, shown)
    for words in ("original x", "reconstruction", "at the handle"):
        assert words in html
    if not kind.is_vector:
        return assert_no_strips(html, 3)
    assert "data:image/png" not in html
    assert kinds.NASTY not in html
    draws = inference.draw(entry, np.zeros(3, np.float32), 6, seed=0)
    assert example_pictures.vector_html(shown, kind.features, draws)
    residual = example_pictures.residual_html(shown, kind.features)
    largest = int(np.abs(shown["x"] - shown["reconstruction"]).argmax())
    names = kind.features.names if kind.features else [f"feature {i + 1}" for i in range(*kind.shape)]
    if names[largest] != kinds.NASTY:
        assert f"largest at {names[largest]} (" in residual


def test_genes_are_named_and_a_signal_is_a_line(root):
    for name, is_list in (("genes", True), ("signal", False), ("short", False)):
        entry = kinds.opened(root, name)
        view = view_of(entry)
        html = example_pictures.html(
            entry, example_pictures.shown_of(entry, view, inference.encode(entry, view.selected))
        )
        assert ("lx-top" in html) == is_list
        assert ("lx-plot" in html) != is_list
    assert "log counts" in example_pictures.html(
        kinds.opened(root, "genes"), {"x": np.arange(300.0), "reconstruction": np.zeros(300)}
    )


def test_a_handle_at_home_is_not_drawn_twice():
    same = np.arange(5.0)
    html = example_pictures.vector_html({"x": same, "reconstruction": same, "handle": same.copy()}, None)
    assert "at the handle" not in html
    assert "at the handle" in example_pictures.vector_html(
        {"x": same, "reconstruction": same, "handle": same + 1}, None
    )


@EVERY
def test_directions_groups_and_selections_show_pictures(root, name):
    entry, kind = kinds.opened(root, name), KINDS[name]
    assert_no_strips(groups.cards_html(entry, (A, B)), 2)
    assert_no_strips(selection_summary.html(entry, A), 2)
    grid = traversal.grid_picture(entry, np.zeros(3, np.float32).tobytes(), (0, 1))
    assert min(grid.size) >= 9 * 24
    if kind.is_vector:
        assert groups.top_features_html(entry, (A, B))


@EVERY
def test_a_path_is_a_strip_and_a_film(root, name):
    entry = kinds.opened(root, name)
    codes = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    frames = inference.decode(entry, np.linspace(*np.array(codes, np.float32), 5))
    strip = Image.open(
        io.BytesIO(pictures.strip_png(pictures.pictures_of(frames, 112, entry.dataset.features)))
    )
    assert strip.height >= 24
    made = Image.open(io.BytesIO(film._gif(entry, KnownPath(codes, "linear"), 64)))
    assert made.n_frames > 30
    assert made.height >= 24


@EVERY
def test_the_gallery_and_the_cards_have_tiles(root, name):
    entry, kind = kinds.opened(root, name), KINDS[name]
    found = thumbnails_of(entry)
    assert found is not None
    assert (found.height, found.width) == tile_of(kind.shape)
    shown = tiles(entry.dataset, slice(0, 24))
    assert shown.shape == (24, found.height, found.width, 3 if name == "colour" else 1)
    if kind.is_vector:
        assert found.height >= 24
        assert vector_look_of(entry) == range_of(entry.dataset)
    else:
        np.testing.assert_array_equal(shown.transpose(0, 3, 1, 2), kind.values())
        assert vector_look_of(entry) is None


@EVERY
def test_the_socket_sends_the_picture_under_the_hand(root, name):
    entry, kind = kinds.opened(root, name), KINDS[name]
    request = Request("a", 1, name, int(entry.dataset.example_ids[0]), "pca", 0.1, 0.2)
    (found,) = decoded_pictures(entry, "pca", [request])
    assert isinstance(found, DecodedPicture)
    if kind.is_vector:
        assert found.values.dtype == np.float32
        assert found.values.shape == kind.shape
        order = np.argsort(-np.abs(found.values))[:8]
        expected = [(kind.features.names[i], found.values[i]) for i in order] if name == "genes" else []
        assert found.top_features == tuple((a, pytest.approx(b)) for a, b in expected)
    else:
        channels, height, width = kind.shape
        assert found.values.shape == (height, width, channels)
    assert pack_picture(request, found)


@EVERY
def test_the_argument_shows_the_example(root, name):
    of = subject.of(kinds.opened(root, name), int(kinds.opened(root, name).dataset.example_ids[0]))
    assert of.features == KINDS[name].features
    html = markup.block_html(blocks.Pictures((blocks.Picture("x", of.x, "x"),) * 2, of.features))
    assert_no_strips(html, 2)


def test_a_reconstruction_has_as_many_counts_as_its_example(root):
    """Decoded shares of the genes times the library size of x, in the inspector, under the hand and in the argument."""
    entry = kinds.opened(root, "counts")
    example_id = int(entry.dataset.example_ids[3])
    x = entry.dataset.x(3)
    assert x.max() > 1
    q = inference.encode(entry, example_id)
    shown = example_pictures.shown_of(entry, view_of(entry), q)["reconstruction"]
    shares = entry.checkpoint.model.likelihood(q.mean)
    expected = (shares.mean / 60 * x.sum()).numpy()[0]
    np.testing.assert_allclose(shown, expected, rtol=1e-4)
    home = entry.atlas.means[3]
    request = Request("a", 1, "counts", example_id, "pca", *entry.chart("pca").place(home[None])[0].tolist())
    (found,) = decoded_pictures(entry, "pca", [request])
    np.testing.assert_allclose(found.values, expected, rtol=1e-2)
    (free,) = decoded_pictures(entry, "pca", [Request("a", 1, "counts", None, "pca", 0.1, 0.2)])
    assert np.isfinite(free.values).all()


def test_features_go_home_with_their_residuals(root):
    entry = kinds.opened(root, "genes")
    example_id = int(entry.dataset.example_ids[3])
    rows = list(csv.DictReader(io.StringIO(popover.features_csv(entry, example_id).decode())))
    assert [row["feature"] for row in rows] == list(KINDS["genes"].features.names)
    x = entry.dataset.x(3)[0]
    np.testing.assert_allclose([float(row["x"]) for row in rows], x, rtol=1e-6)
    total = [float(row["reconstruction"]) + float(row["residual"]) for row in rows]
    np.testing.assert_allclose(total, x, atol=1e-5)


def test_the_top_features_of_a_direction_are_the_ones_that_it_changes(root):
    entry = kinds.opened(root, "genes")
    means = entry.atlas.means
    ends = np.stack([means[:3].mean(0), means[[5, 6]].mean(0)])
    before, after = inference.decode(entry, ends)
    html = groups.top_features_html(entry, (A, B))
    names = re.findall(r"<bdi>(GENE\d+)</bdi>", html)
    expected = [KINDS["genes"].features.names[i] for i in np.argsort(-np.abs(after - before))[:10]]
    assert names == [name for name in expected if name != kinds.NASTY]
    assert "from the mean code of A to that of B" in html


@pytest.mark.parametrize("section", ["neighbours", "directions"])
@pytest.mark.parametrize("name", ["colour", "short", "long", "counts"])
def test_the_page_opens_with_its_linked_views(root, at, name, section):
    at(root)
    app = AppTest.from_file(MAIN, default_timeout=60)
    for key, value in {"model": name, "shelf": section, "pins": "@0,0;@0.5,0.5"}.items():
        app.query_params[key] = value
    whole(app.run())
    html = " ".join(element.proto.body for element in app.get("html"))
    assert "path-strip" in html
    assert ("top-features" in html) == (section == "directions" and name != "colour")
