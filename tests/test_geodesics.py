"""Geodesics: closed forms on flat and round models, and laws that hold on every likelihood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.geodesics import Energy, Geodesic, Settings, Surroundings, fisher_rao_steps, geodesic
from explorer.latent import MapError, Support, paths
from explorer.latent.support import local_scale
from explorer.likelihoods import LIKELIHOODS, Gaussian, LikelihoodHead

SIGMA = 0.1
RNG = np.random.default_rng(2)
CODES = RNG.normal(size=(80, 2))
EVERYWHERE = Surroundings(CODES, local_scale(CODES))
FREE = Settings(support_weight=0.0)
HEADS: Mapping[str, Mapping[str, Any]] = {
    "bernoulli": {},
    "discretised_logistic": {"n_levels": 17, "scale": "learned"},
    "gaussian": {"scale": "per_element"},
    "continuous_bernoulli": {},
    "laplace": {"scale": "per_element"},
    "student_t": {"scale": "per_element", "degrees_of_freedom": 4},
    "categorical": {"n_levels": 4},
    "negative_binomial": {"typical_library": 50.0},
    "zero_inflated_negative_binomial": {"typical_library": 50.0},
}


@dataclass(frozen=True)
class Surface:
    """A decoder to the place of a code on a surface, with noise SIGMA."""

    place: Callable[[Tensor], Tensor]
    latent_dim: int = 2

    def likelihood(self, z: Tensor) -> Gaussian:
        return Gaussian(self.place(z), torch.tensor(np.log(SIGMA)), 1)


@dataclass(frozen=True)
class Bent:
    """A small fixed decoder with a likelihood of every kind, in float64."""

    kind: str
    latent_dim: int = 2

    def likelihood(self, z: Tensor):
        head = LikelihoodHead(self.kind, n_event_dims=1, **HEADS[self.kind])
        generator = torch.Generator().manual_seed(7)
        inner = torch.randn(2, 16, generator=generator, dtype=z.dtype)
        outer = torch.randn(16, 6 * head.n_parameters, generator=generator, dtype=z.dtype)
        return head(torch.tanh(z @ inner) @ outer / 4)


PLANE = Surface(lambda z: z @ torch.tensor([[1.0, 2.0, 0.0], [0.5, -1.0, 3.0]], dtype=z.dtype))
CYLINDER = Surface(lambda z: torch.stack([z[:, 0].cos(), z[:, 0].sin(), z[:, 1]], dim=1))
PARABOLIC = Surface(lambda z: torch.stack([z[:, 0], z[:, 1] + z[:, 0] ** 2], dim=1))
IDENTITY = Surface(lambda z: z)


def on_sphere(z):
    """Longitude and latitude to a place on the unit sphere."""
    flat = z[:, 1].cos()
    return torch.stack([flat * z[:, 0].cos(), flat * z[:, 0].sin(), z[:, 1].sin()], dim=1)


SPHERE = Surface(on_sphere)


def last(model, anchors, surroundings=EVERYWHERE, starts=(), settings=FREE) -> Geodesic:
    *_, step = geodesic(model, surroundings, anchors, starts, settings)
    assert step.fraction == 1
    assert step.result is not None
    return step.result


def length(model, codes):
    return fisher_rao_steps(model, codes).sum()


# closed forms


def test_a_linear_decoder_has_straight_geodesics():
    anchors = np.array([[-1.0, 0.5], [2.0, 1.0]])
    found = last(PLANE, anchors)
    np.testing.assert_allclose(found.through(9), paths.linear(*anchors, 9), atol=1e-9)
    ends = PLANE.place(torch.tensor(anchors))
    assert length(PLANE, found.through(9)) == pytest.approx(float((ends[1] - ends[0]).norm()) / SIGMA)


def test_a_bent_map_of_the_plane_has_the_planes_straight_lines():
    """x = (z_1, z_2 + z_1^2) is flat: its geodesics are parabolas in z."""
    anchors = np.array([[-1.5, -1.0], [1.5, 0.5]])
    codes = last(PARABOLIC, anchors).through(21)
    ends = PARABOLIC.place(torch.tensor(anchors)).numpy()
    straight = paths.linear(*ends, 21)
    np.testing.assert_allclose(PARABOLIC.place(torch.tensor(codes)).numpy(), straight, atol=0.01)
    assert length(PARABOLIC, codes) == pytest.approx(np.linalg.norm(ends[1] - ends[0]) / SIGMA, rel=1e-3)
    assert length(PARABOLIC, paths.linear(*anchors, 200)) > 1.2 * length(PARABOLIC, codes)


def test_on_a_sphere_the_geodesic_is_the_great_circle():
    anchors = np.array([[-1.2, 0.8], [1.2, 0.8]])
    codes = last(SPHERE, anchors).through(33)
    places = on_sphere(torch.tensor(codes)).numpy()
    angle = np.arccos(places[0] @ places[-1])
    assert length(SPHERE, codes) == pytest.approx(angle / SIGMA, rel=2e-3)
    # The circle through both ends and the centre: all of it lies in one plane.
    normal = np.cross(places[0], places[-1]) / np.sin(angle)
    np.testing.assert_allclose(places @ normal, 0, atol=3e-3)
    assert codes[16, 1] > 1.2


def test_on_a_cylinder_a_straight_line_is_a_helix_and_stays():
    anchors = np.array([[0.0, 0.0], [2.0, 1.5]])
    np.testing.assert_allclose(last(CYLINDER, anchors).through(11), paths.linear(*anchors, 11), atol=1e-3)


def test_the_length_of_a_circle_tends_to_its_arc_from_below():
    line = [np.stack([np.linspace(0, 3, n), np.zeros(n)], axis=1) for n in (3, 30, 300)]
    lengths = [length(CYLINDER, codes) for codes in line]
    assert lengths == sorted(lengths)
    assert lengths[-1] == pytest.approx(3 / SIGMA, rel=1e-4)


def test_steps_of_the_decoder_are_those_of_its_likelihood():
    codes = np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 4.5]])
    np.testing.assert_allclose(fisher_rao_steps(IDENTITY, codes), np.array([5.0, 0.5]) / SIGMA)


# support


def ring(n=120):
    turns = 2 * np.pi * np.arange(n) / n
    codes = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return Surroundings(codes, local_scale(codes))


def test_with_a_weight_the_path_goes_round_a_hole_in_the_data():
    """From a ring's start the path is better than across the hole, and stays near the ring."""
    anchors = np.array([[1.0, 0.0], [np.cos(2.6), np.sin(2.6)]])
    turns = np.linspace(0, 2.6, 14)
    start = [np.stack([np.cos(turns), np.sin(turns)], axis=1)]
    around = last(IDENTITY, anchors, ring(), [start], Settings()).through(40)
    across = last(IDENTITY, anchors, ring(), [start], FREE).through(40)
    seen = Support(ring().codes, ring().radius)
    assert seen.at(around).ratio.max() < 1.5
    assert seen.at(across).ratio.max() > 2.5
    heavier = last(IDENTITY, anchors, ring(), [start], Settings(support_weight=20)).through(40)
    assert 0.6 < np.linalg.norm(around, axis=1).min() < np.linalg.norm(heavier, axis=1).min()
    np.testing.assert_allclose(across, paths.linear(*anchors, 40), atol=1e-6)


# laws, on every likelihood


ANCHORS = np.array([[-1.5, 0.3], [0.2, -0.9], [1.4, 1.1]])


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_the_energy_never_rises_and_the_path_gets_no_longer(kind):
    steps = list(geodesic(Bent(kind), EVERYWHERE, ANCHORS))
    found = [step.result for step in steps]
    energies = np.array([record.energy for record in found])
    assert (np.diff(energies, axis=0) <= 0).all()
    assert (energies[-1] < 0.999 * energies[0]).all()
    assert found[0].start_energy == found[-1].start_energy == found[0].energy
    assert [step.fraction for step in steps] == sorted(step.fraction for step in steps)
    assert steps[-1].fraction == 1


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_without_a_weight_it_is_no_longer_than_the_straight_line(kind):
    model = Bent(kind)
    for a, b in pairwise(ANCHORS):
        found = last(model, np.stack([a, b]))
        assert length(model, found.through(100)) <= length(model, paths.linear(a, b, 100))
        # Length^2 <= energy, and all but equal at the minimum, where the speed is constant.
        assert found.steps[0].sum() ** 2 == pytest.approx(found.energy[0], rel=0.01)


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_the_gradient_is_the_finite_difference(kind):
    energy = Energy(Bent(kind), support=3.0)
    z = torch.tensor(RNG.normal(size=(6, 2)), requires_grad=True)
    near = EVERYWHERE.of(z.detach().numpy())
    assert torch.autograd.gradcheck(lambda curve: energy(curve, near), z, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [3, 4, 11, 60])
def test_every_anchor_is_on_the_path_bit_for_bit(dtype, n):
    anchors = ANCHORS.astype(dtype)
    codes = last(Bent("bernoulli"), anchors, settings=Settings(n_rounds=1)).through(n)
    assert codes.shape == (n, 2)
    assert codes.dtype == dtype
    assert codes[[0, -1]].tobytes() == anchors[[0, -1]].tobytes()
    assert (codes == anchors[1]).all(axis=1).any()


def test_codes_lie_evenly_by_fisher_rao_length():
    model = Bent("gaussian")
    steps = fisher_rao_steps(model, last(model, ANCHORS[:2]).through(21))
    assert steps == pytest.approx(steps.mean(), rel=0.05)


def test_it_starts_from_the_better_curve():
    """The straight line against one that is the geodesic already, and against a detour."""
    anchors = np.array([[-1.5, -1.0], [1.5, 0.5]])
    x = np.linspace(-1.5, 1.5, 200)
    known = np.stack([x, -1.0 + 0.5 * (x + 1.5) + 1.5**2 - x**2], axis=1)
    detour = np.stack([anchors[0], [40.0, 40.0], anchors[1]])
    line, better, worse = (
        next(geodesic(PARABOLIC, EVERYWHERE, anchors, starts, FREE)).result.energy[0]
        for starts in ([], [[known]], [[detour]])
    )
    assert better < line
    assert worse == line


def test_from_a_code_to_itself_it_stands_still():
    found = last(Bent("bernoulli"), ANCHORS[[0, 0]], settings=Settings())
    np.testing.assert_allclose(found.through(5), ANCHORS[[0] * 5], rtol=1e-12)
    assert found.energy == pytest.approx((0.0,), abs=1e-20)


def test_the_models_own_gradients_are_left_alone():
    weight = torch.nn.Parameter(torch.eye(2, dtype=torch.float64))
    last(Surface(lambda z: z @ weight + z**2), ANCHORS, settings=replace(FREE, n_rounds=2))
    assert weight.grad is None


def test_one_anchor_is_no_path():
    with pytest.raises(MapError, match="two anchors"):
        next(geodesic(IDENTITY, EVERYWHERE, ANCHORS[:1]))
