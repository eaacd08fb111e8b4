"""Scores are asked batch by batch and ranked as they are."""

from itertools import product

import pytest
import torch

from gan_runner.data.decks import Memory
from gan_runner.metrics import oddness
from gan_runner.metrics.oddness import NotFiniteScoresError, auroc, finite, scored
from gan_runner.types import Batch

CPU = torch.device("cpu")


@pytest.fixture
def deck() -> Memory:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (20, 1, 4, 4), dtype=torch.uint8, generator=generator)
    return Memory(images, torch.arange(20) % 3)


def test_each_image_is_asked_about_once_in_order_and_without_its_label(
    deck: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oddness, "AT_ONCE", 16 * 6)
    sizes: list[int] = []

    def answer(batch: Batch) -> dict[str, torch.Tensor]:
        assert batch.label is None
        assert batch.real.dtype == torch.float32
        sizes.append(len(batch.real))
        return {"sum": batch.real.flatten(1).double().sum(1), "first": batch.real[:, 0, 0, 0]}

    at = torch.tensor([7, *range(12), 3])
    found = scored(answer, deck, at, CPU)
    assert sizes == [6, 6, 2]
    assert {values.dtype for values in found.values()} == {torch.float32}
    first = deck.images[at][:, 0, 0, 0].float() / 127.5 - 1
    torch.testing.assert_close(found["first"], first)


def test_a_score_that_is_no_number_is_refused_by_name() -> None:
    assert finite("elbo", torch.ones(3)).tolist() == [1, 1, 1]
    with pytest.raises(NotFiniteScoresError, match="the score elbo is not finite for 2 of 4 images"):
        finite("elbo", torch.tensor([1.0, torch.nan, torch.inf, 2.0]))


def test_a_score_of_another_shape_is_refused(deck: Memory) -> None:
    with pytest.raises(ValueError, match=r"the score mean has shape \(\) of 20 images"):
        scored(lambda batch: {"mean": batch.real.mean()}, deck, torch.arange(20), CPU)


def by_pairs(scores: torch.Tensor, odd: torch.Tensor) -> float:
    pairs = [(a > b) + 0.5 * (a == b) for a, b in product(scores[odd].tolist(), scores[~odd].tolist())]
    return sum(pairs) / len(pairs)


def test_it_is_the_share_of_pairs_in_the_right_order() -> None:
    generator = torch.Generator().manual_seed(0)
    odd = torch.arange(40) % 4 == 0
    scores = torch.randint(0, 6, (40,), generator=generator).float() + odd  # with ties
    assert auroc(scores, odd) == pytest.approx(by_pairs(scores, odd))
    assert auroc(-scores, odd) == pytest.approx(1 - auroc(scores, odd))
    assert auroc(torch.zeros(40), odd) == 0.5
    assert auroc(odd.float(), odd) == 1.0


def test_scores_of_hundreds_of_nats_are_neither_clipped_nor_squashed() -> None:
    odd = torch.arange(200) % 10 == 0
    scores = 500 + torch.linspace(0, 1, 200) + 0.3 * odd
    assert auroc(scores, odd) == pytest.approx(by_pairs(scores, odd))
    assert 0.5 < auroc(scores, odd) < 1
