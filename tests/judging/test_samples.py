"""Samples as metrics see them: bytes or points as they are, features and logits by one look."""

import pytest
import torch

from gan_runner.data.base import to_unit_range
from gan_runner.judging.samples import Samples, looking, to_bytes

CPU = torch.device("cpu")
IMAGES = torch.arange(5 * 16).view(5, 1, 4, 4).to(torch.uint8)


def test_images_are_given_as_they_are_and_not_looked_at(counting):
    samples = Samples(IMAGES, looking(counting.eye(None, CPU), 2), CPU)
    assert len(samples) == 5
    assert samples.view("images").equal(IMAGES)
    assert counting.looks == 0


def test_features_and_logits_come_of_one_look_in_batches(counting):
    samples = Samples(IMAGES, looking(counting.eye(None, CPU), 2), CPU)
    pixels = to_unit_range(IMAGES).flatten(1)
    assert samples.view("features").equal(pixels)
    assert samples.view("logits").equal(pixels[:, :10])
    assert counting.looks == 5


def test_points_are_their_own_features():
    points = torch.randn(5, 2)
    samples = Samples(points, looking(None, 2), CPU)
    assert samples.view("points").equal(points)
    assert samples.view("features").equal(points)


def test_every_byte_comes_back_through_the_unit_range():
    bytes_ = torch.arange(256).to(torch.uint8).view(1, 1, 16, 16)
    assert to_bytes(to_unit_range(bytes_)).equal(bytes_)


@pytest.mark.parametrize(("value", "byte"), [(-3.0, 0), (-1.0, 0), (0.0, 128), (0.999, 255), (7.0, 255)])
def test_beyond_the_range_is_black_or_white(value, byte):
    assert to_bytes(torch.full((1, 1, 1, 1), value)).item() == byte
