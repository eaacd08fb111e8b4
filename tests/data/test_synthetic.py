import pytest
import torch

from gan_runner.data.synthetic import Synthetic


@pytest.mark.parametrize("kind", ["blobs", "noise"])
@pytest.mark.parametrize(("image_size", "channels"), [(28, 1), ((16, 40), 3), (8, 4)])
def test_sizes_and_channels(kind, image_size, channels):
    data = Synthetic(kind=kind, image_size=image_size, channels=channels, num_samples=30, num_classes=3)
    batch = data.deck("train")[torch.arange(30)]
    assert batch.real.shape == (30, *data.shape)
    assert batch.real.dtype == torch.uint8
    assert set(batch.label.tolist()) == {0, 1, 2}
    assert batch.real.float().std() > 5


def test_seed_and_split_fix_the_images():
    first, same, other = (Synthetic(seed=seed, num_samples=4).read("train").images for seed in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert not torch.equal(first, Synthetic(seed=1, num_samples=4).read("test").images)


def test_classes_can_be_told_apart():
    train, test = (Synthetic(num_samples=400).read(split) for split in ("train", "test"))
    means = torch.stack([train.images[train.labels == k].float().mean(0) for k in range(10)])
    guess = torch.cdist(test.images.flatten(1).float(), means.flatten(1)).argmin(dim=1)
    assert (guess == test.labels).float().mean() > 0.95
