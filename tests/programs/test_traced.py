"""Functions of torch that are followed: the same numbers, the same derivatives, or an error that says what to do."""

from __future__ import annotations

import math
import random
import warnings

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.func import functional_call, hessian, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from explorer.programs import Graph, Program
from explorer.programs.traced import TraceError, program_of
from tests.programs.networks import Case, cases, perceptron

# Batched derivatives import what torch itself no longer wants to be used.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
CASES = cases()


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture(scope="module")
def program(case: Case) -> Program:
    return program_of(case.network, case.rows(3))


def outputs(found: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return found if isinstance(found, tuple) else (found,)


def test_a_program_does_what_the_network_does(case, program):
    for n in (1, 2, 3, 70):
        x = case.rows(n)
        for ours, theirs in zip(program(x), outputs(case.network(x)), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)


def test_a_program_comes_back_from_its_json(case, program):
    again = Program(Graph.from_config(program.graph.to_config()), program.tensors)
    x = case.rows(2)
    assert all(map(torch.equal, again(x), program(x)))
    assert again.output_shapes(case.shape) == tuple(tuple(y.shape[1:]) for y in outputs(case.network(x)))


def test_second_derivatives_are_the_networks_own(case, program):
    x = case.rows(3)
    energy = lambda f: lambda row: outputs(f(row[None]))[0].square().sum()  # noqa: E731
    ours = vmap(hessian(energy(program)))(x)
    # Its own kernels of attention have no second derivative.
    with sdpa_kernel(SDPBackend.MATH):
        theirs = torch.stack([hessian(energy(case.network))(row) for row in x])
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(hessian(energy(program))(x[0]), ours[0], rtol=1e-4, atol=1e-4)


def test_gradients_have_gradients(case, program):
    x = case.rows(2).requires_grad_()
    (first,) = torch.autograd.grad(outputs(program(x))[0].square().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.square().sum(), x)
    assert bool(second.isfinite().all())
    assert float(second.abs().sum()) > 0


def test_methods_and_functions_over_modules_are_followed():
    network, shift = perceptron(3, 4, 2).eval(), torch.tensor([1.0, -2.0])
    for f in (
        network.forward,
        lambda z: network(z) + shift,
        lambda z: functional_call(network, {}, (z,)) + shift,
    ):
        x = torch.randn(3, 3)
        torch.testing.assert_close(program_of(f, x)(x)[0], f(x))


def test_without_gradients_in_the_users_code_there_are_gradients_in_the_program():
    network = perceptron(3, 4, 2).eval()

    def f(z: Tensor) -> Tensor:
        with torch.no_grad():
            found: Tensor = network(z).detach()
            return found

    z = torch.randn(2, 3, requires_grad=True)
    (found,) = program_of(f, z.detach())(z)
    assert found.requires_grad


def test_one_example_is_enough():
    found = program_of(lambda z: z.view(z.shape[0], -1) * 2, torch.randn(1, 3))
    assert found.graph.most_rows is None
    assert found(torch.ones(5, 3))[0].sum() == 30


def test_a_fixed_batch_is_run_a_row_at_a_time_and_said():
    def f(z: Tensor) -> Tensor:
        return z + torch.zeros(len(z), 3)

    with pytest.warns(UserWarning, match=r"decode fixes the size of the batch.*a row at a time"):
        found = program_of(f, torch.randn(3, 3), name="decode")
    assert found.graph.most_rows == 1
    assert found.output_shapes((3,)) == ((3,),)
    torch.testing.assert_close(found(torch.ones(5, 3))[0], torch.ones(5, 3))


def test_a_bounded_batch_is_run_in_parts():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = program_of(lambda z: torch.cdist(z, torch.eye(3)), torch.randn(3, 3))
    assert found.graph.most_rows == 25
    z = torch.randn(60, 3)
    torch.testing.assert_close(found(z)[0], torch.cdist(z, torch.eye(3)), rtol=1e-5, atol=1e-5)


def by_value(z: Tensor) -> Tensor:
    return z * 2 if z.sum() > 0 else z


def in_numpy(z: Tensor) -> Tensor:
    return torch.from_numpy(np.tanh(z.detach().numpy()))


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (
            by_value,
            r"the function cannot be followed .*test_traced\.py, line \d+: return z \* 2 if .*torch\.where",
        ),
        (in_numpy, r"cannot be followed .*line \d+.*leaves torch for numpy"),
        (lambda z: z * (z.sum().item() > 0), r"item.*keep it a tensor"),
        (lambda z: z + torch.randn_like(z), r"another result each time.*mean and log-variance"),
        (lambda z: Normal(z, 1.0).rsample(), r"another result each time"),
        (lambda z: z * random.random(), r"another result each time"),
        (lambda z: torch.fft.fft(z).real, r"aten\.\S+ is not one of the operators"),
        (lambda z: z - z.mean(0), r"of a row alone than of the row in a batch"),
        (lambda z: {"mean": z}, r"returns dict"),
        (lambda z: z.view(3, 3) * 1, r"cannot be called on 1 rows of shape \(3,\) .*line \d+: .*view"),
        (nn.Sequential(nn.Linear(3, 3), nn.Dropout()), r"in training mode; call model\.eval\(\)"),
    ],
)
def test_what_cannot_be_followed_is_said(f, said, recwarn):
    with pytest.raises(TraceError, match=f"(?s){said}"):
        program_of(f, torch.randn(3, 3) + 1)


def test_a_layer_in_training_mode_is_found_wherever_it_is():
    dropping = nn.Dropout(0.5)
    # Nothing says that this list holds a module; its dropout draws.
    hidden = [nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))]
    with pytest.raises(TraceError, match=r"Dropout is in training mode"):
        program_of(lambda z: dropping(z), torch.randn(3, 3))
    with pytest.raises(TraceError, match=r"when training"):
        program_of(lambda z: hidden[0](z), torch.randn(3, 3))


def test_infinite_results_are_compared_too():
    found = program_of(lambda z: torch.log(z.relu()), torch.tensor([[-1.0, 1.0]]))
    assert found(torch.tensor([[-1.0, 1.0]]))[0][0, 0] == -math.inf
