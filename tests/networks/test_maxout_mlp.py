"""The players of PacGAN's plane: published sizes, maxout, training on the ring."""

import pytest
import torch
from torch import nn

from gan_runner.assemble import assemble
from gan_runner.networks.maxout_mlp import Discriminator, Generator, Maxout


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("shape", [(2,), (5,), (1, 28, 28), (3, 32, 32), (3, 64, 64)])
@pytest.mark.parametrize("num_classes", [None, 3])
def test_shapes_and_ranges(shape, num_classes):
    generator = Generator(shape, latent_dim=6, num_classes=num_classes, hidden=[16, 8])
    discriminator = Discriminator(shape, num_classes=num_classes, hidden=[16, 8], pieces=2)
    label = torch.tensor([0, 1, 2, 0]) if num_classes else None
    fake = generator(torch.randn(4, 6), label)
    assert fake.shape == (4, *shape)
    if len(shape) == 3:
        assert fake.abs().max() <= 1
    score = discriminator(fake, label)
    assert score.logits.shape == (4, 1)
    assert score.features.shape == (4, 8)
    score.logits.sum().backward()
    assert all(p.grad is not None for p in (*generator.parameters(), *discriminator.parameters()))


@pytest.mark.parametrize("packed", [1, 2, 3, 4])
def test_published_parameter_counts(packed):
    assert parameters(Generator((2,), latent_dim=2)) == 484_802
    assert parameters(Discriminator((2 * packed,))) == 405_201 + 2_000 * (packed - 1)


def test_a_unit_is_the_largest_of_its_pieces():
    unit = Maxout(1, 1, pieces=2)
    with torch.no_grad():
        unit.linear.weight.copy_(torch.tensor([[1.0], [-1.0]]))
        unit.linear.bias.copy_(torch.tensor([0.0, 2.0]))
    # max(x, 2 − x)
    assert unit(torch.tensor([[-1.0], [1.0], [3.0]])).tolist() == [[3.0], [1.0], [3.0]]


def test_pieces_of_many_units_are_not_mixed():
    layer, x = Maxout(3, 4, pieces=5), torch.randn(6, 3)
    by_unit = [layer.linear(x)[:, unit::4].max(dim=1).values for unit in range(4)]
    torch.testing.assert_close(layer(x), torch.stack(by_unit, dim=1))


def test_initial_weights_and_running_statistics():
    torch.manual_seed(0)
    generator, discriminator = Generator((2,)), Discriminator((2,))
    for network in (generator, discriminator):
        for layer in (m for m in network.modules() if isinstance(m, nn.Linear)):
            if layer.weight.numel() > 1000:
                assert layer.weight.std().item() == pytest.approx(0.02, rel=0.1)
            assert layer.bias is None or not layer.bias.any()
    assert {m.momentum for m in generator.modules() if isinstance(m, nn.BatchNorm1d)} == {0.05}


def test_points_are_unbounded():
    generator = Generator((2,), hidden=[8])
    with torch.no_grad():
        generator.head.bias.fill_(7.0)
        generator.head.weight.zero_()
    assert generator(torch.randn(3, 2)).equal(torch.full((3, 2), 7.0))


def test_a_conditional_player_without_a_label_says_so():
    generator, discriminator = Generator((2,), 4, 3, hidden=[8]), Discriminator((2,), 3, hidden=[8])
    z, zero, one = torch.randn(4, 4), torch.zeros(4, dtype=torch.int64), torch.ones(4, dtype=torch.int64)
    assert not generator(z, zero).equal(generator(z, one))
    assert not discriminator(z[:, :2], zero).logits.equal(discriminator(z[:, :2], one).logits)
    with pytest.raises(ValueError, match="needs a label"):
        generator(z)


def test_the_ring_is_played_as_in_the_paper(composed):
    config = composed("data=ring", "data.batch_size=100", "data.num_samples=1000", "network=maxout_mlp",
                      "latent.latent_dim=2", "optimizer.lr=1e-4", "optimizer.betas=[0.8,0.999]",
                      "trainer.max_steps=2", "trainer.accelerator=cpu", "callbacks.samples=null")  # fmt: skip
    experiment = assemble(config)
    before = [p.detach().clone() for p in experiment.system.parameters()]
    experiment.trainer.fit(experiment.system, experiment.data)
    after = list(experiment.system.parameters())
    assert all(p.isfinite().all() for p in after)
    assert all(not torch.equal(a, b) for a, b in zip(before, after, strict=True))
