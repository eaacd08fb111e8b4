import pytest
import torch

from gan_runner.data.base import Memory
from gan_runner.data.two_domains import Resized, load_size_of
from gan_runner.types import Batch


def test_load_size_follows_the_image_size():
    assert load_size_of((256, 256), None) == (286, 286)
    assert load_size_of((64, 128), None) == (72, 143)
    assert load_size_of((64, 64), (64, 70)) == (64, 70)
    with pytest.raises(ValueError, match=r"data\.load_size=\(64, 60\) is smaller"):
        load_size_of((64, 64), (64, 60))


def test_a_deck_seen_at_another_size():
    class WithSource(Memory):
        def __getitem__(self, positions):
            batch = super().__getitem__(positions)
            return Batch(batch.image, batch.label, batch.image[:, :1])

    images = torch.tensor([0, 40, 250], dtype=torch.uint8).view(3, 1, 1, 1).expand(3, 3, 8, 8)
    deck = Resized(WithSource(images, torch.tensor([5, 6, 7])), (4, 6))
    batch = deck[torch.tensor([2, 1])]
    assert len(deck) == 3
    assert batch.image.shape == (2, 3, 4, 6)
    assert batch.source.shape == (2, 1, 4, 6)
    assert batch.image[:, 0, 0, 0].tolist() == [250, 40]
    assert batch.label.tolist() == [7, 6]
