"""Explore without a browser: what the widgets do to the view, and what of it reaches the map and the URL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import explorer.ui
from explorer.ui.state import workspace
from tests.ui.conftest import view_in, whole

MAIN = Path(explorer.ui.__file__).parent / "frame" / "main.py"


@pytest.fixture
def explore(stored, monkeypatch):
    """Opens the tiny model's page with a query."""
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(stored))
    workspace._made.cache_clear()

    def run(**query: str) -> AppTest:
        app = AppTest.from_file(MAIN, default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        return whole(app.run())

    yield run
    workspace._made.cache_clear()


def sent(app: AppTest) -> Any:
    """What the map is told."""
    return json.loads(app.get("bidi_component")[0].proto.json)[0]


def test_the_page_opens_with_one_handle_on_its_first_example(explore, atlas):
    app = explore()
    first = int(atlas.columns(["example_id"])["example_id"][0])
    assert sent(app)["selected"] == first
    assert [handle["base"] for handle in sent(app)["handles"]] == [first]
    assert app.query_params["model"] == "tiny"
    assert app.query_params["example"] == str(first)


def test_a_colour_reaches_the_map_and_the_url_and_leaves_the_rest(explore):
    app = explore()
    before = sent(app)
    app.selectbox(key="colour").select("gap_nats").run()
    after = sent(whole(app))
    assert after["colour"]["column"] == "gap_nats"
    assert app.query_params["colour"] == "gap_nats"
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"colour", "can_undo"}


def test_a_label_filter_reaches_the_map_and_can_be_lifted(explore):
    app = explore(labels="1,2")
    assert sent(app)["visible_labels"] == [1, 2]
    app.button_group(key="labels").set_value([]).run()
    assert sent(whole(app))["visible_labels"] is None
    assert "labels" not in app.query_params


def test_latent_axes_are_two_that_differ(explore):
    app = explore()
    app.button_group(key="map_kind").set_value("axes").run()
    across, up = view_in(whole(app)).map_id.removeprefix("axes:").split(",")
    assert across != up
    # Choosing the same for both turns them round.
    app.selectbox(key="axis_x").select(up).run()
    assert view_in(whole(app)).map_id == f"axes:{up},{across}"
    assert sent(app)["map"]["x"] == f"axis_{up}"


def test_a_handle_goes_along_to_another_map(explore):
    """At home it stays at home; off it, its code is placed on the new map."""
    app = explore(map="axes:0,1")
    home = view_in(app).handles[0]
    moved = explore(map="axes:0,1", pins=f"{home.base}@{home.x + 1:.6f},{home.y - 1:.6f};@0.5,0.25")
    moved.selectbox(key="axis_y").select("2").run()
    carried, free = view_in(whole(moved)).handles
    entry = workspace.current().open("tiny")
    mean = entry.atlas.means[entry.atlas.row(home.base)]
    # The step was along axes 0 and 1, so along axis 2 the example's own code is where it was.
    assert (carried.x, carried.y) == pytest.approx((mean[0] + 1, mean[2]), abs=1e-4)
    assert (free.x, free.y) == pytest.approx((0.5, 0.0), abs=1e-4)


def test_the_next_example_and_back_is_the_same_one(explore):
    app = explore()
    first = view_in(app).selected
    app.button(key="next").click().run()
    assert view_in(whole(app)).selected != first
    assert sent(app)["handles"][0]["base"] == view_in(app).selected
    app.button(key="previous").click().run()
    assert view_in(whole(app)).selected == first


def test_two_pins_of_a_link_are_a_path_that_can_be_cleared(explore):
    app = explore(pins="@0,0;@1,1", path="spherical", map="axes:0,1")
    assert len(sent(app)["path"]) > 2
    app.button(key="clear_path").click().run()
    assert len(sent(whole(app))["handles"]) == 1
    assert sent(app)["path"] == []


def test_bits_are_for_all_of_the_page(explore):
    app = explore()
    app.toggle(key="in_bits").set_value(True).run()
    assert view_in(whole(app)).in_bits
    assert app.query_params["units"] == "bits"


def test_nonsense_in_the_url_is_one_warning(explore):
    app = explore(map="moon", colour="plaid", pins="here")
    assert len(app.warning) == 1
    assert all(part in app.warning[0].value for part in ("map", "colour", "pins"))
    # A page that draws itself anew, as the bound does while it computes, still says so.
    assert len(app.run().warning) == 1
    app.selectbox(key="colour").select("gap_nats").run()
    assert not app.run().warning
