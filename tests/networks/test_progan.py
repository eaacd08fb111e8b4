"""ProGAN's players: published sizes, scales, the fade between stages, what is computed at each level."""

from copy import deepcopy
from math import sqrt

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.functional import avg_pool2d, conv2d, interpolate, leaky_relu, linear

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks.progan import Discriminator, Generator, channels, pixel_norm
from gan_runner.tricks.ema import EMA
from gan_runner.tricks.minibatch_discrimination import MinibatchDiscrimination
from gan_runner.tricks.minibatch_stddev import MinibatchStddev, stddev_of_groups
from gan_runner.tricks.spectral_norm import SpectralNorm
from gan_runner.tricks.weight_clipping import WeightClipping

SMALL = {"max_channels": 6, "base_channels": 32}
SHAPE = (2, 32, 32)
LEVELS = [0, 0.5, 1, 1.25, 2, 2.75, 3]
PUBLISHED = {
    32: (20_719_628, 20_726_785),
    64: (22_490_383, 22_498_049),
    128: (22_933_394, 22_941_313),
    256: (23_044_309, 23_052_353),
    1024: (23_079_115, 23_087_249),
}


def players(shape=SHAPE, **settings):
    torch.manual_seed(0)
    return Generator(shape, latent_dim=5, **SMALL, **settings), Discriminator(shape, **SMALL, **settings)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def effective(layer: nn.Module, gain: float) -> torch.Tensor:
    """The stored weights, scaled by hand."""
    stored = layer.parametrizations.weight.original
    return stored * gain / sqrt(stored[0].numel())


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


def generator_by_hand(generator, source, stage, image_of):
    """The image of stage `image_of`, after the blocks up to `stage`, in plain functions."""

    def block(conv, maps):
        return pixel_norm(leaky_relu(conv2d(maps, effective(conv, sqrt(2)), conv.bias, padding=1), 0.2))

    vector = source / (source.square().mean(1, keepdim=True) + 1e-8).sqrt()
    maps = linear(vector, effective(generator.project, sqrt(2) / 4)).reshape(len(source), -1, 4, 4) + generator.bias
    maps = pixel_norm(leaky_relu(maps, 0.2))
    first, *others = [m for m in (*generator.first.modules(), *generator.stages.modules()) if isinstance(m, nn.Conv2d)]
    maps = block(first, maps)
    for i in range(stage):
        maps = maps.repeat_interleave(2, 2).repeat_interleave(2, 3)
        maps = block(others[2 * i + 1], block(others[2 * i], maps))
    last = generator.to_image[image_of]
    return conv2d(maps, effective(last, 1.0), last.bias)


def active(conv, maps):
    """Convolution and leaky ReLU."""
    return leaky_relu(conv2d(maps, effective(conv, sqrt(2)), conv.bias, padding=conv.padding), 0.2)


def block_by_hand(discriminator, maps, stage):
    """From maps of a stage to the maps of the one below."""
    first, second = (m for m in discriminator.stages[stage - 1].modules() if isinstance(m, nn.Conv2d))
    return avg_pool2d(active(second, active(first, maps)), 2)


def logits_by_hand(discriminator, maps, stage):
    """From maps of a stage to the logits."""
    for k in range(stage, 0, -1):
        maps = block_by_hand(discriminator, maps, k)
    flat = active(discriminator.conv, maps).flatten(1)
    features = leaky_relu(linear(flat, effective(discriminator.dense, sqrt(2)), discriminator.dense.bias), 0.2)
    return linear(features, effective(discriminator.head, 1.0), discriminator.head.bias)


def close(found, expected):
    """With few channels pixel norm may divide by little, and magnify what float32 leaves out."""
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def shaken(network):
    """With biases other than 0."""
    with torch.no_grad():
        for name, p in network.named_parameters():
            if name.endswith("bias"):
                p.normal_()
    return network


def resized(image, size):
    return interpolate(image, size=(size, size), mode="nearest")


# ---- levels ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", range(4))
def test_the_generator_at_a_stage(stage):
    generator, source = shaken(players()[0]), torch.randn(3, 5)
    assert generator.level == generator.top == 3
    generator.set_level(stage)
    image = generator_by_hand(generator, source, stage, stage)
    assert image.shape == (3, 2, 4 * 2**stage, 4 * 2**stage)
    close(generator(source), resized(image, 32))


@pytest.mark.parametrize(("level", "old"), [(0.5, 0), (1.25, 1), (2.3, 2)])
def test_the_generator_fades(level, old):
    generator, source = shaken(players()[0]), torch.randn(3, 5)
    generator.set_level(level)
    share = level - old
    before = resized(generator_by_hand(generator, source, old, old), 32)
    after = resized(generator_by_hand(generator, source, old + 1, old + 1), 32)
    close(generator(source), (1 - share) * before + share * after)


@pytest.mark.parametrize("stage", range(4))
def test_the_discriminator_at_a_stage(stage):
    discriminator, image = shaken(players()[1]), torch.randn(3, *SHAPE)
    discriminator.set_level(stage)
    maps = active(discriminator.from_image[stage][0], avg_pool2d(image, 2 ** (3 - stage)))
    close(discriminator(image).logits, logits_by_hand(discriminator, maps, stage))


@pytest.mark.parametrize(("level", "old"), [(0.5, 0), (1.25, 1), (2.3, 2)])
def test_the_discriminator_fades(level, old):
    discriminator, image = shaken(players()[1]), torch.randn(3, *SHAPE)
    discriminator.set_level(level)
    share = level - old
    fine, coarse = avg_pool2d(image, 2 ** (2 - old)), avg_pool2d(image, 2 ** (3 - old))
    before, after = (active(discriminator.from_image[k][0], x) for k, x in ((old, coarse), (old + 1, fine)))
    maps = (1 - share) * before + share * block_by_hand(discriminator, after, old + 1)
    close(discriminator(image).logits, logits_by_hand(discriminator, maps, old))


@pytest.mark.parametrize("level", LEVELS)
def test_the_discriminator_sees_boxes_of_pixels(level):
    """Its gradient is the same for all pixels of a box, so no finer detail counts."""
    discriminator, image = players()[1], torch.randn(2, *SHAPE, requires_grad=True)
    discriminator.set_level(level)
    (gradient,) = torch.autograd.grad(discriminator(image).logits.sum(), image)
    box = 2 ** (3 - discriminator.newest)
    torch.testing.assert_close(gradient, resized(avg_pool2d(gradient, box), 32))
    assert gradient.any()
    assert box == 1 or not torch.allclose(gradient, resized(avg_pool2d(gradient, 2 * box), 32), rtol=1e-3)


def test_a_new_stage_comes_in_without_a_jump():
    generator, discriminator = players()
    source, image = torch.randn(2, 5), torch.randn(2, *SHAPE)
    images, logits = [], []
    for level in (1, 1 + 1e-6, 2 - 1e-6, 2):
        generator.set_level(level)
        discriminator.set_level(level)
        images.append(generator(source))
        logits.append(discriminator(image).logits)
    for outputs in (images, logits):
        torch.testing.assert_close(outputs[0], outputs[1], rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(outputs[2], outputs[3], rtol=1e-3, atol=1e-4)
        assert not torch.allclose(outputs[1], outputs[2], rtol=1e-2)


@pytest.mark.parametrize("level", LEVELS)
def test_stages_beyond_the_level_cost_nothing(level):
    for network, end in zip(players(), ("to_image", "from_image"), strict=True):
        network.set_level(level)
        ran: list[nn.Module] = []
        convs = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
        for conv in convs:
            conv.register_forward_hook(lambda conv, *_, ran=ran: ran.append(conv))
        out = network(torch.randn(2, 5)) if end == "to_image" else network(torch.randn(2, *SHAPE)).logits
        out.sum().backward()
        assert len(ran) == len(set(ran)) == 1 + 2 * network.newest + (2 if network.fade else 1)
        idle = [m for stage in network.stages[network.newest :] for m in stage.modules() if isinstance(m, nn.Conv2d)]
        assert len(idle) == 2 * (network.top - network.newest)
        assert not set(ran) & set(idle)
        moved = {id(p) for conv in ran for p in conv.parameters()}
        for p in (p for conv in convs for p in conv.parameters()):
            assert (p.grad is not None) == (id(p) in moved)


@pytest.mark.parametrize("network", players(), ids=["generator", "discriminator"])
@pytest.mark.parametrize("level", [-0.1, 3.01, float("nan")])
def test_levels_there_are_not(network, level):
    with pytest.raises(ValueError, match=r"network=progan has the levels 0 to 3 at this size, got"):
        network.set_level(level)
    assert network.level == 3


@pytest.mark.parametrize("network", players(), ids=["generator", "discriminator"])
def test_the_level_is_saved_with_the_weights(network, tmp_path):
    network = deepcopy(network)
    network.set_level(1.25)
    torch.save(network.state_dict(), tmp_path / "weights")
    other = players()[isinstance(network, Discriminator)]
    other.load_state_dict(torch.load(tmp_path / "weights", weights_only=True))
    assert other.level == 1.25
    assert type(other.level) is float
    image = torch.randn(2, 5) if isinstance(network, Generator) else torch.randn(2, *SHAPE)
    torch.testing.assert_close(other(image), network(image))
    assert deepcopy(other).level == 1.25


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


def test_it_is_a_function_of_its_weights():
    discriminator, image = players()[1], torch.randn(2, *SHAPE)
    discriminator.set_level(0.5)
    zeros = {name: torch.zeros_like(p) for name, p in discriminator.named_parameters()}
    assert not functional_call(discriminator, zeros, (image,)).logits.any()
