"""The view's transitions, and its text in the URL: whatever is written reads back; nonsense is named and left out."""

from dataclasses import replace

import pytest

from explorer.explain.terms.question import ProposalChoice, ProposalKind
from explorer.ui.state.address import PARTS, LinkTargets, from_query, to_query
from explorer.ui.state.gesture import Gesture, Handle
from explorer.ui.state.selection import NOTHING, of_rows
from explorer.ui.state.view import View, after_gesture, inspecting, on_map, with_selection, without_path

COLOURS = ("label", "gap_nats", "site")
TARGETS = LinkTargets(
    lambda i: i in (0, 7, 42), lambda m: m in ("umap", "pca", "axes:0,3"), 10, 100, 3, COLOURS
)
DEFAULT = View("m", "umap", selected=0)
FULL = View(
    "m",
    "axes:0,3",
    colour="gap_nats",
    labels=(1, 9),
    selected=42,
    selection=of_rows([0, 7, 99]),
    linked_view="table",
    layers=("contours",),
    handles=(Handle("p0", 42, 1.5, -0.25, (0.5, 0.0, -2.0)), Handle("p1", None, 2.0, 3.0)),
    path_kind="spherical",
    in_bits=True,
    n_draws=300,
    k=3,
    proposal=ProposalChoice(ProposalKind.WIDER, 2.25),
)


def test_what_the_url_says_reads_back():
    view, problems = from_query(to_query(FULL), DEFAULT, TARGETS)
    assert view == FULL
    assert problems == []


def test_every_part_of_the_query_reads_back_what_it_wrote():
    query = to_query(FULL)
    assert set(query) == {"model", *PARTS}
    for name, part in PARTS.items():
        alone, problems = from_query({name: query[name]}, DEFAULT, TARGETS)
        assert problems == []
        assert alone == replace(DEFAULT, **{part.field: getattr(FULL, part.field)})


@pytest.mark.parametrize(
    "text, proposal",
    [
        ("narrower", ProposalChoice(ProposalKind.NARROWER, 2.0)),
        ("fitted", ProposalChoice(ProposalKind.FITTED)),
    ],
)
def test_a_proposal_by_its_name_alone_has_its_usual_amount(text, proposal):
    view, problems = from_query({"proposal": text}, DEFAULT, TARGETS)
    assert (view.proposal, problems) == (proposal, [])
    assert to_query(view)["proposal"] == text


def test_defaults_are_left_out_of_the_url():
    assert set(to_query(DEFAULT)) == {"model", "map", "colour", "example"}


@pytest.mark.parametrize(
    "query, named",
    [
        ({"map": "axes:9,9"}, "map"),
        ({"colour": "<b>"}, "colour"),
        ({"labels": "1,99"}, "labels"),
        ({"labels": "one"}, "labels"),
        ({"example": "8"}, "example"),
        ({"example": "9" * 400}, "example"),
        ({"pins": "42@nan,1"}, "pins"),
        ({"pins": "42@1e999,1"}, "pins"),
        ({"pins": "8@1,1"}, "pins"),
        ({"pins": ";".join(["@1,1"] * 99)}, "pins"),
        ({"pins": "../../etc"}, "pins"),
        ({"pins": "42@1,1@1,2"}, "pins"),
        ({"pins": "42@1,1@1,2,1e9"}, "pins"),
        ({"select": "<b>"}, "select"),
        ({"shelf": "attic"}, "shelf"),
        ({"layers": "names,fog"}, "layers"),
        ({"path": "straight"}, "path"),
        ({"units": "furlongs"}, "units"),
        ({"draws": "many"}, "draws"),
        ({"draws": "100001"}, "draws"),
        ({"k": "0"}, "k"),
        ({"proposal": "magic"}, "proposal"),
        ({"proposal": "wider:0.5"}, "proposal"),
    ],
)
def test_nonsense_is_left_out_and_named(query, named):
    view, problems = from_query(query, DEFAULT, TARGETS)
    assert view == DEFAULT
    assert len(problems) == 1
    assert named in problems[0]


def test_one_bad_part_does_not_spoil_the_others():
    view, problems = from_query({**to_query(FULL), "colour": "loud"}, DEFAULT, TARGETS)
    assert (view.handles, view.selected, view.colour) == (FULL.handles, 42, DEFAULT.colour)
    assert len(problems) == 1


def test_selecting_puts_one_handle_at_home_and_tells_the_browser():
    view = inspecting(FULL, 7, lambda example_id: (float(example_id), -1.0))
    assert view.handles == (Handle("a", 7, 7.0, -1.0),)
    assert view.selected == 7
    assert view.revision == FULL.revision + 1


def test_another_map_takes_the_handles_as_they_are_there():
    there = [Handle("p0", 42, 0.0, 1.0), Handle("p1", None, 2.0, 3.0, (1.0, 0.0, 0.0))]
    view = on_map(FULL, "pca", there)
    assert (view.map_id, view.handles, view.revision) == ("pca", tuple(there), FULL.revision + 1)


def test_a_gesture_is_the_browsers_own_so_it_is_not_told_back():
    gesture = Gesture(1, "move", 7, (Handle("a", 7, 0.5, 0.5),))
    view = after_gesture(FULL, gesture)
    assert (view.selected, view.handles, view.revision) == (7, gesture.handles, FULL.revision)
    assert (view.selection, view.labels) == (NOTHING, ())


def test_a_selection_that_the_page_makes_is_told_to_the_browser():
    view = with_selection(FULL, of_rows([3]))
    assert (view.selection, view.revision, view.handles) == (of_rows([3]), FULL.revision + 1, FULL.handles)


def test_clearing_a_path_keeps_its_first_handle():
    assert without_path(FULL).handles == FULL.handles[:1]


def test_a_column_of_the_data_is_a_colour_in_a_link_and_one_that_is_not_there_is_told():
    view, problems = from_query({"colour": "site"}, DEFAULT, TARGETS)
    assert (view.colour, problems) == ("site", [])
    assert to_query(view)["colour"] == "site"
    view, problems = from_query({"colour": "weight"}, DEFAULT, TARGETS)
    assert view.colour == DEFAULT.colour
    assert "colour: 'weight' is not one of label, gap_nats, site" in problems[0]
