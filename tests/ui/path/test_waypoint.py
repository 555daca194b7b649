"""A waypoint on a path: it has the path's code, and leaves every other handle as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.ui.path import computation, waypoint
from explorer.ui.state import handle_codes
from explorer.ui.state.gesture import Handle
from explorer.ui.state.view import View
from explorer.workspace import Workspace
from tests.browser.servers import SHIPPED


@pytest.fixture(scope="module")
def entry():
    return Workspace(SHIPPED).open("fashion-mnist-16d")


def view_of(entry, map_id: str, kind: str = "linear") -> View:
    """A path between two examples at home."""
    places = entry.coordinates(map_id)
    handles = tuple(
        Handle(c, int(entry.dataset.example_ids[row]), *places[row].tolist())
        for c, row in (("a", 3), ("b", 50))
    )
    return View(entry.name, map_id, handles=handles, path_kind=kind)


def with_pin(view: View, t: float) -> View:
    """A free handle more, on the straight line between the two."""
    a, b = view.handles
    pin = Handle("c", None, a.x + t * (b.x - a.x), a.y + t * (b.y - a.y))
    return replace(view, handles=(a, pin, b))


@pytest.mark.parametrize("kind", ["linear", "spherical"])
def test_a_waypoint_on_a_plane_has_the_paths_own_code(entry, kind):
    before = view_of(entry, "pca", kind)
    after = waypoint.settle(entry, before, with_pin(before, 0.5))
    codes = handle_codes.handle_codes(entry, after)
    path = computation.path_codes(entry, computation.KnownPath(computation.anchors(entry, before), kind), 481)
    step = np.linalg.norm(codes[2] - codes[0]) / 48
    assert np.linalg.norm(path - codes[1], axis=1).min() < step
    np.testing.assert_array_equal(codes[[0, 2]], handle_codes.handle_codes(entry, before))
    # The plane alone would have lost most of the code.
    assert len(after.handles[1].offset) == entry.atlas.latent_dim
    assert after.revision == before.revision + 1


def test_a_waypoint_on_a_map_without_an_inverse_has_a_code_of_the_path_too(entry):
    before = view_of(entry, "umap")
    after = waypoint.settle(entry, before, with_pin(before, 0.4))
    a, waypoint_code, b = handle_codes.handle_codes(entry, after)
    t = (waypoint_code - a) @ (b - a) / ((b - a) @ (b - a))
    assert 0 < t < 1
    np.testing.assert_allclose(waypoint_code, a + t * (b - a), atol=1e-4)


def test_what_is_no_waypoint_is_left_as_it_is(entry):
    before = view_of(entry, "pca")
    a, b = before.handles
    at_the_end = replace(before, handles=(a, b, Handle("c", None, 0.0, 0.0)))
    moved = replace(before, handles=(replace(a, x=1.0), b))
    carried = replace(before, handles=(a, Handle("c", 7, 0.0, 0.0), b))
    for after in (at_the_end, moved, carried, before):
        assert waypoint.settle(entry, before, after) is after
