"""R3GAN's players: published sizes, resampling, blocks that begin as the identity."""

import pytest
import torch
from torch import nn

from gan_runner.networks.r3gan import Block, Discriminator, Generator


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_published_parameter_counts():
    assert parameters(Generator((3, 32, 32), latent_dim=64, width=768, blocks=2)) == 20_732_160
    assert parameters(Discriminator((3, 32, 32), width=768, blocks=2)) == 20_683_776


def test_a_block_begins_as_the_identity_and_learns():
    block, maps = Block(8, 2, 4, depth=8), torch.randn(2, 8, 5, 5)
    assert block(maps).equal(maps)
    block(maps).square().sum().backward()
    assert block.contract.weight.grad.abs().sum() > 0


def test_initial_weights():
    torch.manual_seed(0)
    block = Block(128, 2, 16, depth=8)
    gain = (2 / 1.04) ** 0.5 * 8**-0.25
    assert block.expand.weight.std().item() == pytest.approx(gain / 128**0.5, rel=0.03)
    assert block.mix.weight.std().item() == pytest.approx(gain / (16 * 9) ** 0.5, rel=0.03)
    assert not block.expand.bias.any()
    generator, discriminator = Generator((3, 32, 32), width=256), Discriminator((3, 32, 32), width=256)
    assert generator.project.weight.std().item() == pytest.approx(1 / 64**0.5, rel=0.05)
    assert generator.basis.std().item() == pytest.approx(1, rel=0.05)
    assert discriminator.basis.weight.std().item() == pytest.approx(1 / 4, rel=0.05)


def test_the_depth_counts_the_blocks_of_all_sizes():
    torch.manual_seed(0)
    shallow, deep = Generator((1, 32, 32), width=64, blocks=1), Generator((1, 32, 32), width=64, blocks=4)
    spread = [network.body[0][0].expand.weight.std().item() for network in (shallow, deep)]
    assert spread[0] / spread[1] == pytest.approx((16 / 4) ** 0.25, rel=0.05)


def test_values_are_unbounded_and_nothing_normalises():
    generator, discriminator = Generator((1, 16, 16), width=16), Discriminator((1, 16, 16), width=16)
    assert generator(1000 * torch.randn(2, 64)).abs().max() > 10
    kinds = [type(m).__name__ for m in (*generator.modules(), *discriminator.modules())]
    assert not any("Norm" in kind for kind in kinds)


def test_a_penalty_can_be_learned_from():
    discriminator, image = Discriminator((1, 8, 8), width=8), torch.randn(2, 1, 8, 8, requires_grad=True)
    (gradient,) = torch.autograd.grad(discriminator(image).logits.sum(), image, create_graph=True)
    gradient.square().sum().backward()
    assert discriminator.head.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("network", [Generator, Discriminator])
def test_impossible_settings_are_told(network):
    with pytest.raises(ValueError, match=r"group_width=16 must divide width · expansion = 40"):
        network((1, 8, 8), width=20)
    assert parameters(network((1, 8, 8), width=20, group_width=None)) > parameters(
        network((1, 8, 8), width=20, group_width=8)
    )
    with pytest.raises(ValueError, match=r"network=r3gan cannot reach 31×31.*data\.image_size=32"):
        network((3, 31, 31))
