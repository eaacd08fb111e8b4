"""ProGAN's players: published sizes and scales, labels and precision, with tricks."""

from copy import deepcopy
from math import sqrt

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.functional import conv2d, leaky_relu, linear

from fixtures.progan_by_hand import SHAPE, SMALL, active, block_by_hand, effective, players
from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks.progan import Discriminator, Generator, channels, pixel_norm
from gan_runner.tricks.ema import EMA
from gan_runner.tricks.minibatch_discrimination import MinibatchDiscrimination
from gan_runner.tricks.minibatch_stddev import MinibatchStddev, stddev_of_groups
from gan_runner.tricks.spectral_norm import SpectralNorm
from gan_runner.tricks.weight_clipping import WeightClipping

PUBLISHED = {
    32: (20_719_628, 20_726_785),
    64: (22_490_383, 22_498_049),
    128: (22_933_394, 22_941_313),
    256: (23_044_309, 23_052_353),
    1024: (23_079_115, 23_087_249),
}


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


# ---- as published ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", PUBLISHED)
def test_published_parameter_counts(size):
    with torch.device("meta"):
        generator = Generator((3, size, size))
        discriminator = MinibatchStddev().wrap_discriminator(Discriminator)((3, size, size))
    assert (parameters(generator), parameters(discriminator)) == PUBLISHED[size]
    assert discriminator.conv.linear.in_channels == 513


def test_channels():
    assert channels(8, 512, 8192) == [512, 512, 512, 512, 512, 256, 128, 64, 32, 16]
    assert channels(3, 6, 32) == [6, 6, 6, 4, 2]
    assert channels(3, 6, 4) == [4, 2, 1, 1, 1]


def test_gains():
    generator, discriminator = players()
    convs = [m for m in (*generator.modules(), *discriminator.modules()) if isinstance(m, nn.Conv2d)]
    gains = {id(conv): sqrt(2) for conv in convs} | {id(conv): 1.0 for conv in generator.to_image}
    for conv in convs:
        torch.testing.assert_close(conv.weight, effective(conv, gains[id(conv)]))
    torch.testing.assert_close(generator.project.weight, effective(generator.project, sqrt(2) / 4))
    torch.testing.assert_close(discriminator.dense.weight, effective(discriminator.dense, sqrt(2)))
    torch.testing.assert_close(discriminator.head.weight, effective(discriminator.head, 1.0))
    assert not any(p.any() for name, p in generator.named_parameters() if name.endswith("bias"))


def test_pixel_norm_by_hand():
    maps = torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1)
    torch.testing.assert_close(pixel_norm(maps).flatten(), torch.tensor([3.0, 4.0]) / sqrt(12.5))
    torch.testing.assert_close(pixel_norm(torch.zeros(1, 3)), torch.zeros(1, 3))
    tiny = pixel_norm(torch.full((1, 4), 1e-4, dtype=torch.bfloat16))  # 1e-8 counts as much as the squares do
    assert tiny.dtype == torch.bfloat16
    torch.testing.assert_close(tiny.float(), torch.full((1, 4), sqrt(0.5)), rtol=1e-2, atol=0)


# ---- sizes, labels, precision ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [8, 16, 64])
@pytest.mark.parametrize("depth", [1, 3, 4])
def test_sizes_and_channels(size, depth):
    generator, discriminator = players((depth, size, size))
    for level in (0, 0.5, generator.top):
        generator.set_level(level)
        discriminator.set_level(level)
        fake = generator(torch.randn(2, 5))
        assert fake.shape == (2, depth, size, size)
        score = discriminator(fake)
        assert score.logits.shape == (2, 1)
        assert score.features.shape == (2, 6)


@pytest.mark.parametrize("player", [Generator, Discriminator])
def test_impossible_sizes_are_told(player):
    for shape, nearest in {(3, 28, 28): 32, (1, 4, 4): 8, (3, 2048, 2048): 1024, (3, 32, 64): 32}.items():
        said = rf"network=progan cannot reach {shape[1]}×{shape[2]}: .*square.* is data\.image_size={nearest}$"
        with pytest.raises(ValueError, match=said):
            player(shape)
    with pytest.raises(ValueError, match=r"network=progan makes images .* \(2,\): use network=mlp"):
        player((2,))


@pytest.mark.parametrize("level", [0, 1.5, 3])
def test_conditional_players_look_at_the_label(level):
    generator, discriminator = players(num_classes=3)
    z, zero, mixed = torch.randn(4, 5), torch.zeros(4, dtype=torch.int64), torch.tensor([0, 1, 2, 0])
    generator.set_level(level)
    discriminator.set_level(level)
    fake = generator(z, zero)
    assert not fake[1:3].isclose(generator(z, mixed)[1:3]).all()
    assert fake[[0, 3]].equal(generator(z, mixed)[[0, 3]])
    assert not discriminator(fake, zero).logits.equal(discriminator(fake, mixed).logits)
    with pytest.raises(ValueError, match="needs a label"):
        generator(z)
    with pytest.raises(ValueError, match="needs a label"):
        discriminator(fake)


def test_the_label_is_normalised_with_the_latent():
    generator, source = players(num_classes=3)[0], torch.randn(2, 5)
    seen: list[torch.Tensor] = []
    generator.project.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    generator(source, torch.tensor([2, 0]))
    beside = torch.cat([source, torch.tensor([[0.0, 0, 1], [1, 0, 0]])], 1)
    torch.testing.assert_close(seen[0], beside / beside.square().mean(1, keepdim=True).sqrt())


@pytest.mark.parametrize("level", [0.5, 3])
def test_images_leave_in_float32_and_nothing_bounds_them(level):
    generator, discriminator = players()
    generator.set_level(level)
    discriminator.set_level(level)
    with torch.autocast("cpu", torch.bfloat16):
        fake = generator(torch.randn(2, 5))
        assert discriminator(fake).logits.isfinite().all()
    assert fake.dtype == torch.float32
    with torch.no_grad():
        for layer in generator.to_image:
            layer.bias.fill_(100)
    assert generator(torch.randn(2, 5)).min() > 10


@pytest.mark.parametrize("level", [1.5, 3])
def test_a_penalty_can_be_learned_from(level):
    make = MinibatchStddev(group=2).wrap_discriminator(lambda shape: Discriminator(shape, **SMALL))
    discriminator, image = make(SHAPE), torch.randn(4, *SHAPE, requires_grad=True)
    discriminator.set_level(level)
    (gradient,) = torch.autograd.grad(discriminator(image).logits.sum(), image, create_graph=True)
    gradient.square().sum().backward()
    assert discriminator.head.parametrizations.weight.original.grad.any()
    assert discriminator.conv.linear.parametrizations.weight.original.grad.any()


# ---- with tricks ----------------------------------------------------------------------------------------------------


def test_minibatch_stddev_stands_as_a_map_before_the_last_convolution():
    plain, image = players()[1], torch.randn(6, *SHAPE)
    before = plain(image)
    wide = MinibatchStddev(group=3).wrap_discriminator(lambda shape: deepcopy(plain))(SHAPE)
    torch.testing.assert_close(wide(image), before)  # its weights start at 0
    assert type(wide.head) is type(plain.head)
    stored = wide.conv.linear.parametrizations.weight.original
    assert stored.shape == (6, 7, 3, 3)
    with torch.no_grad():
        stored[:, 6, 1, 1] = 2.0
    maps = active(wide.from_image[3][0], image)
    for k in (3, 2, 1):
        maps = block_by_hand(wide, maps, k)
    added = stddev_of_groups(maps, 3) * 2.0 * sqrt(2 / (7 * 9))
    expected = leaky_relu(conv2d(maps, plain.conv.weight, plain.conv.bias, padding=1) + added, 0.2)
    features = leaky_relu(linear(expected.flatten(1), plain.dense.weight, plain.dense.bias), 0.2)
    torch.testing.assert_close(wide(image).features, features)


def test_other_statistics_widen_the_head_which_stays_equalized():
    plain, image = players()[1], torch.randn(4, *SHAPE)
    before = plain(image)
    make = MinibatchDiscrimination(num_kernels=3).wrap_discriminator(lambda shape: deepcopy(plain))
    wide = MinibatchStddev().wrap_discriminator(make)(SHAPE)
    torch.testing.assert_close(wide(image), before)
    torch.testing.assert_close(wide.head.linear.weight, effective(wide.head.linear, 1.0))
    normed = SpectralNorm(power_iterations=20).wrap_discriminator(lambda shape: wide)(SHAPE)
    normed(image)
    assert torch.linalg.matrix_norm(normed.dense.weight, 2).item() == pytest.approx(1, rel=1e-3)


def test_an_average_follows_and_has_a_level_of_its_own():
    trick = EMA(decay=0.5, warmup=False)
    generator, source = trick.wrap_generator(lambda shape: players(shape)[0])(SHAPE), torch.randn(2, 5)
    for network in (generator, trick.average):
        network.set_level(1.5)
    with torch.no_grad():
        generator.to_image[1].bias.add_(4)
        generator.to_image[2].bias.add_(4)
    trick.after_step("generator", type("Moved", (), {"generator": generator}))
    torch.testing.assert_close(trick.average(source), generator(source) - 2)
    assert not any("level" in name for name, _ in trick.average.named_buffers())


def test_clipping_its_weights_is_refused():
    with pytest.raises(ValueError, match=r"tricks\.weight_clipping bounds .*network=progan, which scales"):
        Game(SHAPE, lambda s: players(s)[0], lambda s: players(s)[1], Hinge(), {"weight_clipping": WeightClipping()})


def test_a_program_of_it_takes_any_batch():
    generator = players()[0].eval()
    sizes = ({0: torch.export.Dim.DYNAMIC},)
    program = torch.export.export(generator, (torch.randn(4, 5),), dynamic_shapes=sizes).module()
    source = torch.randn(7, 5)
    torch.testing.assert_close(program(source), generator(source))


def test_it_is_a_function_of_its_weights():
    discriminator, image = players()[1], torch.randn(2, *SHAPE)
    discriminator.set_level(0.5)
    zeros = {name: torch.zeros_like(p) for name, p in discriminator.named_parameters()}
    assert not functional_call(discriminator, zeros, (image,)).logits.any()
