"""How a classifier learns its data, and how often it is right afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from gan_runner import rng
from gan_runner.data.base import DataFamily
from gan_runner.data.decks import Deck, hold_out
from gan_runner.features.small_cnn import SmallCNN
from gan_runner.images.ranges import to_unit_range

HELD_OUT = 0.1  # of data without a test split
TEST_BATCH = 500


@dataclass(frozen=True)
class Training:
    """How a classifier learns: `steps` batches of Adam under a one-cycle rate that peaks at `lr`; no augmentation."""

    steps: int
    batch_size: int
    lr: float
    seed: int


@dataclass(frozen=True)
class Learned:
    """A trained network and its share of right answers on `tested` held-out images."""

    network: SmallCNN
    accuracy: float
    tested: int


def splits(data: DataFamily) -> tuple[Deck, Deck]:
    """Training and test split; of data that keeps none back (data.holdout=0), nine tenths and one of the whole.

    Of all classes, also where a run leaves some out: what judges runs does not hang on what they are trained on.
    """
    train = data.whole("train")
    if data.has_test_split:
        return train, data.whole("test")
    return hold_out(train, HELD_OUT, "train"), hold_out(train, HELD_OUT, "test")


def learn(
    network: SmallCNN,
    train: Deck,
    test: Deck,
    training: Training,
    device: torch.device,
    done: Callable[[int], None] = lambda count: None,
) -> Learned:
    """Train and test; the same settings give the same weights on the same device. done: is told of each batch."""
    network.to(device).train()
    with (
        rng.isolated(training.seed),
        torch.enable_grad(),
        torch.autocast(device.type, enabled=False),
        torch.backends.cudnn.flags(deterministic=True, benchmark=False),
    ):
        optimizer = torch.optim.Adam(network.parameters(), training.lr)
        rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, training.lr, total_steps=training.steps)
        for positions in hands(len(train), training):
            done(1)
            image, label, _ = train[positions]
            assert label is not None
            optimizer.zero_grad()
            _, logits = network(to_unit_range(image.to(device)))
            cross_entropy(logits, label.to(device).clone()).backward()
            optimizer.step()
            rate.step()
    return Learned(network.eval(), accuracy(network, test, device), len(test))


def hands(count: int, training: Training) -> list[Tensor]:
    """The positions of each batch: whole shuffles of the set, one after the other."""
    generator = torch.Generator().manual_seed(training.seed)
    size = min(training.batch_size, count)
    hands: list[Tensor] = []
    while len(hands) < training.steps:
        hands += torch.randperm(count, generator=generator)[: count // size * size].split(size)
    return hands[: training.steps]


@torch.no_grad()
def accuracy(network: SmallCNN, deck: Deck, device: torch.device) -> float:
    """The share of a deck that it classifies right."""
    right = torch.zeros((), device=device)
    for positions in torch.arange(len(deck)).split(TEST_BATCH):
        image, label, _ = deck[positions]
        assert label is not None
        right += (network(to_unit_range(image.to(device)))[1].argmax(1) == label.to(device)).sum()
    return right.item() / len(deck)
