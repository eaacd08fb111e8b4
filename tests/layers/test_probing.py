"""Widths of features, found without computing any, and whether they tell of one image alone."""

from functools import partial

import pytest
import torch
from torch import nn

from gan_runner.layers.probing import ROWS, minds_company, probe
from gan_runner.networks import dcgan, progan
from gan_runner.tricks.minibatch_discrimination import MinibatchDiscrimination
from gan_runner.tricks.minibatch_stddev import MinibatchStddev
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
