"""How a classifier learns: which images, in what order, and what it says of itself afterwards."""

import pytest
import torch

from gan_runner.data.decks import Memory
from gan_runner.data.digits import Digits
from gan_runner.features.classifier_training import Training, accuracy, hands, learn, splits
from gan_runner.features.small_cnn import SmallCNN

CPU = torch.device("cpu")


def two_shades(count: int) -> Memory:
    """Black images of label 0 and white ones of label 1, in turn."""
    label = torch.arange(count) % 2
    return Memory((label * 255).to(torch.uint8)[:, None, None, None].expand(-1, 1, 8, 8).contiguous(), label)


def test_data_that_keeps_nothing_back_is_split_for_the_classifier():
    train, test = splits(Digits(holdout=0.0))
    assert (len(train), len(test)) == (1617, 180)
    assert set(train.positions.tolist()).isdisjoint(test.positions.tolist())


def test_batches_are_whole_shuffles_one_after_the_other():
    dealt = hands(10, Training(steps=7, batch_size=3, lr=1.0, seed=0))
    assert [len(hand) for hand in dealt] == [3] * 7
    for shuffle in (dealt[:3], dealt[3:6]):
        assert len(set(torch.cat(shuffle).tolist())) == 9  # of ten images one waits for the next shuffle
    assert not torch.cat(dealt[:3]).equal(torch.cat(dealt[3:6]))


def test_a_set_smaller_than_a_batch_is_one():
    assert [sorted(hand.tolist()) for hand in hands(2, Training(3, 16, 1.0, 0))] == [[0, 1]] * 3


def test_it_learns_and_tells_how_often_it_is_right():
    network = SmallCNN((1, 8, 8), 2)
    learned = learn(network, two_shades(16), two_shades(11), Training(20, 8, 1e-2, 0), CPU)
    assert (learned.network, learned.accuracy, learned.tested) == (network, 1.0, 11)
    assert not network.training


@pytest.mark.parametrize(("answer", "right"), [(0, 6 / 11), (1, 5 / 11)])
def test_accuracy_is_the_share_of_right_answers(answer, right):
    network = SmallCNN((1, 8, 8), 2).eval()
    torch.nn.init.zeros_(network.head[1].weight)
    network.head[1].bias.data = torch.eye(2)[answer]  # answers the same whatever it sees
    assert accuracy(network, two_shades(11), CPU) == pytest.approx(right)


def test_a_classifier_learns_all_classes_whatever_a_run_leaves_out():
    whole, part = splits(Digits(image_size=8)), splits(Digits(image_size=8, only=[3]))
    for every, same in zip(whole, part, strict=True):
        assert torch.equal(every.positions, same.positions)
