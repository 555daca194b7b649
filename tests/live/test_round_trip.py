"""What the encoder makes of a decoded picture: nothing where it is perfect, an arrow where it is not."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.live.messages import DecodedPicture, Request, RoundTrip
from explorer.live.pictures import pictures
from tests.live.conftest import D, LinearEntry, LinearWorkspace, picture

MAPS = ("umap", "pca", "axes:0,2")
AT = (0.3, -0.4)


def _trip(
    entry: LinearEntry, map_id: str, base: int | None = None, offset: tuple[float, ...] = ()
) -> RoundTrip:
    found = picture(entry, Request("a", 0, entry.name, base, map_id, *AT, offset, True)).round_trip
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["grey", "colour", "vector"])
@pytest.mark.parametrize("map_id", MAPS)
@pytest.mark.parametrize("base", [None, 107])
@pytest.mark.parametrize("offset", [(), (0.2, -0.3, 0.1)])
def test_a_perfect_round_trip_ends_at_the_handle_on_every_map(
    workspace: LinearWorkspace, name: str, map_id: str, base: int | None, offset: tuple[float, ...]
) -> None:
    found = _trip(workspace.open(name), map_id, base, offset)
    assert (found.x, found.y) == pytest.approx(AT, abs=1e-3)
    assert found.distance == pytest.approx(0, abs=1e-3)


def test_on_a_plane_the_arrow_is_what_the_plane_shows_of_the_way(workspace: LinearWorkspace) -> None:
    entry = workspace.open("grey")
    entry.checkpoint.model.shift = torch.tensor([0.5, 2.0, -0.25])
    found = _trip(entry, "axes:0,2")
    assert (found.x - AT[0], found.y - AT[1]) == pytest.approx((0.5, -0.25), abs=1e-3)
    assert found.distance == pytest.approx(np.sqrt(0.25 + 4 + 0.0625), abs=1e-3)


def test_on_umap_the_arrow_goes_from_the_place_of_one_code_to_that_of_the_other(
    workspace: LinearWorkspace,
) -> None:
    entry = workspace.open("grey")
    shift = np.array([0.5, 2.0, -0.25], np.float32)
    entry.checkpoint.model.shift = torch.from_numpy(shift)
    chart = entry.chart("umap")
    z = chart.lift(np.array([AT])).astype(np.float64)
    expected = np.array(AT) + (chart.place(z + shift) - chart.place(z))[0]
    found = _trip(entry, "umap")
    assert (found.x, found.y) == pytest.approx(expected, abs=1e-2)


def test_the_encoder_is_given_the_levels_that_data_can_have(workspace: LinearWorkspace) -> None:
    model = workspace.open("grey").checkpoint.model
    model.data_spec = replace(model.data_spec, n_levels=17)
    _trip(workspace.open("grey"), "pca")
    (x,) = model.encoded
    mean = workspace.open("grey").checkpoint.model.likelihood(torch.zeros(1, D)).mean
    assert (x.dtype.name, x.shape) == ("float32", tuple(mean.shape))
    assert (x == np.round(x * 16).astype(np.float32) / np.float32(16)).all()


def test_real_values_are_encoded_as_they_are_decoded(workspace: LinearWorkspace) -> None:
    entry = workspace.open("vector")
    found = picture(entry, Request("a", 0, "vector", 107, "pca", *AT, (), True))
    (x,) = entry.checkpoint.model.encoded
    assert (x[0] == found.values).all()


def test_those_of_a_batch_who_ask_share_one_call_of_the_encoder(workspace: LinearWorkspace) -> None:
    entry = workspace.open("grey")
    crowd = [Request("a", i, "grey", 107, "umap", i / 7, -i / 9, (), i % 3 == 0) for i in range(10)]
    found = pictures(entry, "umap", crowd)
    assert [len(x) for x in entry.checkpoint.model.encoded] == [4]
    for request, each in zip(crowd, found, strict=True):
        assert isinstance(each, DecodedPicture)
        assert (each.round_trip is not None) == request.round_trip
        if each.round_trip is not None:
            alone = picture(entry, request).round_trip
            assert alone is not None
            assert vars(each.round_trip) == pytest.approx(vars(alone), abs=1e-4)


def test_nobody_who_asks_for_none_is_encoded(workspace: LinearWorkspace) -> None:
    entry = workspace.open("grey")
    assert picture(entry, Request("a", 0, "grey", 107, "umap", *AT)).round_trip is None
    assert entry.checkpoint.model.encoded == []


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e20])
@pytest.mark.parametrize("map_id", MAPS)
def test_an_encoder_that_leads_nowhere_costs_the_arrow_and_not_the_picture(
    workspace: LinearWorkspace, map_id: str, number: float
) -> None:
    entry = workspace.open("grey")
    entry.checkpoint.model.shift = torch.tensor([number, 0, 0])
    found = _trip(entry, map_id)
    assert np.isnan([found.x, found.y]).all()
    assert not found.distance < 1e10


def test_values_that_are_not_finite_are_not_encoded(workspace: LinearWorkspace) -> None:
    entry = workspace.open("grey")
    entry.checkpoint.model.bias[3] = torch.nan
    found = pictures(entry, "pca", [Request("a", 0, "grey", 107, "pca", *AT, (), True)])
    assert "not finite" in str(found[0])
    assert entry.checkpoint.model.encoded == []
