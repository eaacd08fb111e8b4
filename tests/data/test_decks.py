import pytest
import torch

from gan_runner.data.decks import Memory, hold_out


def deck(count: int) -> Memory:
    return Memory(torch.arange(count, dtype=torch.float32).view(-1, 1), torch.arange(count))


def test_hold_out_splits_without_overlap():
    train, test = (hold_out(deck(50), 0.2, split) for split in ("train", "test"))
    labels = [set(part[torch.arange(len(part))].label.tolist()) for part in (train, test)]
    assert (len(train), len(test)) == (40, 10)
    assert labels[0] | labels[1] == set(range(50))
    with pytest.raises(ValueError, match=r"data\.holdout=0\.0 of 50 samples leaves no test split"):
        hold_out(deck(50), 0.0, "test")
