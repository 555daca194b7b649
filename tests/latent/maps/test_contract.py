"""What every map of the registry keeps to. All that lays out a UMAP is here: its first use compiles for a minute."""

import json

import numpy as np
import pytest

from explorer.latent import MapError, Plane
from explorer.latent.maps import MAPS, FitSettings, Layout, axes_id, axes_of, map_kind

D = 4
CODES = np.random.default_rng(6).normal(size=(100, D)).astype(np.float32)
CODES[50:, 0] += 20
# One map of every kind: those that an atlas stores, and two latent axes.
KINDS = {**MAPS, axes_id(2, 0): map_kind(axes_id(2, 0), (), D)}


# umap warns of what is not installed.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module", params=KINDS)
def made(request):
    """A kind, its layout, and the shares of progress that it told."""
    told = []
    return KINDS[request.param], KINDS[request.param].fit(CODES, FitSettings(), told.append), told


def ignore(share):
    pass


def test_every_code_has_a_place(made):
    _, layout, _ = made
    assert layout.places.shape == (len(CODES), 2)
    assert np.isfinite(layout.places).all()


def test_the_same_seed_makes_the_same_map(made):
    kind, layout, _ = made
    np.testing.assert_array_equal(kind.fit(CODES, FitSettings(), ignore).places, layout.places)


def test_another_seed_makes_another_umap():
    first, second = (MAPS["umap"].fit(CODES, FitSettings(seed), ignore).places for seed in (0, 1))
    assert (first != second).any()


def test_clusters_stay_apart(made):
    _, layout, _ = made
    left, right = layout.places[:50], layout.places[50:]
    assert np.linalg.norm(left.mean(0) - right.mean(0)) > max(left.std(), right.std())


def test_progress_is_a_rising_share(made):
    kind, _, told = made
    assert told == sorted(told)
    assert all(0 <= share <= 1 for share in told)
    if kind is MAPS["umap"]:
        assert told[0] == 0
        assert told[-1] == 1
        assert len(told) > 2


def test_parameters_go_through_json_and_the_chart_is_the_same(made):
    kind, layout, _ = made
    stored = Layout(layout.places.astype(np.float32), json.loads(json.dumps(dict(layout.parameters))))
    chart, again = kind.chart(layout, CODES), kind.chart(stored, CODES)
    np.testing.assert_allclose(chart.lift(layout.places[:3]), again.lift(stored.places[:3]), atol=1e-4)


def test_a_handle_at_home_has_its_own_code(made):
    kind, layout, _ = made
    places = layout.places.astype(np.float32)
    chart = kind.chart(Layout(places, layout.parameters), CODES)
    np.testing.assert_array_equal(chart.lift(places[:5], CODES[:5], places[:5]), CODES[:5])


def test_planes_say_that_they_are_planes_and_what_their_axes_are(made):
    kind, layout, _ = made
    assert isinstance(kind.chart(layout, CODES), Plane) == kind.is_plane == (kind.axis_titles is not None)


def test_a_map_is_called_something(made):
    kind, _, _ = made
    assert kind.title
    assert kind.making


@pytest.mark.parametrize("name", MAPS)
def test_a_stored_map_has_columns_of_its_own_name(name):
    assert MAPS[name].columns == (f"{name}_x", f"{name}_y")
    assert map_kind(name, (name,), D) is MAPS[name]


@pytest.mark.parametrize(
    "map_id",
    [
        "attic",
        "umap",
        "axes:0,0",
        "axes:0,9",
        "axes:-1,0",
        "axes:0",
        "axes:0,1 ",
        "axes:00,1",
        "axes:\u0660,1",
    ],
)
def test_what_is_not_there_is_named_with_what_is(map_id):
    with pytest.raises(MapError, match=r"pca, or axes:i,j with different i, j in 0\.\.3"):
        map_kind(map_id, ("pca",), D)


def test_an_id_of_axes_says_which():
    assert axes_of(axes_id(3, 1)) == (3, 1)
    assert axes_of("umap") is None
