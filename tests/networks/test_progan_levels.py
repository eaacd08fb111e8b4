"""ProGAN's players at each level: what is computed, the fade between stages."""

from copy import deepcopy

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from fixtures.progan_by_hand import (
    SHAPE,
    active,
    block_by_hand,
    close,
    generator_by_hand,
    logits_by_hand,
    players,
    resized,
    shaken,
)
from gan_runner.networks.progan import Discriminator, Generator

LEVELS = [0, 0.5, 1, 1.25, 2, 2.75, 3]


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
