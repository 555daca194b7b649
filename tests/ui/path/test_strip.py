"""The path without a browser: each kind's course, the work that some need, the table of lengths, the film."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import explorer.ui
from explorer.latent.paths import step_lengths
from explorer.ui.jobs.session_jobs import Jobs
from explorer.ui.path import computation, search, strip
from explorer.ui.path.computation import PathLengths
from explorer.ui.path.course import N_COURSE_POINTS
from explorer.ui.state import workspace
from explorer.ui.state.view import PATH_KINDS
from tests.ui.conftest import kept

MAIN = Path(explorer.ui.__file__).parent / "frame" / "main.py"
ENDS = ((-1.0, -0.5), (1.0, 0.75), (0.5, -1.0))
PINS = ";".join(f"@{x},{y}" for x, y in ENDS)


@pytest.fixture
def explore(stored, monkeypatch):
    """Opens the tiny model's page with a path, and waits for the work that it starts."""
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(stored))
    workspace._made.cache_clear()

    def run(kind: str, map_id: str = "axes:0,1") -> AppTest:
        app = AppTest.from_file(MAIN, default_timeout=30)
        for name, value in {"pins": PINS, "path": kind, "map": map_id}.items():
            app.query_params[name] = value
        return finished(app.run())

    yield run
    workspace._made.cache_clear()


def finished(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    for job in kept(app, Jobs).by_key.values():
        assert job.wait(20)
    return app.run()


def html(app: AppTest, part: str) -> list[str]:
    return [element.proto.body for element in app.get("html") if part in element.proto.body]


def course(app: AppTest) -> Any:
    return np.array(json.loads(app.get("bidi_component")[0].proto.json)[0]["path"])


@pytest.mark.parametrize("map_id", ["axes:0,1", "pca"])
@pytest.mark.parametrize("kind", [kind for kind in PATH_KINDS if kind != "linear"])
def test_the_course_of_every_kind_meets_the_handles(explore, kind, map_id):
    places = course(explore(kind, map_id))
    assert len(places) == N_COURSE_POINTS
    np.testing.assert_allclose(places[[0, -1]], np.array(ENDS)[[0, -1]], atol=1e-5)
    assert np.linalg.norm(places - ENDS[1], axis=1).min() < 1e-5
    straight = np.linalg.norm(np.diff(ENDS, axis=0), axis=1).sum()
    assert step_lengths(places).sum() > straight


def test_a_straight_course_is_left_to_the_browser(explore):
    assert course(explore("linear")).size == 0


@pytest.mark.parametrize("kind", PATH_KINDS)
def test_the_strip_shows_what_was_asked_for_once_it_is_found(explore, kind):
    app = explore(kind)
    (frames,) = html(app, "path-strip")
    assert frames.count("<img") == computation.N_FRAMES
    assert "opacity" not in frames
    assert not html(app, "path-stands-in")
    (table,) = html(app, "path-lengths")
    chosen = table.split("aria-current='true'")[1]
    assert chosen.startswith(f" data-testid='length-{kind}'")


def test_another_path_stands_in_until_the_geodesic_is_found(explore, monkeypatch):
    monkeypatch.setattr(search, "_job", lambda *_: Halted())
    app = explore("geodesic")
    (frames,) = html(app, "path-strip")
    assert "opacity" in frames
    assert "linear path in its place" in html(app, "path-stands-in")[0]
    assert "until the geodesic path is found" in html(app, "path-stands-in")[0]
    monkeypatch.undo()
    assert "geodesic" not in html(app, "path-lengths")[0]
    app.button(key="path_again").click().run()
    assert not html(finished(app), "path-stands-in")


class Halted:
    """A job that was stopped before it found anything."""

    step = newest = error = None
    is_running = False

    def wait(self, seconds):
        return True

    def stop(self):
        pass

    def stop_when(self, is_unwanted):
        pass


def test_the_table_has_every_path_that_is_known_and_the_straight_one_is_the_shortest_in_latent_space(explore):
    (table,) = html(explore("geodesic"), "path-lengths")
    latent = {
        kind: float(table.split(f"'length-{kind}'")[1].split("<td>")[1].split("<")[0]) for kind in PATH_KINDS
    }
    assert min(latent, key=lambda kind: latent[kind]) == "linear"
    assert latent["linear"] == pytest.approx(np.linalg.norm(np.diff(ENDS, axis=0), axis=1).sum(), abs=0.01)


def test_the_film_plays_after_a_press_and_stops_after_another(explore):
    app = explore("spherical")
    assert not html(app, "path-film")
    app.button(key="play_path").click().run()
    (film,) = html(app, "path-film")
    assert "data:image/gif;base64,R0lGOD" in film
    app.button(key="play_path").click().run()
    assert not html(app, "path-film")


def test_what_stands_in_is_neither_played_nor_saved_under_the_name_of_what_is_looked_for(
    explore, monkeypatch
):
    """Also where the film of the path that stands in was playing before."""
    app = explore("linear")
    app.button(key="play_path").click().run()
    monkeypatch.setattr(search, "_job", lambda *_: Halted())
    app.button_group(key="path_kind").set_value("geodesic").run()
    taken = [app.button(key="play_path"), *(named(app, key) for key in ("path_png", "path_gif"))]
    assert all(button.proto.disabled and "not found yet" in button.proto.help for button in taken)
    assert not html(app, "path-film")
    monkeypatch.undo()
    app.button(key="path_again").click().run()
    app = finished(app)
    taken = [app.button(key="play_path"), *(named(app, key) for key in ("path_png", "path_gif"))]
    assert not any(button.proto.disabled or button.proto.help for button in taken)


def named(app: AppTest, key: str) -> Any:
    """A download button by its key."""
    (found,) = [each for each in app.get("download_button") if each.proto.id.endswith(f"-{key}")]
    return found


def test_another_path_does_not_play_by_itself(explore):
    app = explore("spherical")
    app.button(key="play_path").click().run()
    app.button_group(key="path_kind").set_value("linear").run()
    assert not html(app, "path-film")


def test_lengths_have_a_true_minus_thousands_and_a_word_for_support():
    table = strip.lengths_html({"linear": PathLengths(1.5, 1234.5, 2.25)}, "graph")
    assert "<td>1.50</td><td>1,234.50</td><td>2.25, outside</td>" in table
    assert "aria-current" not in table
