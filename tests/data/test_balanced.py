"""Classes dealt equally often."""

import logging

import pytest
import torch

from gan_runner.data.balanced import Balanced, places_of
from gan_runner.data.decks import Memory, Share
from gan_runner.data.synthetic import Synthetic

COUNTS = {0: 1, 2: 6, 5: 23}
"""Samples of each class; labels that no sample has count for nothing."""


def deck() -> Memory:
    labels = torch.cat([torch.full((count,), label) for label, count in COUNTS.items()])
    labels = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(9))]
    return Memory(torch.arange(len(labels), dtype=torch.float32).view(-1, 1), labels)


def dealt(loader: Balanced) -> tuple[list[int], list[int]]:
    """The samples and the labels of an epoch."""
    batches = list(loader)
    return [int(one) for batch in batches for one in batch.real], [int(one) for batch in batches for one in batch.label]


def test_an_epoch_has_as_many_of_each_class():
    samples, labels = dealt(Balanced(deck(), 5))
    assert {label: labels.count(label) for label in COUNTS} == {0: 10, 2: 10, 5: 10}
    of_many = [sample for sample, label in zip(samples, labels, strict=True) if label == 5]
    assert len(set(of_many)) == 10  # none twice, where there are enough
    of_few = [sample for sample, label in zip(samples, labels, strict=True) if label == 2]
    assert {of_few.count(sample) for sample in set(of_few)} == {1, 2}
    assert labels != sorted(labels)


def test_what_does_not_divide_goes_to_classes_by_chance():
    whole = deck()
    lucky = [dealt(Balanced(Share(whole, torch.arange(29)), 1, seed=seed))[1] for seed in range(20)]
    counts = [tuple(labels.count(label) for label in COUNTS) for labels in lucky]
    assert {sum(one) for one in counts} == {29}
    assert {tuple(sorted(one)) for one in counts} == {(9, 10, 10)}
    assert len(set(counts)) > 1


def test_epochs_differ_and_a_large_class_comes_round():
    loader = Balanced(deck(), 30, seed=4)
    epochs = [dealt(loader)[0] for _ in range(12)]
    assert len({tuple(epoch) for epoch in epochs}) == 12
    assert {sample for epoch in epochs for sample in epoch} == set(range(30))
    assert dealt(Balanced(deck(), 30, seed=4))[0] == epochs[0]


@pytest.mark.parametrize("num_workers", [0, 2])
def test_resumed_equals_uninterrupted(num_workers):
    whole = Balanced(deck(), 4, seed=3)
    expected = [*dealt(whole)[0], *dealt(whole)[0]]
    stopped = Balanced(deck(), 4, seed=3, num_workers=num_workers)
    batches = iter(stopped)
    seen = [int(one) for _ in range(2) for one in next(batches).real]
    resumed = Balanced(deck(), 4, seed=3, num_workers=num_workers)
    resumed.load_state_dict(stopped.state_dict())
    assert [*seen, *dealt(resumed)[0], *dealt(resumed)[0]] == expected


def test_ranks_share_an_epoch():
    alone = dealt(Balanced(deck(), 1, seed=2))[1]
    ranks = [dealt(Balanced(deck(), 1, seed=2, rank=rank, ranks=2))[1] for rank in range(2)]
    assert [label for pair in zip(*ranks, strict=True) for label in pair] == alone


def test_a_deck_without_labels_is_refused():
    with pytest.raises(ValueError, match=r"data\.balance=true needs the labels of a whole set at once, and Memory has"):
        places_of(Memory(torch.zeros(3, 1)))


def test_a_family_deals_in_balance_and_says_so(caplog):
    caplog.set_level(logging.INFO)
    data = Synthetic(image_size=8, num_samples=60, num_classes=3, balance=True, batch_size=6)
    labels = torch.cat([batch.label for batch in data.train_dataloader()])
    assert labels.bincount().tolist() == [20, 20, 20]
    counts = sorted(data.deck("train").labels.bincount().tolist())
    assert len(set(counts)) > 1
    assert "balance=true: each of 3 classes is dealt 20 times in an epoch of 60 (" in caplog.text
    assert f"has {counts[0]} samples" in caplog.text
    assert f"has {counts[-1]})" in caplog.text
