import pytest
import torch

from gan_runner.metrics.authenticity import Authenticity
from gan_runner.metrics.memorization import Memorization
from gan_runner.metrics.studying import float64


@pytest.mark.parametrize("make", [Memorization, Authenticity])
def test_the_pairs_nearest_to_training_images_are_kept(make):
    metric = make(pairs=2)
    metric.study(torch.tensor([[0.0], [10.0], [20.0]]))
    metric.compare(torch.tensor([[1.0], [12.0]]), torch.tensor([[19.0], [3.0], [10.5]]))
    assert metric.closest.fake.tolist() == [2, 0]
    assert metric.closest.training.tolist() == [1, 2]
    assert metric.closest.distance.tolist() == [0.5, 1.0]


@pytest.mark.parametrize("make", [Memorization, Authenticity])
def test_without_training_images_there_is_nothing_to_compare_with(make):
    with pytest.raises(ValueError, match=rf"metrics\.{make.__name__.lower()} compares with training images"):
        make().compare(torch.zeros(2, 1), torch.zeros(2, 1))


def test_bytes_are_measured_as_the_numbers_that_networks_see():
    assert float64(torch.tensor([[[[0, 255]]]], dtype=torch.uint8)).tolist() == [[-1.0, 1.0]]
