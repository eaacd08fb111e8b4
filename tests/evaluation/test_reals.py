"""What is drawn of the data: held out where it can be, disjoint where not, the same at every draw."""

import pytest
import torch

from gan_runner.data.decks import Deck, Memory
from gan_runner.data.digits import Digits
from gan_runner.data.gaussians import Gaussians
from gan_runner.evaluation.reals import TAKEN, draw, shuffled, take


def rows(images: torch.Tensor) -> set[bytes]:
    return {image.numpy().tobytes() for image in images}


def deck_rows(deck: Deck) -> set[bytes]:
    return rows(deck[torch.arange(len(deck))].real)


def test_held_out_reals_are_of_the_test_split_and_the_others_of_the_training_set():
    data = Digits(image_size=8)
    drawn = draw(data, 50, 70, seed=0)
    assert drawn.held_out
    assert [len(part) for part in (drawn.reference, drawn.training, drawn.library)] == [50, 50, 70]
    assert rows(drawn.reference) <= deck_rows(data.deck("test"))
    assert rows(drawn.library) <= deck_rows(data.deck("train"))
    assert drawn.library[:50].equal(drawn.training)  # more of the same
    assert drawn.reference.dtype == torch.uint8


def test_no_more_is_drawn_than_there_is():
    drawn = draw(Digits(image_size=8), 300, 10_000, seed=0)
    assert [len(part) for part in (drawn.reference, drawn.training, drawn.library)] == [180, 300, 1617]


def test_of_data_that_keeps_nothing_back_two_halves_of_the_training_set_are_drawn():
    data = Digits(image_size=8, holdout=0.0)
    drawn = draw(data, 1000, 0, seed=0)
    assert not drawn.held_out
    assert [len(part) for part in (drawn.reference, drawn.training, drawn.library)] == [898, 899, 0]
    assert rows(drawn.reference).isdisjoint(rows(drawn.training))


def test_a_draw_is_the_same_again_and_the_run_does_not_notice():
    data = Digits(image_size=8)
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    first, second, other = draw(data, 20, 5, seed=0), draw(data, 20, 5, seed=0), draw(data, 20, 5, seed=1)
    assert torch.rand(2).equal(expected)
    assert first.reference.equal(second.reference)
    assert first.library.equal(second.library)
    assert not first.reference.equal(other.reference)


@pytest.mark.parametrize("count", [1, TAKEN, TAKEN + 1])
def test_samples_are_taken_in_the_order_of_their_positions(count):
    deck = Memory(torch.arange(2 * TAKEN)[:, None].float(), None)
    positions = shuffled(2 * TAKEN, seed=3)
    assert sorted(positions.tolist()) == list(range(2 * TAKEN))
    assert take(deck, positions, count).real[:, 0].tolist() == positions[:count].tolist()


@pytest.mark.parametrize(("holdout", "there"), [(0.1, (180, 1617)), (0.0, (898, 899))])
def test_it_says_how_many_there_are_drawn_or_not(holdout, there):
    assert draw(Digits(image_size=8, holdout=holdout), 30, 0, seed=0).reals == there


def test_reals_are_drawn_with_their_labels():
    drawn = draw(Digits(image_size=8), 50, 0, seed=0)
    for split, images, labels in (
        ("test", drawn.reference, drawn.reference_label),
        ("train", drawn.training, drawn.training_label),
    ):
        deck = Digits(image_size=8).deck(split)
        whole = deck[torch.arange(len(deck))]
        known: dict[bytes, set[int]] = {}
        for image, label in zip(whole.real, whole.label.tolist(), strict=True):
            known.setdefault(image.numpy().tobytes(), set()).add(label)
        assert all(label in known[row.numpy().tobytes()] for row, label in zip(images, labels.tolist(), strict=True))
        assert len(labels) == 50


def test_data_without_labels_has_none():
    drawn = draw(Gaussians(num_samples=50), 20, 0, seed=0)
    assert (drawn.reference_label, drawn.training_label) == (None, None)
