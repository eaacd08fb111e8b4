"""How different samples are from each other, compared with the reals: variety without labels."""

from typing import ClassVar

import torch
from torch import Tensor

from gan_runner.metrics.base import Measure, blocks, distances, exact, nearest
from gan_runner.types import Share


class Diversity(Measure):
    """Distances among fakes over those among as many reals; 1 where fakes vary as the reals do, 0 under collapse.

    diversity: ratio of the mean distances of pairs; diversity_nearest: ratio of the mean distances to the nearest
    other sample, which sees many small clusters where the first does not; duplicates: share of fakes whose nearest
    other fake is no farther than the `quantile` of those distances among reals, so `quantile` where all is well (of
    reals that have equal twins themselves that is distance 0, and more than `quantile` have one). Among more samples
    the nearest is nearer: all are judged at equal numbers.
    Source: duplicates as the sign of a small support: Arora & Zhang 2017 (arXiv:1706.08224); the ratios are ours.
    """

    needs = "features"
    gives = ("diversity", "diversity_nearest", "duplicates")
    least = 2
    reasons: ClassVar = {
        "diversity": "the reals are all alike",
        "diversity_nearest": "each of the reals has another one that equals it",
    }

    def __init__(self, quantile: Share = 0.01) -> None:
        super().__init__()
        self.quantile = quantile

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        count = min(len(real), len(fake))
        real_mean, real_nearest = self.of_reals(real if len(real) == count else real[:count], spread)
        mean, fake_nearest = spread(fake[:count])
        return {
            "diversity": (mean / real_mean).float(),
            "diversity_nearest": (fake_nearest.mean() / real_nearest.mean()).float(),
            "duplicates": (fake_nearest <= quantile(real_nearest, self.quantile)).float().mean(),
        }


def spread(samples: Tensor) -> tuple[Tensor, Tensor]:
    """The mean distance of pairs, and that of each sample to its nearest (N,)."""
    samples = exact(samples)
    return mean_distance(samples), nearest(samples, samples, itself=True)[0]


def mean_distance(samples: Tensor) -> Tensor:
    """Over all pairs of different samples (N, F)."""
    parts = blocks(samples)
    total = torch.stack([distances(part, other).sum() for part in parts for other in parts]).sum()
    return total / (len(samples) * (len(samples) - 1))


def quantile(values: Tensor, share: float) -> Tensor:
    """The largest of the smallest `share` of the values; torch.quantile has a limit to their number."""
    return values.kthvalue(max(1, round(share * len(values)))).values
