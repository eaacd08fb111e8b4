"""Burgess et al.'s small networks: their counts, any sides, labels, and what is refused."""

import pytest
import torch
from torch import nn

from gan_runner.networks.conv_vae import Decoder, Encoder

SIDES = [(8, 8), (28, 28), (32, 32), (64, 64), (9, 23), (28, 56), (11, 15), (33, 8)]


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_published_numbers_of_parameters():
    """disentangling-vae's Burgess networks at 32 × 32 with codes of 10, counted from their layers."""
    assert count(Encoder((1, 32, 32), latent_dim=10, moments=2)) == 235_636
    assert count(Decoder((1, 32, 32), latent_dim=10)) == 233_537


def test_at_64_pixels_there_is_a_fourth_convolution_of_as_many_channels():
    for network, shapes in [
        (Encoder((3, 64, 64)), [(32, 3), (32, 32), (32, 32), (32, 32)]),
        (Decoder((3, 64, 64)), [(32, 32), (32, 32), (32, 32), (32, 3)]),
    ]:
        kernels = [m.weight for m in network.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
        assert [tuple(kernel.shape) for kernel in kernels] == [(*shape, 4, 4) for shape in shapes]


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("side", SIDES, ids=str)
def test_sizes_and_channels(side, channels, batch_norm):
    torch.manual_seed(0)  # so few ReLUs may all be shut
    shape, small = (channels, *side), {"width": 4, "max_width": 6, "hidden": (32,), "batch_norm": batch_norm}
    encoder, decoder = Encoder(shape, 5, moments=2, **small), Decoder(shape, 5, **small)
    moments = encoder(torch.randn(2, *shape))
    assert moments.shape == (2, 10)
    output = decoder(moments[:, :5])
    assert output.shape == (2, *shape)
    output.square().sum().backward()
    assert all(p.grad is not None for p in (*encoder.parameters(), *decoder.parameters()))
    assert next(encoder.parameters()).grad.any()
    norms = [m for network in (encoder, decoder) for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert bool(norms) == batch_norm


def test_the_decoder_goes_through_the_encoders_sides():
    shape, sides = (1, 28, 18), [(14, 9), (7, 5), (4, 3)]
    seen: list[tuple[int, ...]] = []
    for network, source in [(Encoder(shape, 4), torch.randn(1, *shape)), (Decoder(shape, 4), torch.randn(1, 4))]:
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                module.register_forward_hook(lambda _, given, out: seen.append(tuple(out.shape[2:])))
        network(source)
    assert seen == [*sides, *sides[-2::-1], (28, 18)]


def test_channels_double_up_to_the_most():
    encoder = Encoder((1, 64, 64), width=8, max_width=20)
    kernels = [m.weight for m in encoder.modules() if isinstance(m, nn.Conv2d)]
    assert [kernel.shape[0] for kernel in kernels] == [8, 16, 20, 20]


def test_without_hidden_layers_the_smallest_map_is_the_code():
    linear = [m for m in Encoder((1, 32, 32), 7, hidden=()).modules() if isinstance(m, nn.Linear)]
    assert [tuple(m.weight.shape) for m in linear] == [(7, 32 * 4 * 4)]
    assert Decoder((1, 32, 32), 7, hidden=())(torch.randn(2, 7)).shape == (2, 1, 32, 32)


def test_conditional_networks_look_at_the_label():
    encoder, decoder = Encoder((1, 8, 8), 5, num_classes=3), Decoder((1, 8, 8), 5, num_classes=3)
    image, zero, mixed = torch.randn(4, 1, 8, 8), torch.zeros(4, dtype=torch.int64), torch.tensor([0, 1, 2, 0])
    code = encoder(image, zero)
    for network, source in ((encoder, image), (decoder, code)):
        assert not network(source, zero).equal(network(source, mixed))
        with pytest.raises(ValueError, match="needs a label"):
            network(source)


def test_its_images_are_stored_as_those_of_data_are():
    """channels_last, in which processors convolve fastest; what came in so stays so."""
    image = torch.randn(2, 3, 16, 16).contiguous(memory_format=torch.channels_last)
    maps = Encoder((3, 16, 16)).body(image)
    assert maps.is_contiguous(memory_format=torch.channels_last)
    assert Decoder((3, 16, 16))(torch.randn(2, 10)).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("player", [Encoder, Decoder])
@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((2,), r"network=conv_vae makes images .* \(2,\): use network=vae"),
        ((1, 7, 12), r"sides must be at least 8; the nearest is data\.image_size=\[8,12\]"),
    ],
)
def test_what_is_refused_says_what_works(player, shape, said):
    with pytest.raises(ValueError, match=said):
        player(shape)
