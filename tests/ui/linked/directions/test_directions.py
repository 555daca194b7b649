"""Directions without a browser: a handle at a code, the walk from A to B, the sliders, the grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch.distributions import Independent, Laplace, Normal

from explorer.show import pictures
from explorer.ui.example.mean_example import mean_example
from explorer.ui.linked.directions import dimension_usage, groups, latent_sliders, traversal, walk
from explorer.ui.linked.directions.attribute_vector import STRIP, strip_html
from explorer.ui.state import active_handle, selection, workspace
from explorer.ui.state.gesture import Handle
from explorer.ui.state.handle_codes import handle_at
from explorer.ui.state.scratch import key
from explorer.ui.state.view import View, with_handle
from explorer.ui.widgets.following_slider import Scale, Sliders
from tests.ui.conftest import kept, look_at, view_in

A, B = selection.of_rows([0, 1, 2, 3]), selection.of_rows([10, 11, 12])
V = np.array([0.3, -0.2, 0.5])


@pytest.fixture
def entry(at, stored):
    at(stored)
    return workspace.current().open("tiny")


@pytest.fixture
def handle(entry):
    return active_handle.current(entry, View("tiny", "pca", selected=int(entry.dataset.example_ids[5])))


MAPS = pytest.mark.parametrize("map_id", ["pca", "axes:0,2"])


@MAPS
@pytest.mark.parametrize("is_free", [False, True])
def test_a_handle_at_a_code_has_that_code(entry, handle, map_id, is_free):
    moved = replace(handle, base=None) if is_free else handle
    for code in np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32):
        found = handle_at(entry, map_id, moved, code)
        np.testing.assert_allclose(active_handle.code(entry, map_id, found), code, atol=1e-6)
        assert (found.id, found.base) == (moved.id, moved.base)
        place = entry.chart(map_id).place(code)
        np.testing.assert_allclose((found.x, found.y), place, atol=1e-6)


@MAPS
def test_a_handle_at_its_example_s_code_is_home_bit_for_bit(entry, handle, map_id):
    home = active_handle.home(entry, map_id, handle)
    away = handle_at(entry, map_id, handle, np.ones(3, np.float32))
    code = entry.atlas.means[entry.atlas.row(handle.base)]
    assert away != home
    assert handle_at(entry, map_id, away, code) == home
    assert active_handle.code(entry, map_id, home).tobytes() == code.tobytes()


def test_a_move_on_the_plane_needs_no_offset(entry, handle):
    plane = entry.chart("pca")
    code = active_handle.code(entry, "pca", handle) + (plane.basis @ np.array([0.4, -0.3])).astype(np.float32)
    found = handle_at(entry, "pca", handle, code)
    assert found.offset == ()
    np.testing.assert_allclose((found.x - handle.x, found.y - handle.y), (0.4, -0.3), atol=1e-6)


def test_with_handle_replaces_the_one_of_its_id_or_adds_it(handle):
    other = Handle("b", None, 1.0, 2.0)
    view = View("tiny", "pca", handles=(handle, other))
    moved = replace(handle, x=9.0)
    assert with_handle(view, moved).handles == (moved, other)
    assert with_handle(view, moved).revision == view.revision + 1
    assert with_handle(View("tiny", "pca"), handle).handles == (handle,)


def test_a_walk_is_read_off_the_handle_and_ends_where_it_began(entry, handle):
    for start in (handle, replace(handle, x=handle.x + 0.2)):
        begun = walk.read(entry, "pca", start, V, walk.Walk("pca", start))
        assert (begun.start, begun.t) == (start, 0)
        for t in (-2.0, -0.35, 1.0, 2.0):
            moved = walk.handle_after(entry, begun, V, t)
            again = walk.read(entry, "pca", moved, V, begun)
            assert again.start == start
            assert again.t == pytest.approx(t, abs=1e-4)
            assert walk.handle_after(entry, again, V, 0.0) is start


def test_a_walk_from_home_is_found_without_memory_and_any_other_begins_anew(entry, handle):
    moved = walk.handle_after(entry, walk.Walk("pca", handle), V, 1.5)
    assert walk.read(entry, "pca", moved, V, None).t == pytest.approx(1.5, abs=1e-4)
    dragged = replace(moved, x=moved.x + 1, y=moved.y - 1)
    assert walk.read(entry, "pca", dragged, V, walk.Walk("pca", handle)) == walk.Walk("pca", dragged)
    other = Handle("a", int(entry.dataset.example_ids[6]), moved.x, moved.y)
    assert walk.read(entry, "pca", other, V, walk.Walk("pca", handle)).start.base == other.base


def test_the_groups_have_the_mean_of_their_examples(entry):
    np.testing.assert_allclose(mean_example(entry, A), entry.dataset.x(slice(0, 4)).mean(0), atol=1e-6)
    means = entry.atlas.means.astype(np.float64)
    np.testing.assert_allclose(groups.direction(entry, (A, B)).v, means[10:13].mean(0) - means[:4].mean(0))


def test_a_missing_group_is_said_in_one_sentence(entry):
    assert groups.missing((A, B)) == ""
    assert "“Keep as B”" in groups.missing((A, b""))
    assert "“Keep as A”" not in groups.missing((A, b""))
    both = groups.missing((b"", b""))
    assert both.index("Keep as A") < both.index("Keep as B")
    assert both.count(".") == 1
    assert "nothing kept yet" in groups.cards_html(entry, (A, b""))
    assert "4 examples" in groups.cards_html(entry, (A, b""))


def test_examples_in_both_groups_are_counted(entry):
    twice = (A, selection.of_rows([3, 10]))
    assert "1 of the examples are in both" in groups.facts_html(groups.direction(entry, twice), twice)
    assert "in both" not in groups.facts_html(groups.direction(entry, (A, B)), (A, B))


def test_only_a_standard_normal_prior_has_kl(entry):
    zeros, ones = torch.zeros(3), torch.ones(3)
    assert dimension_usage.is_standard_normal(entry.checkpoint.model.prior())
    assert not dimension_usage.is_standard_normal(Independent(Normal(zeros, 2 * ones), 1))
    assert not dimension_usage.is_standard_normal(Independent(Normal(ones, ones), 1))
    assert not dimension_usage.is_standard_normal(Independent(Laplace(zeros, ones), 1))


def test_dimensions_are_ordered_by_use_and_none_is_lost(entry):
    found = dimension_usage.usage(entry)
    assert sorted(found.order) == [0, 1, 2]
    assert (np.diff(found.amounts[list(found.order)]) <= 0).all()
    assert all(found.amounts[i] >= dimension_usage.LEAST_KL_NATS for i in found.used)
    assert all(found.amounts[i] < dimension_usage.LEAST_KL_NATS for i in found.unused)


@pytest.mark.parametrize("low, high", [(-3.0, 3.0), (-0.013, 0.4), (90.0, 1234.5), (-1e-3, 1e-3)])
def test_a_scale_holds_its_range_on_round_steps(low, high):
    scale = latent_sliders.scale(low, high)
    assert scale.low <= low < high <= scale.high
    assert 20 <= (scale.high - scale.low) / scale.step <= 220
    assert scale.nearest(1e9) == scale.high
    assert scale.nearest(-1e9) == scale.low
    assert abs(scale.nearest((low + high) / 2) - (low + high) / 2) <= scale.step / 2 * (1 + 1e-9)


def test_the_grid_shows_the_axes_and_the_code(entry):
    code = np.array([0.1, 0.2, 0.3], np.float32)
    with traversal.grid_picture(entry, code.tobytes(), (2, 0)) as sheet:
        assert sheet.size == (traversal.N * traversal.CELL_PIXELS,) * 2
        cells = np.asarray(sheet)
    # The corners are the decoded extremes, the second axis rising upwards.
    for row, up in ((0, 2.5), (traversal.N - 1, -2.5)):
        corner = np.array([[up, 0.2, -2.5]], np.float32)
        decoded = entry.checkpoint.model.likelihood(torch.from_numpy(corner)).mean.numpy()
        expected = np.asarray(pictures.pictures_of(decoded, traversal.CELL_PIXELS)[0])
        size = traversal.CELL_PIXELS
        np.testing.assert_array_equal(cells[row * size : (row + 1) * size, :size], expected)


def test_the_caption_says_which_units():
    values = [np.linspace(-2.5, 2.5, 9)] * 2
    code = np.array([0.5, 0, -1.25])
    text = traversal.caption((0, 2), values, code, True)
    assert "z₀ from −2.5 to 2.5" in text
    assert "standard deviations of the prior" in text
    assert "0.50 and −1.25" in text
    assert "quantiles" in traversal.caption((0, 2), values, code, False)


def test_without_a_normal_prior_a_grid_goes_through_quantiles():
    means = np.random.default_rng(0).normal(3, 2, size=1000)
    np.testing.assert_allclose(
        traversal.axis_values(means, False)[[0, 4, -1]], np.quantile(means, [0.01, 0.5, 0.99])
    )
    assert traversal.axis_values(means, True).tolist() == np.linspace(-2.5, 2.5, 9).tolist()


def test_the_strip_marks_one_frame():
    frames = np.random.default_rng(0).random((len(STRIP), 1, 8, 8))
    html = strip_html(pictures.pictures_of(frames, 8), 6)
    assert html.count("<img") == len(STRIP)
    assert html.count("lx-now") == 1
    assert html.index("t = 0.5") < html.index("lx-now") < html.index("t = 1.0")


def page():
    from explorer.ui.linked.directions import directions
    from explorer.ui.state import opening, workspace

    directions.section(workspace.current().open("tiny"), opening.open_view("tiny"))


@pytest.fixture
def app(entry, monkeypatch):
    """The section on the tiny model, with a slider for each of its dimensions."""
    monkeypatch.setattr(dimension_usage, "LEAST_KL_NATS", 0)
    started = AppTest.from_function(page, default_timeout=30)
    look_at(started, view_of(entry))
    return run(started)


def view_of(entry):
    view = View("tiny", "pca", selected=int(entry.dataset.example_ids[5]), groups=(A, B))
    return with_handle(view, active_handle.current(entry, view))


def run(app):
    app.run()
    assert not app.exception
    assert not app.error
    return app


def slider(app, label):
    (found,) = (s for s in app.slider if s.label.startswith(label))
    return found


def code_of(entry, app):
    view = view_in(app)
    return active_handle.code(entry, view.map_id, view.handles[0])


def test_the_slider_walks_the_handle_there_and_back(app, entry):
    home = view_in(app).handles
    start = code_of(entry, app)
    slider(app, "along").set_value(1.5)
    run(app)
    v = groups.direction(entry, (A, B)).v
    np.testing.assert_allclose(code_of(entry, app), start + 1.5 * v, atol=1e-5)
    assert slider(app, "along").value == pytest.approx(1.5)
    slider(app, "along").set_value(0.0)
    run(app)
    assert view_in(app).handles == home


def test_a_dimension_s_slider_sets_that_coordinate_only_and_reset_goes_home(app, entry):
    home, before = view_in(app).handles, code_of(entry, app)
    assert app.button(key="reset_handle").disabled
    slider(app, "z₁").set_value(1.0)
    run(app)
    after = code_of(entry, app)
    assert after[1] == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(after[[0, 2]], before[[0, 2]], atol=1e-6)
    app.button(key="reset_handle").click()
    run(app)
    assert view_in(app).handles == home
    assert slider(app, "z₁").value == pytest.approx(before[1], abs=0.03)


def test_sliders_follow_a_drag_and_stay_within_their_ends(app, entry):
    view = view_in(app)
    code = np.array([0.5, -0.75, 99.0], np.float32)
    look_at(app, with_handle(view, handle_at(entry, "pca", view.handles[0], code)))
    run(app)
    assert slider(app, "z₀").value == pytest.approx(0.5, abs=0.03)
    assert slider(app, "z₁").value == pytest.approx(-0.75, abs=0.03)
    assert slider(app, "z₂").value == slider(app, "z₂").max
    np.testing.assert_allclose(code_of(entry, app), code, atol=1e-5)
    slider(app, "z₀").set_value(slider(app, "z₀").value + 0.5)
    run(app)
    assert code_of(entry, app)[2] == pytest.approx(99, abs=1e-4)


def test_a_slider_s_belated_message_moves_nothing(app, entry):
    """A run that was overtaken leaves sliders in the browser that say what they were told, not what was done."""
    view = view_in(app)
    old = slider(app, "z₀")
    drawn = kept(app, Sliders).drawn
    newer = replace(drawn["z_0"], n=drawn["z_0"].n + 1)
    app.session_state[key(Sliders)] = Sliders({**drawn, "z_0": newer})
    old.set_value(old.value + 1)
    run(app)
    assert view_in(app).handles == view.handles


def test_a_traversal_s_dimension_gives_way_to_the_other(app):
    x, y = (app.selectbox(key=key).value for key in ("traversal_x", "traversal_y"))
    app.selectbox(key="traversal_x").select(y)
    run(app)
    assert [app.selectbox(key=key).value for key in ("traversal_x", "traversal_y")] == [y, x]


def test_dimensions_without_use_are_folded_away(entry, monkeypatch):
    monkeypatch.setattr(
        dimension_usage, "LEAST_KL_NATS", np.sort(dimension_usage.usage.__wrapped__(entry).amounts)[1]
    )
    app = AppTest.from_function(page, default_timeout=30)
    look_at(app, view_of(entry))
    run(app)
    assert sum(s.label.startswith("z") for s in app.slider) == 2
    assert [e.label for e in app.expander] == ["1 dimension not in use"]


def test_without_groups_and_without_a_handle_it_says_what_to_do(entry):
    app = AppTest.from_function(page, default_timeout=30)
    look_at(app, View("tiny", "pca"))
    run(app)
    words = " ".join(m.value for m in app.markdown)
    assert "Keep as A" in words
    assert "Click a point" in words
    assert not app.slider


def test_a_scale_s_nearest_is_on_it():
    assert Scale(-2, 2, 0.5).nearest(0.8) == 1.0
