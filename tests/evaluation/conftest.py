"""What tests of judgements share: a feature extractor that counts, and a generator that knows the data by heart."""

import pytest
import torch

from gan_runner.features.base import FeatureExtractor, MakeExtractor, Seen
from gan_runner.images.ranges import to_unit_range


class Counting(MakeExtractor):
    """Pixels as features and their first ten as logits; counts the images it looks at."""

    classifies = True

    def __init__(self) -> None:
        self.looks = 0

    def meet(self, data) -> None: ...

    def extractor(self, data, device):
        net = self

        class Pixels(FeatureExtractor):
            accuracy, tested = 0.5, 7

            def look(self, image):
                net.looks += len(image)
                flat = image.flatten(1) + 0 * self.network.weight.sum()
                return Seen(flat, flat[:, :10])

        return Pixels("pixel_extractor", torch.nn.Linear(1, 1))


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def from_deck():
    """from_deck(data, split) -> a generator that deals a split in order, again and again, in [-1, 1]."""

    def learned_by_heart(data, split="test"):
        images, state = data.deck(split)[torch.arange(len(data.deck(split)))].real, {"at": 0}

        def draw(count):
            at = torch.arange(state["at"], state["at"] + count) % len(images)
            state["at"] += count
            return to_unit_range(images[at]), None

        return draw

    return learned_by_heart
