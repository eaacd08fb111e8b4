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


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("count", [2, 3, 7, 10, 150])
def test_the_share_that_is_named_leaves_a_sample_on_either_side(split, count):
    nothing = 0.001 if split == "test" else 0.999
    with pytest.raises(ValueError, match=r"set data\.holdout=[0-9.]+, or add more") as refusal:
        hold_out(deck(count), nothing, split)
    share = float(str(refusal.value).split("set data.holdout=")[1].split(",")[0])
    assert all(len(hold_out(deck(count), share, side)) > 0 for side in ("train", "test"))


def test_a_single_sample_cannot_be_split():
    with pytest.raises(ValueError, match="no share of a single one would, so add more"):
        hold_out(deck(1), 0.1, "test")
