"""Widths of features, found without computing any, and whether they tell of one image alone."""

from functools import partial

import pytest
import torch
from torch import nn

from gan_runner.layers.disturbed import Disturbed
from gan_runner.layers.probing import ROWS, minds_company, probe, repeats
from gan_runner.networks import dcgan, mlp, progan
from gan_runner.tricks.minibatch_discrimination import MinibatchDiscrimination
from gan_runner.tricks.minibatch_stddev import MinibatchStddev
from gan_runner.tricks.pacgan import PacGAN
from gan_runner.tricks.spectral_norm import SpectralNorm
from gan_runner.types import Make


def test_a_probe_finds_rows_and_width_and_leaves_everything_as_it_was() -> None:
    discriminator = dcgan.Discriminator((1, 8, 8), width=4)
    before, drawn = {k: v.clone() for k, v in discriminator.state_dict().items()}, torch.get_rng_state()
    assert probe(discriminator, (1, 8, 8)) == (ROWS, 4 * 4 * 4)
    assert all(value.equal(before[name]) for name, value in discriminator.state_dict().items())
    assert torch.get_rng_state().equal(drawn)


def test_a_probe_needs_no_weights() -> None:
    with torch.device("meta"):
        assert probe(partial(dcgan.Discriminator, width=4)((3, 16, 16)), (3, 16, 16)) == (ROWS, 8 * 4 * 4)


SMALL_PROGAN = partial(progan.Discriminator, max_channels=4, base_channels=16)
SMALL_DCGAN = partial(dcgan.Discriminator, width=4)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (SMALL_DCGAN, False),  # BatchNorm, which in evaluation mode is of single images
        (MinibatchStddev().wrap_discriminator(SMALL_DCGAN), False),  # its number goes past the features to the head
        (MinibatchDiscrimination().wrap_discriminator(SMALL_DCGAN), False),
        (SMALL_PROGAN, False),
        (MinibatchStddev().wrap_discriminator(SMALL_PROGAN), True),  # before the last convolution
    ],
)
def test_features_mind_company_also_where_weights_are_0_at_first(make: Make, expected: bool) -> None:
    torch.manual_seed(0)
    judge: nn.Module = make((1, 8, 8))
    before, drawn = [p.detach().clone() for p in judge.parameters()], torch.get_rng_state()
    assert minds_company(judge, (1, 8, 8)) is expected
    assert judge.training
    assert all(map(torch.equal, before, judge.parameters()))
    assert torch.get_rng_state().equal(drawn)


@pytest.mark.parametrize("make", [SMALL_DCGAN, partial(mlp.Discriminator, num_classes=3)], ids=["dcgan", "mlp"])
def test_logits_mind_company_through_the_head_too(make: Make) -> None:
    assert not minds_company(make((1, 8, 8)), (1, 8, 8), what="logits")
    for trick in (MinibatchStddev(), MinibatchDiscrimination()):
        assert minds_company(trick.wrap_discriminator(make)((1, 8, 8)), (1, 8, 8), what="logits")


def test_packs_are_not_each_others_company() -> None:
    for make, expected in ((SMALL_DCGAN, False), (MinibatchStddev().wrap_discriminator(SMALL_DCGAN), True)):
        judge = PacGAN(2).wrap_discriminator(make)((1, 8, 8))
        assert minds_company(judge, (1, 8, 8), pack=2, what="logits") is expected


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (partial(mlp.Discriminator, hidden=[4]), True),
        (partial(SMALL_DCGAN, norm="layer"), True),
        (partial(SMALL_DCGAN, norm="layer", num_classes=3), True),
        (PacGAN(2).wrap_discriminator(partial(SMALL_DCGAN, norm="layer")), True),
        (SMALL_DCGAN, False),  # moves the averages of BatchNorm
        (partial(mlp.Discriminator, hidden=[4], dropout=0.1), False),
        (lambda shape: Disturbed(SMALL_DCGAN(shape, norm="layer"), lambda image: image + torch.randn(())), False),
        (SpectralNorm().wrap_discriminator(partial(SMALL_DCGAN, norm="layer")), False),
    ],
)
def test_a_pass_repeats_itself_where_it_draws_and_moves_nothing(make: Make, expected: bool) -> None:
    discriminator: nn.Module = make((1, 16, 16))
    before, drawn = {k: v.clone() for k, v in discriminator.state_dict().items()}, torch.get_rng_state()
    assert repeats(discriminator, (1, 16, 16), pack=2) is expected
    assert all(value.equal(before[name]) for name, value in discriminator.state_dict().items())
    assert torch.get_rng_state().equal(drawn)
