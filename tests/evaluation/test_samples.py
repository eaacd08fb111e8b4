"""Samples as metrics see them: bytes or points as they are, features and logits by one look."""

import torch

from gan_runner.evaluation.samples import Samples, looking
from gan_runner.images.ranges import to_unit_range

CPU = torch.device("cpu")
IMAGES = torch.arange(5 * 16).view(5, 1, 4, 4).to(torch.uint8)


def test_images_are_given_as_they_are_and_not_looked_at(counting):
    samples = Samples(IMAGES, looking(counting.extractor(None, CPU), 2), CPU)
    assert len(samples) == 5
    assert samples.view("images").equal(IMAGES)
    assert counting.looks == 0


def test_features_and_logits_come_of_one_look_in_batches(counting):
    samples = Samples(IMAGES, looking(counting.extractor(None, CPU), 2), CPU)
    pixels = to_unit_range(IMAGES).flatten(1)
    assert samples.view("features").equal(pixels)
    assert samples.view("logits").equal(pixels[:, :10])
    assert counting.looks == 5


def test_points_are_their_own_features():
    points = torch.randn(5, 2)
    samples = Samples(points, looking(None, 2), CPU)
    assert samples.view("points").equal(points)
    assert samples.view("features").equal(points)
