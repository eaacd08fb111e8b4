"""The nearest training image: the one that a search by hand finds."""

import pytest
import torch

from fixtures.composing import composed
from gan_runner.config.plain import plain_config
from gan_runner.images.ranges import to_bytes, to_unit_range
from gan_runner.inference.nearest import TrainingImages
from gan_runner.types import Origin

SMALL = ("data=synthetic", "data.image_size=8", "data.num_samples=40", "paths.run=unused")


@pytest.fixture
def origin() -> Origin:
    return Origin(plain_config(composed(*SMALL)), (3, 8, 8), 10)


def test_it_is_found_as_by_hand(origin):
    training = TrainingImages(origin)
    torch.manual_seed(0)
    for sample in torch.rand(3, 3, 8, 8) * 2 - 1:
        seen = to_unit_range(to_bytes(sample[None]))[0].double()
        by_hand = [(seen - to_unit_range(image[None])[0].double()).norm().item() for image in training.images]
        found = training.nearest(sample)
        assert found.distance == pytest.approx(min(by_hand))
        assert found.place == by_hand.index(min(by_hand))
        assert torch.equal(to_bytes(found.image[None])[0], training.images[found.place])


def test_a_training_image_is_its_own_neighbour(origin):
    training = TrainingImages(origin)
    found = training.nearest(to_unit_range(training.images[7:8])[0])
    assert found.distance == 0
    assert training.usual is None or training.usual > 0


def test_few_are_looked_at_where_that_is_asked(origin):
    assert len(TrainingImages(origin, most=5)) == 5


def test_data_of_unknown_classes_is_not_built(origin):
    config = {**origin.config, "data": {"_target_": "os.system", "command": "true"}}
    with pytest.raises(ValueError, match="not trusted"):
        TrainingImages(Origin(config, origin.shape, 10))


def test_data_of_another_shape_is_told(origin):
    with pytest.raises(ValueError, match="now has"):
        TrainingImages(Origin(origin.config, (3, 16, 16), 10))
