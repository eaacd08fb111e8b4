"""The side of images and their channels, chosen from what a set holds."""

import pytest
import torch

from gan_runner.data.decks import Memory
from gan_runner.looking.choosing import channels_of, side_of, takes
from gan_runner.looking.traits import traits_of
from gan_runner.networks.dcgan import Generator


@pytest.mark.parametrize(
    ("sides", "side"),
    [
        ([(28, 28)] * 3, 28),
        ([(96, 96)], 96),
        ([(100, 100)], 128),  # which no network takes
        ([(64, 64), (64, 80)], 64),
        ([(300, 400), (310, 300)], 128),
        ([(8, 9), (9, 8)], 32),
        ([(45, 90)], 32),
        ([(46, 90)], 64),
        ([(512, 512)], 128),
        ([(1, 1), (2, 1)], 32),
        ([], 64),
    ],
)
def test_the_side_is_that_of_all_or_near_the_median(sides, side):
    assert side_of(sides) == side


def test_networks_take_the_sides_that_are_said_to():
    for side in range(4, 132, 2):
        try:
            Generator((3, side, side), latent_dim=4, width=2)
            taken = True
        except ValueError:
            taken = False
        assert takes(side) == taken, side


def test_grey_images_need_one_channel():
    grey = torch.randint(0, 256, (4, 1, 8, 8), dtype=torch.uint8).expand(-1, 3, -1, -1).contiguous()
    assert channels_of(traits_of(Memory(grey))) == 1
    grey[2, 0] ^= 1
    assert channels_of(traits_of(Memory(grey))) is None
