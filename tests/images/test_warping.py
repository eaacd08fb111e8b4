"""Warps against torch's own flips, rotations, paddings and grid_sample."""

from math import cos, pi, sin

import pytest
import torch
from torch.nn.functional import grid_sample, pad

from gan_runner.images.warping import rotation, scaling, translation, warp


def numbers(*values):
    return torch.tensor(values, dtype=torch.float32)


IMAGE = torch.randn(1, 3, 6, 8, generator=torch.Generator().manual_seed(0))
SQUARE = IMAGE[..., :6]


def test_the_identity_is_exact():
    assert warp(IMAGE, torch.eye(3)[None]).equal(IMAGE)


def test_a_flip_and_a_quarter_turn_are_exact():
    assert warp(IMAGE, scaling(numbers(-1), numbers(1))).equal(IMAGE.flip(3))
    assert warp(SQUARE, rotation(numbers(0), numbers(1))).equal(SQUARE.rot90(1, (2, 3)))


def test_a_shift_mirrors_what_comes_in():
    mirrored = pad(IMAGE, (2, 2, 1, 1), mode="reflect")
    assert warp(IMAGE, translation(numbers(2), numbers(-1))).equal(mirrored[..., 0:6, 4:12])


def test_each_image_has_its_own():
    images = IMAGE.repeat(2, 1, 1, 1)
    out = warp(images, scaling(numbers(1, -1), numbers(1, 1)))
    assert out[0].equal(IMAGE[0])
    assert out[1].equal(IMAGE[0].flip(2))


@pytest.mark.parametrize("angle", [0.3, 2.0, -1.1])
def test_any_map_is_that_of_grid_sample(angle):
    matrix = rotation(numbers(cos(angle)), numbers(sin(angle))) @ scaling(numbers(1.7), numbers(0.6))
    matrix = matrix @ translation(numbers(0.4), numbers(-2.3))
    y, x = torch.meshgrid(torch.arange(6) - 2.5, torch.arange(8) - 3.5, indexing="ij")
    places = torch.stack([x, y, torch.ones_like(x)], dim=-1) @ matrix[0].T
    grid = places[None, ..., :2] / numbers(3.5, 2.5)  # −1 and 1 are the middles of border pixels
    expected = grid_sample(IMAGE, grid, mode="bilinear", padding_mode="reflection", align_corners=True)
    torch.testing.assert_close(warp(IMAGE, matrix), expected, rtol=1e-4, atol=1e-4)


def test_it_can_be_differentiated_twice():
    matrix = rotation(numbers(cos(pi / 5)), numbers(sin(pi / 5))).double()
    image = SQUARE[:, :1, :4, :4].double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: warp(x, matrix), image)
    assert torch.autograd.gradgradcheck(lambda x: warp(x, matrix).square(), image)
