import pytest
import torch

from gan_runner.data.stacked_mnist import StackedMNIST


def test_label_is_the_number_the_channels_show(mnist_root):
    data = StackedMNIST(root=str(mnist_root()), image_size=28, num_samples=500, labels=True)
    data.check()
    deck = data.deck("train")
    batch = deck[torch.arange(100)]
    assert len(deck) == 500
    assert data.num_classes == 1000
    assert batch.real.shape == (100, 3, 28, 28)
    digit = (batch.real[:, :, 14, 14].long() - 1) // 10
    assert torch.equal(batch.label, digit @ torch.tensor([100, 10, 1]))


@pytest.mark.parametrize("image_size", [32, 20])
def test_without_labels(mnist_root, image_size):
    data = StackedMNIST(root=str(mnist_root()), image_size=image_size, num_samples=50, num_test_samples=30)
    assert data.num_classes is None
    assert data.shape == (3, image_size, image_size)
    batch = data.deck("test")[torch.arange(30)]
    assert batch.label is None
    assert batch.real.shape == (30, *data.shape)


def test_triples_are_fixed_by_the_seed(mnist_root):
    root = str(mnist_root())
    first, same, other = (StackedMNIST(root=root, seed=seed).read("train").triples for seed in (1, 1, 2))
    assert first.shape == (128_000, 3)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_missing_digits_are_found_by_check(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"MNIST is not complete.*data\.root"):
        StackedMNIST(root=str(tmp_path), download=False).check()


def test_numbers_can_be_left_out(mnist_root):
    root = str(mnist_root())
    data = StackedMNIST(root=root, image_size=28, num_samples=500, num_test_samples=50, labels=True)
    every = data.deck("train")[torch.arange(500)].label
    part = StackedMNIST(root=root, image_size=28, num_samples=500, labels=True, leave_out=int(every[0]))
    left = part.deck("train")
    assert torch.equal(left[torch.arange(len(left))].label, every[every != every[0]])
