import pytest
import torch
from torch.nn import functional as F

from explorer.models.networks import ACTIVATIONS, KINDS, MAX_FOLDED, Doubling, build_decoder, build_encoder

SHAPE = (2, 8, 12)
CONFIGS = {
    "linear": {"kind": "linear"},
    "mlp": {"kind": "mlp", "hidden": [7, 5]},
    "conv": {"kind": "conv", "channels": [3, 4], "hidden": 6},
}


def test_every_kind_has_a_contract():
    assert set(CONFIGS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_encoder_maps_examples_to_vectors(kind):
    assert build_encoder(CONFIGS[kind], SHAPE, 6)(torch.zeros(5, *SHAPE)).shape == (5, 6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_decoder_maps_codes_to_the_shape_of_examples(kind):
    assert build_decoder(CONFIGS[kind], 3, SHAPE)(torch.zeros(5, 3)).shape == (5, *SHAPE)


@pytest.mark.parametrize("kind", ["linear", "mlp"])
def test_dense_networks_take_vectors(kind):
    assert build_encoder(CONFIGS[kind], (9,), 4)(torch.zeros(5, 9)).shape == (5, 4)
    assert build_decoder(CONFIGS[kind], 3, (9,))(torch.zeros(5, 3)).shape == (5, 9)


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_matters(kind):
    # A layer that is built but not used has no gradient.
    encoder, decoder = build_encoder(CONFIGS[kind], SHAPE, 6), build_decoder(CONFIGS[kind], 3, SHAPE)
    decoder(encoder(torch.ones(2, *SHAPE))[:, :3]).square().sum().backward()
    for parameter in (*encoder.parameters(), *decoder.parameters()):
        assert parameter.grad is not None


@pytest.mark.parametrize("n_out", [1, MAX_FOLDED, MAX_FOLDED + 1])
def test_doubling_is_the_transposed_convolution(n_out):
    torch.manual_seed(0)
    layer, x = Doubling(5, n_out), torch.randn(2, 5, 3, 7, requires_grad=True)
    expected = F.conv_transpose2d(x, layer.weight, layer.bias, stride=2, padding=1)
    torch.testing.assert_close(layer(x), expected)
    inputs = (x, layer.weight, layer.bias)
    found = torch.autograd.grad(layer(x).square().sum(), inputs)
    for gradient, other in zip(found, torch.autograd.grad(expected.square().sum(), inputs), strict=True):
        torch.testing.assert_close(gradient, other, rtol=1e-4, atol=1e-4)


def test_a_linear_network_is_affine():
    decoder = build_decoder(CONFIGS["linear"], 3, SHAPE)
    a, b = torch.randn(2, 1, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(decoder((a + b) / 2), (decoder(a) + decoder(b)) / 2)


def test_nothing_squashes_what_comes_out():
    decoder = build_decoder({"kind": "mlp", "hidden": [7], "activation": "relu"}, 3, (4,))
    assert float(decoder(torch.full((1, 3), 1000.0)).detach().min()) < 0


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_activation_is_used(activation):
    torch.manual_seed(0)
    network = build_encoder({"kind": "mlp", "hidden": [7], "activation": activation}, (4,), 2)
    assert any(isinstance(layer, ACTIVATIONS[activation]) for layer in network)
    assert not isinstance(network[-1], ACTIVATIONS[activation])


@pytest.mark.parametrize(
    "config, message",
    [
        ({"kind": "transformer"}, "unknown; expected one of linear, mlp, conv"),
        ({}, "network kind None is unknown"),
        ({"kind": "mlp", "hidden": [3], "activation": "eval"}, "activation 'eval' is unknown"),
        ({"kind": "conv", "channels": [3, 4, 5], "hidden": 6}, "divisible by 8.*fewer channels or an mlp"),
    ],
)
def test_what_cannot_be_built_says_why(config, message):
    with pytest.raises(ValueError, match=message):
        build_encoder(config, SHAPE, 6)
    with pytest.raises(ValueError, match=message):
        build_decoder(config, 3, SHAPE)


def test_a_conv_network_needs_images():
    with pytest.raises(ValueError, match="needs images"):
        build_encoder(CONFIGS["conv"], (64,), 6)
