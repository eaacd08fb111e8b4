"""Widths of features, found without computing any."""

from functools import partial

import torch

from gan_runner.layers.probing import ROWS, probe
from gan_runner.networks import dcgan


def test_a_probe_finds_rows_and_width_and_leaves_everything_as_it_was() -> None:
    discriminator = dcgan.Discriminator((1, 8, 8), width=4)
    before, drawn = {k: v.clone() for k, v in discriminator.state_dict().items()}, torch.get_rng_state()
    assert probe(discriminator, (1, 8, 8)) == (ROWS, 4 * 4 * 4)
    assert all(value.equal(before[name]) for name, value in discriminator.state_dict().items())
    assert torch.get_rng_state().equal(drawn)


def test_a_probe_needs_no_weights() -> None:
    with torch.device("meta"):
        assert probe(partial(dcgan.Discriminator, width=4)((3, 16, 16)), (3, 16, 16)) == (ROWS, 8 * 4 * 4)
