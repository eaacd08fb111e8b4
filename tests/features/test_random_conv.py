"""The random net: the same everywhere, different by seed, for images of any size."""

import logging

import pytest
import torch

from gan_runner.data.gaussians import Gaussians
from gan_runner.data.synthetic import Synthetic
from gan_runner.features.random_conv import RandomConv

CPU = torch.device("cpu")


def test_a_seed_gives_one_net_whatever_was_drawn_before():
    data, image = Synthetic(image_size=16), torch.rand(3, 3, 16, 16) * 2 - 1
    torch.manual_seed(1)
    first = RandomConv().extractor(data, CPU)
    after = torch.rand(1)
    torch.manual_seed(1)
    assert torch.rand(1).equal(after)  # nothing was drawn from the run's numbers
    second, other = RandomConv().extractor(data, CPU), RandomConv(seed=1).extractor(data, CPU)
    assert first(image).features.equal(second(image).features)
    assert not first(image).features.equal(other(image).features)
    assert (first.name, other.name) == ("random_conv64", "random_conv64_seed1")


@pytest.mark.parametrize("size", [8, 28, 64, (20, 33)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixty_four_features_that_tell_places_apart(size, channels):
    data = Synthetic(image_size=size, channels=channels, num_classes=4, num_samples=60)
    image, label, _ = data.deck("train")[torch.arange(60)]
    features = RandomConv().extractor(data, CPU)(image / 127.5 - 1).features
    assert features.shape == (60, 64)
    assert features.isfinite().all()
    table = torch.cdist(features, features).fill_diagonal_(torch.inf)
    assert (label[table.argmin(1)] == label).float().mean() > 0.9  # spots in one place are each other's neighbours


def test_points_are_refused():
    with pytest.raises(ValueError, match="Gaussians has points: set features=null"):
        RandomConv().extractor(Gaussians(), CPU)


@pytest.mark.parametrize(("channels", "told"), [(1, 0), (3, 1), (4, 0)])
def test_colour_images_are_told_once_which_net_is_for_photographs(channels, told, caplog):
    settings = RandomConv()
    with caplog.at_level(logging.INFO):
        for _ in range(2):  # one direction of a translation, and the other
            settings.extractor(Synthetic(channels=channels), CPU)
    assert caplog.text.count("features=efficientnet_lite0") == told
    assert all(record.levelname == "INFO" for record in caplog.records)
