"""How odd images are: what gives scores is asked batch by batch, and how well they tell odd images from normal ones."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from gan_runner.data.decks import Deck
from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.base import Answer
from gan_runner.types import Batch

AT_ONCE = 2**19
"""Values of images that are scored at a time: training has the memory."""


class NotFiniteScoresError(ValueError):
    """A score that is no number ranks nothing."""


def scored(
    answer: Answer, deck: Deck, positions: Tensor, device: torch.device, labelled: bool = False
) -> dict[str, Tensor]:
    """The scores (N,) of the samples at positions (N,), float32 on the processor, as the answer gives them.

    labelled: the answer is told the labels. Raises NotFiniteScoresError, naming the score and how many are not finite.
    """
    found: dict[str, list[Tensor]] = {}
    for batch in batches(deck, positions, labelled):
        for name, values in answer(batch.to(device)).items():
            if values.shape != (len(batch.real),):
                raise ValueError(f"the score {name} has shape {tuple(values.shape)} of {len(batch.real)} images")
            found.setdefault(name, []).append(values.detach().float().cpu())
    return {name: finite(name, torch.cat(parts)) for name, parts in found.items()}


def batches(deck: Deck, positions: Tensor, labelled: bool = False) -> Iterator[Batch]:
    """Images in [-1, 1] at positions (N,), in their order; without labels, which nobody knows of an odd image."""
    one = deck[positions[:1]].real
    for part in positions.split(max(1, AT_ONCE // math.prod(one.shape[1:]))):
        batch = deck[part]
        source = None if batch.source is None else to_unit_range(batch.source)
        yield Batch(to_unit_range(batch.real), batch.label if labelled else None, source)


def finite(name: str, scores: Tensor) -> Tensor:
    """The scores, if all are numbers. Raises NotFiniteScoresError."""
    lost = int((~scores.isfinite()).sum())
    if lost:
        raise NotFiniteScoresError(f"the score {name} is not finite for {lost} of {len(scores)} images")
    return scores


def auroc(scores: Tensor, odd: Tensor) -> float:
    """The share of pairs of an odd and a normal image in which the odd one has the larger score, ties by half.

    scores (N,) finite, odd (N,) bool with both values in it: the odd images are the positive ones, whatever their
    labels are called. The scores are ranked as they are: neither clipped nor scaled.
    Source: Hanley & McNeil 1982, The meaning and use of the area under a ROC curve.
    """
    from sklearn.metrics import roc_auc_score  # slow to import, needed here only

    return float(roc_auc_score(odd.int().numpy(), scores.double().numpy()))
