"""A place on the map becomes the right picture, alone or in a crowd."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.live.messages import DecodedPicture, Request
from explorer.live.pictures import answer, pictures, warm
from tests.live.conftest import D, LinearEntry, LinearWorkspace, picture

MAPS = ("umap", "pca", "axes:0,2")


def _at(
    map_id: str,
    u: Sequence[float] | np.ndarray,
    base: int | None = None,
    model: str = "grey",
    seq: int = 0,
    offset: Sequence[float] = (),
) -> Request:
    return Request("a", seq, model, base, map_id, float(u[0]), float(u[1]), tuple(offset))


def _decoded(entry: LinearEntry, z: Sequence[float] | np.ndarray) -> np.ndarray:
    mean = entry.checkpoint.model.likelihood(torch.as_tensor(np.asarray(z, np.float32))).mean.numpy()
    return np.rint(mean * 255).astype(np.uint8).transpose(1, 2, 0)


def _home(entry: LinearEntry, map_id: str, row: int) -> np.ndarray:
    """Where a browser draws the example: float32 columns."""
    if map_id.startswith("axes"):
        return entry.atlas.means[row][[0, 2]]
    return np.array([entry.atlas.stored[f"{map_id}_{end}"][row] for end in "xy"])


@pytest.mark.parametrize("map_id", MAPS)
def test_a_handle_that_has_not_moved_decodes_to_its_own_code_exactly(
    workspace: LinearWorkspace, map_id: str
) -> None:
    entry = workspace.open("grey")
    for row in range(30):
        found = picture(entry, _at(map_id, _home(entry, map_id, row), base=100 + 7 * row))
        assert (found.values == _decoded(entry, entry.atlas.means[row])).all()
        assert (found.support_ratio, found.support_level) == (0, "good")
        nearest = entry.atlas.row(found.nearest_example_id)
        assert (entry.atlas.means[nearest] == entry.atlas.means[row]).all()


def test_a_moved_handle_keeps_what_the_plane_does_not_show(workspace: LinearWorkspace) -> None:
    entry = workspace.open("grey")
    found = picture(entry, _at("axes:0,2", (0.25, -0.5), base=107))
    z = entry.atlas.means[1].copy()
    z[[0, 2]] = 0.25, -0.5
    assert (found.values == _decoded(entry, z)).all()


def test_a_free_handle_decodes_the_plane_itself(workspace: LinearWorkspace) -> None:
    entry = workspace.open("colour")
    found = picture(entry, _at("axes:0,2", (0.25, -0.5)))
    assert found.values.shape == (4, 5, 3)
    assert (found.values == _decoded(entry, [0.25, 0, -0.5])).all()


@pytest.mark.parametrize("map_id", MAPS)
def test_an_offset_is_added_to_the_code(workspace: LinearWorkspace, map_id: str) -> None:
    entry = workspace.open("grey")
    offset = (0.5, -1.0, 2.0)
    held = picture(entry, _at(map_id, _home(entry, map_id, 3), base=121, offset=offset))
    assert (held.values == _decoded(entry, entry.atlas.means[3] + np.array(offset, np.float32))).all()
    free = picture(entry, _at(map_id, (0.25, -0.5), offset=offset))
    z = entry.chart(map_id).lift(np.array([[0.25, -0.5]]))[0]
    assert (free.values == _decoded(entry, z + np.array(offset, np.float32))).all()


@pytest.mark.parametrize("map_id", MAPS)
def test_an_offset_of_zeros_leaves_a_handle_at_home_where_it_is(
    workspace: LinearWorkspace, map_id: str
) -> None:
    entry = workspace.open("vector")
    for row in range(30):
        home = _home(entry, map_id, row)
        found = picture(entry, _at(map_id, home, base=100 + 7 * row, model="vector", offset=(0.0,) * D))
        without = picture(entry, _at(map_id, home, base=100 + 7 * row, model="vector"))
        assert (found.values == without.values).all()
        assert found.log_prior_nats == without.log_prior_nats


def test_an_offset_moves_its_own_handle_and_no_other(workspace: LinearWorkspace) -> None:
    entry = workspace.open("grey")
    means = entry.atlas.means.copy()
    crowd = [_at("pca", (0.5, 0.5), 107, offset=offset) for offset in ((), (1.0, 1.0, 1.0), ())]
    first, moved, last = pictures(entry, "pca", crowd)
    assert isinstance(first, DecodedPicture)
    assert isinstance(moved, DecodedPicture)
    assert isinstance(last, DecodedPicture)
    assert (first.values == last.values).all()
    assert (first.values != moved.values).any()
    assert (entry.atlas.means == means).all()


def test_an_offset_of_another_length_is_an_error_that_says_what_fits(workspace: LinearWorkspace) -> None:
    crowd = [_at("pca", (0, 0), offset=offset) for offset in ((1.0,), (1.0,) * 3, (1.0,) * 4)]
    short, fits, long = pictures(workspace.open("grey"), "pca", crowd)
    assert short == "'offset' has as many numbers as the codes of grey, 3, or none; this one has 1"
    assert isinstance(fits, DecodedPicture)
    assert "this one has 4" in str(long)


def test_log_prior_is_the_standard_normal_density(workspace: LinearWorkspace) -> None:
    found = picture(workspace.open("grey"), _at("axes:0,2", (3, 4)))
    assert found.log_prior_nats == pytest.approx(-0.5 * (25 + 3 * np.log(2 * np.pi)), abs=1e-4)


def test_a_crowd_s_batch_gives_what_each_alone_would_get(workspace: LinearWorkspace) -> None:
    entry = workspace.open("grey")
    rng = np.random.default_rng(3)
    bases = [None if i % 3 == 0 else 100 + 7 * (i % 30) for i in range(64)]
    crowd = [_at("umap", u, base) for u, base in zip(rng.normal(size=(64, 2)), bases, strict=True)]
    entry.checkpoint.model.batches.clear()
    together = pictures(entry, "umap", crowd)
    assert entry.checkpoint.model.batches == [64]
    for request, found in zip(crowd, together, strict=True):
        assert isinstance(found, DecodedPicture)
        alone = picture(entry, request)
        assert np.abs(alone.values.astype(int) - found.values).max() <= 1
        assert alone.nearest_example_id == found.nearest_example_id
        assert alone.log_prior_nats == pytest.approx(found.log_prior_nats, rel=1e-5)


def test_far_from_every_example_the_umap_has_no_support(workspace: LinearWorkspace) -> None:
    found = picture(workspace.open("grey"), _at("umap", (1e4, 0)))
    assert found.support_level == "outside"


def test_one_unknown_example_spoils_nobody_else_s_picture(workspace: LinearWorkspace) -> None:
    entry = workspace.open("grey")
    found = pictures(entry, "pca", [_at("pca", (0, 0), 100), _at("pca", (0, 0), 101), _at("pca", (0, 0))])
    assert [type(each) for each in found] == [DecodedPicture, str, DecodedPicture]
    assert found[1] == "there is no example 101 in grey"


def test_a_position_on_a_map_of_other_files_is_refused_and_spoils_nobody_else_s(
    workspace: LinearWorkspace,
) -> None:
    entry, here = workspace.open("grey"), _at("pca", (0, 0))
    versions = ("", entry.atlas.digest, "e" * 64)
    found = pictures(entry, "pca", [replace(here, version=version) for version in versions])
    assert [type(each) for each in found] == [DecodedPicture, DecodedPicture, str]
    assert found[2] == "this map shows other files of grey than are open now: load the page again"


def test_values_that_are_not_finite_are_an_error_not_a_picture(workspace: LinearWorkspace) -> None:
    entry = workspace.open("grey")
    entry.checkpoint.model.bias[3] = torch.nan
    found = pictures(entry, "pca", [_at("pca", (0, 0))])
    assert "not finite" in str(found[0])


def test_the_farthest_place_that_can_be_sent_is_answered(workspace: LinearWorkspace) -> None:
    for map_id in MAPS:
        found = pictures(
            workspace.open("grey"), map_id, [_at(map_id, (1e9, -1e9), 100), _at(map_id, (-1e9, 1e9))]
        )
        assert all(isinstance(each, DecodedPicture) and each.support_level == "outside" for each in found)


@pytest.mark.parametrize(
    "model, map_id, said",
    [
        ("mnist", "umap", "there are: grey, colour, vector, big, broken"),
        ("broken", "umap", "config.json"),
        ("grey", "tsne", "umap, pca or axes:i,j"),
        ("grey", "axes:0,9", "two different ones"),
    ],
)
def test_a_wrong_model_or_map_is_said_to_everyone_who_asked(
    workspace: LinearWorkspace, model: str, map_id: str, said: str
) -> None:
    crowd = [_at(map_id, (0, 0), model=model, seq=seq) for seq in (4, 5)]
    replies = [json.loads(reply) for reply in answer(workspace, model, map_id, crowd)]
    assert [(reply["id"], reply["seq"]) for reply in replies] == [("a", 4), ("a", 5)]
    assert all(said in reply["error"] for reply in replies)


def test_vectors_are_answered_with_their_float_means(workspace: LinearWorkspace) -> None:
    entry = workspace.open("vector")
    found = picture(entry, _at("pca", (0.5, 0.5)))
    assert (found.values.dtype.name, found.values.shape) == ("float32", (6,))


def test_warming_decodes_every_size_of_batch_and_leaves_nothing_behind(workspace: LinearWorkspace) -> None:
    entry = workspace.open("grey")
    for map_id in MAPS:
        warm(entry, map_id)
    assert entry.checkpoint.model.batches == [1, 2, 8, 64] * 3
