"""The linked view of neighbourhoods without a browser: against scikit-learn, and with labels as bad as they can be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors
from streamlit.testing.v1 import AppTest

from explorer import datasets
from explorer.atlas import AtlasSettings
from explorer.atlas.build.builder import build
from explorer.models import checkpoints
from explorer.ui.example import inference, label_names, nearest
from explorer.ui.linked.neighbours import selection_summary
from explorer.ui.state import handle_codes, selection, workspace
from explorer.ui.state.gesture import Handle
from explorer.ui.widgets.markdown import plain
from tests import tiny
from tests.ui.conftest import look_at, view_in, whole

LABELS = (
    '<img src=x onerror="alert(1)">',
    'it\'s "quoted" **bold** [a](http://b.c) $x$ :material/home:',
    "👩🏽‍🔬 émoji",
    "שלום עולם",
    "x" * 10_000,
    "two\n\n# lines",
)


def script() -> None:
    from explorer.ui.linked.neighbours import neighbours
    from explorer.ui.state import opening, session, workspace

    opening.open_view("tiny")
    session.mirror()
    neighbours.section(workspace.current().open("tiny"), session.view())


@pytest.fixture
def opening(at):
    """Opens the view on a folder of checkpoints."""

    def run(root) -> AppTest:
        at(root)
        return whole(AppTest.from_function(script, default_timeout=30).run())

    return run


@pytest.fixture
def entry(at, stored):
    at(stored)
    return workspace.current().open("tiny")


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A model of data whose labels' names are anything but names; the last two digits have none."""
    root = tmp_path_factory.mktemp("odd")
    digits = datasets.load("digits").values[:30, 0]
    file = root / "odd.npz"
    np.savez(file, x=digits, y=np.arange(30) % len(LABELS), label_names=np.array(LABELS))
    build(
        checkpoints.load(tiny.save(root / "tiny")),
        datasets.load(file, "all"),
        root / "tiny" / "atlas",
        AtlasSettings(n_samples=16, maps=("pca",)),
    )
    return root


def buttons(app: AppTest) -> list:
    return [b for b in app.button if (b.key or "").removeprefix("near_").isdecimal()]


def html(app: AppTest) -> str:
    return "".join(each.proto.body for each in app.get("html"))


def nearest_ids(entry, row: int, k: int) -> list[int]:
    """By scikit-learn, which leaves each example itself out."""
    means = entry.atlas.means.astype(np.float64)
    rows = NearestNeighbors(n_neighbors=k).fit(means).kneighbors()[1][row]
    return entry.dataset.example_ids[rows].tolist()


def test_the_neighbours_are_those_of_scikit_learn_and_not_the_example_itself(opening, stored, entry):
    app = opening(stored)
    assert [int(b.label.split(":small[")[1].split()[0]) for b in buttons(app)] == nearest_ids(entry, 0, 24)
    first = entry.dataset.example_ids[0]
    assert f"24 nearest to example {first}" in app.markdown[0].value


def test_how_many_can_be_chosen_and_is_kept(opening, stored):
    app = opening(stored)
    app.button_group(key="near_count").set_value(12).run()
    assert len(buttons(whole(app))) == 12
    assert len(buttons(whole(app.run()))) == 12


def test_a_click_on_one_inspects_it(opening, stored, entry):
    app = opening(stored)
    wanted = nearest_ids(entry, 0, 24)[2]
    whole(app.button(key="near_2").click().run())
    assert view_in(app).selected == wanted
    assert [h.base for h in view_in(app).handles] == [wanted]
    assert f"nearest to example {wanted}" in app.markdown[0].value


def test_select_these_makes_them_the_selection(opening, stored, entry):
    app = opening(stored)
    whole(app.button(key="near_select").click().run())
    rows = selection.rows(view_in(app).selection)
    assert set(entry.dataset.example_ids[rows].tolist()) == set(nearest_ids(entry, 0, 24))
    assert "Selection of 24" in html(app)


def test_a_handle_that_was_dragged_away_has_its_own_neighbours(opening, stored, entry):
    app = opening(stored)
    base = int(entry.dataset.example_ids[3])
    view = view_in(app)
    x, y = entry.coordinates(view.map_id)[3]
    handle = Handle("a", base, float(x) + 0.1, float(y))
    look_at(app, replace(view, handles=(handle,)))
    whole(app.run())
    code = handle_codes.handle_codes(entry, view_in(app))
    means = entry.atlas.means.astype(np.float64)
    rows = NearestNeighbors(n_neighbors=24).fit(means).kneighbors(code.astype(np.float64))[1][0]
    ids = [int(b.label.split(":small[")[1].split()[0]) for b in buttons(app)]
    assert ids == entry.dataset.example_ids[rows].tolist()
    assert f"the handle of example {base}" in app.markdown[0].value


def test_distances_are_also_told_in_units_of_each_ones_local_scale(entry):
    found = nearest.nearest_examples(entry, tuple(map(float, entry.atlas.means[5])), 5, 12)
    gaps = entry.atlas.means[found.rows].astype(np.float64) - entry.atlas.means[5]
    np.testing.assert_allclose(found.distances, np.linalg.norm(gaps, axis=1), rtol=1e-6)
    radius = entry.atlas.columns(["code_radius"])["code_radius"][found.rows]
    np.testing.assert_allclose(found.ratios, found.distances / radius)


def test_nothing_in_hand_says_what_to_do(opening, stored):
    app = opening(stored)
    look_at(app, replace(view_in(app), selected=None, handles=()))
    whole(app.run())
    assert not buttons(app)
    assert "Click a point" in app.caption[0].value


def test_a_selection_is_described_by_its_means_and_labels(entry):
    rows = np.array([1, 4, 9, 16, 25])
    found = selection_summary.summarise(entry, selection.of_rows(rows))
    np.testing.assert_allclose(found.mean_x, entry.dataset.x(rows).mean(axis=0), atol=1e-6)
    mean_code = entry.atlas.means[rows].mean(axis=0)
    np.testing.assert_allclose(found.decoded, inference.decode(entry, mean_code[None])[0], atol=1e-6)
    labels = entry.dataset.labels[rows]
    assert found.counts == {int(c): int((labels == c).sum()) for c in labels}
    assert list(found.counts.values()) == sorted(found.counts.values(), reverse=True)


def test_chance_is_the_purity_of_labels_that_know_nothing(entry):
    everything = selection.everything(entry.atlas.n_examples)
    share = np.array(list(label_names.counts(entry).values())) / entry.atlas.n_examples
    assert selection_summary.summarise(entry, everything).by_chance == pytest.approx((share**2).sum())


def test_labels_of_any_kind_appear_as_text(opening, odd):
    app = opening(odd)
    look_at(app, replace(view_in(app), selection=selection.everything(30)))
    whole(app.run())
    shown = " ".join(b.label for b in buttons(app))
    assert plain(label_names.short(LABELS[0], 24)) in shown
    assert "two \\# lines" in shown
    assert "x" * 30 not in shown
    page = html(app)
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert "x" * 100 not in page


def test_labels_that_are_cut_alike_stay_apart():
    class Two:
        class origin:
            pass

        class atlas:
            label_names = ("y" * 100 + "a", "y" * 100 + "b", "z")

    names = label_names.distinct(Two)
    assert len(set(names)) == 3
    assert names[2] == "z"
