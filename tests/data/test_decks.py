import pytest
import torch

from gan_runner.data import decks
from gan_runner.data.decks import Memory, TooFewError, hold_out, limited, resident
from gan_runner.data.loader import Loader
from gan_runner.data.stacked_mnist import Triples


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


# ---- on a GPU -------------------------------------------------------------------------------------------------------


@pytest.fixture
def device(monkeypatch):
    """A device of 16 kB, without numbers: what lies on it cannot meet what lies elsewhere."""
    monkeypatch.setattr(decks, "_memory_of", lambda device: 16_000)
    return torch.device("meta")


@pytest.mark.parametrize("labelled", [True, False])
def test_a_set_that_fits_is_dealt_where_it_is_played(device, labelled):
    held = Memory(torch.zeros(20, 1, 4, 4, dtype=torch.uint8), torch.arange(20) if labelled else None)
    loader = Loader(resident(held, device), 5)
    batches = [*loader, *loader]
    assert len(batches) == 8
    for batch in batches:
        assert batch.real.device == device
        assert batch.real.shape == (5, 1, 4, 4)
        assert batch.label.device == device if labelled else batch.label is None
    assert held.images.device.type == "cpu"  # who measures looks at it here


def test_a_share_is_laid_there_alone(device):
    whole = deck(800)  # 3.2 kB
    part = hold_out(hold_out(whole, 0.5, "test"), 0.5, "train")
    assert resident(whole, device) is whole
    assert len(resident(part, device)) == 200
    assert resident(part, device).images.device == device


def test_what_lies_there_are_the_same_samples_in_the_same_order():
    part = hold_out(hold_out(deck(60), 0.5, "test"), 0.5, "train")
    rows = part.deck.positions[part.positions]
    laid, everything = part.deck.deck.at(rows), torch.arange(15)
    assert laid[everything].label.equal(part[everything].label)
    assert laid[everything].real.equal(part[everything].real)


def test_triples_of_digits_are_laid_there_too(device):
    triples = torch.randint(20, (10, 3))
    held = Triples(torch.zeros(20, 1, 4, 4, dtype=torch.uint8), torch.arange(20) % 10, triples, labels=True)
    batch = resident(held, device)[torch.arange(5, device=device)]
    assert batch.real.device == batch.label.device == device
    assert batch.real.shape == (5, 3, 4, 4)
    chosen = held.at(torch.tensor([4, 7]))[torch.tensor([1])]
    assert chosen.label.tolist() == [int("".join(str(int(n) % 10) for n in triples[7]))]


def test_others_stay_where_they_are(device):
    class Streamed:
        def __len__(self):
            return 2

    streamed, held = Streamed(), deck(2)
    assert resident(streamed, device) is streamed
    assert resident(held, torch.device("cpu")) is held


# ---- few of them ----------------------------------------------------------------------------------------------------


def drawn(deck) -> list[int]:
    return deck[torch.arange(len(deck))].real.flatten().int().tolist()


def test_a_limit_keeps_as_many_of_each_class_by_the_seed():
    labels = torch.tensor([0] * 50 + [1] * 30 + [2] * 3)
    whole = Memory(torch.arange(83, dtype=torch.float32).view(-1, 1), labels)
    few = limited(whole, 12, seed=0)
    assert few[torch.arange(12)].label.bincount().tolist() == [5, 4, 3]  # of the last there are no more
    assert drawn(few) == drawn(limited(whole, 12, seed=0)) != drawn(limited(whole, 12, seed=1))
    assert set(drawn(limited(whole, 2, seed=0))) < set(drawn(few)) < set(drawn(limited(whole, 40, seed=0)))
    assert len(labels[drawn(limited(whole, 2, seed=0))].unique()) == 2


def test_a_limit_of_samples_without_labels_and_one_that_is_not_reached():
    whole = Memory(torch.arange(40, dtype=torch.float32).view(-1, 1))
    assert len(set(drawn(limited(whole, 7, seed=3)))) == 7
    assert limited(whole, None, seed=0) is limited(whole, 40, seed=0) is whole


# ---- parts ----------------------------------------------------------------------------------------------------------


def test_what_belongs_together_is_held_out_together():
    parts = torch.tensor([3] * 10 + [5] * 10 + [9] * 10 + [1] * 10)
    whole = Memory(torch.arange(40, dtype=torch.float32).view(-1, 1))
    train, test = (hold_out(whole, 0.2, split, parts) for split in ("train", "test"))
    assert (len(train), len(test)) == (30, 10)
    assert len(parts[test.positions].unique()) == 1
    assert sorted([*drawn(train), *drawn(test)]) == list(range(40))
    assert (len(hold_out(whole, 0.99, "train", parts)), len(hold_out(whole, 0.01, "test", parts))) == (10, 10)
    assert len(hold_out(whole, 0.0, "train", parts)) == 40
    with pytest.raises(TooFewError, match=r"data\.holdout=0 .*leaves no test split"):
        hold_out(whole, 0, "test", parts)
    with pytest.raises(TooFewError, match="all 40 samples are of one"):
        hold_out(whole, 0.2, "train", parts * 0)
