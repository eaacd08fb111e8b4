"""pix2pix's generator: published sizes, any depth that fits, dropout, what passes over the bridges, refusals."""

import pytest
import torch
from torch import nn

from gan_runner.networks.pix2pix import Generator, Up, levels_of


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def dropouts(generator: Generator) -> list[float]:
    """From the innermost outwards."""
    return [up.share for up in generator.up if isinstance(up, Up)]


@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize(("side", "count", "dropped"), [(256, 54_413_955, 3), (128, 41_828_995, 2)])
def test_published_parameter_counts_and_dropout(side, count, dropped, norm):
    with torch.device("meta"):
        generator = Generator((3, side, side), source_shape=(3, side, side), norm=norm)
        assert generator(torch.empty(2, 3, side, side)).shape == (2, 3, side, side)
    assert parameters(generator) == count
    assert dropouts(generator) == [0.0, *[0.5] * dropped, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize(("source", "target"), [(1, 3), (4, 1)])
@pytest.mark.parametrize(("side", "levels"), [((4, 4), 2), ((28, 28), 2), ((48, 32), 4), ((8, 64), 3), ((64, 64), 6)])
def test_sizes_and_channels(source, target, side, levels, norm):
    generator = Generator((target, *side), (source, *side), width=2, norm=norm)
    assert len(generator.down) == levels
    translated = generator(torch.randn(1, source, *side))  # at batch size 1: no norm stands where one pixel is left
    assert translated.shape == (1, target, *side)
    assert translated.abs().max() <= 1
    assert translated.dtype is torch.float32
    translated.sum().backward()
    assert all(p.grad is not None for p in generator.parameters())


def test_at_batch_size_1_both_norms_train_alike():
    players = []
    for norm in ("batch", "instance"):
        torch.manual_seed(0)
        players.append(Generator((1, 16, 16), (1, 16, 16), width=2, norm=norm))
    source = torch.randn(1, 1, 16, 16)
    torch.testing.assert_close(*(player(source) for player in players))


@pytest.mark.parametrize("at_test", [True, False])
def test_dropout_at_test_is_a_choice(at_test):
    torch.manual_seed(0)
    generator = Generator((1, 64, 64), (1, 64, 64), width=2, dropout_at_test=at_test)
    assert dropouts(generator) == [0.0, 0.5, 0.0, 0.0, 0.0]
    source = torch.randn(1, 1, 64, 64)
    assert not torch.equal(generator(source), generator(source))
    generator.eval()
    assert torch.equal(generator(source), generator(source)) != at_test


@pytest.mark.parametrize(("kept", "reach"), [(0, 6), (1, 14)])
def test_a_bridge_passes_what_lies_below_it_by(kept, reach):
    """With the ways up silent but for the outermost `kept`, a changed pixel is felt as far as their bridges see."""
    torch.manual_seed(0)
    generator = Generator((1, 64, 64), (1, 64, 64), width=2, levels=4, norm="batch").eval()
    with torch.no_grad():
        for up in list(generator.up)[: 3 - kept]:
            up.norm.weight.zero_()  # and the shift is 0 already
        source = torch.randn(1, 1, 64, 64)
        other = source.clone()
        other[0, 0, 32, 32] += 1
        rows, columns = (generator(source) - generator(other))[0, 0].nonzero().unbind(1)
    spread = max(rows.max() - rows.min(), columns.max() - columns.min()) + 1
    assert spread == reach


@pytest.mark.parametrize(
    ("side", "levels"), [((256, 256), 8), ((28, 28), 2), ((96, 96), 5), ((4, 4), 2), ((2, 2), None), ((30, 32), None)]
)
def test_levels(side, levels):
    if levels is None:
        with pytest.raises(ValueError, match=r"network=pix2pix .* nearest is data\.image_size="):
            levels_of((3, *side), None)
        return
    assert levels_of((3, *side), None) == levels
    assert levels_of((3, *side), 2) == 2
    with pytest.raises(ValueError, match=rf"levels={levels + 1} cannot .* take {levels} or fewer"):
        levels_of((3, *side), levels + 1)


def test_domains_of_other_sizes_are_refused():
    with pytest.raises(ValueError, match=r"network=pix2pix keeps the size .* 16×16 and 32×32"):
        Generator((3, 32, 32), (3, 16, 16))
