"""Whether samples are copies of training images."""

from typing import ClassVar

import torch
from torch import Tensor

from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.base import Closest, Measure, Space, distances, exact, heap, rows
from gan_runner.metrics.diversity import quantile
from gan_runner.types import PositiveInt, Share

PART = 4096
"""The most images that are float64 at a time."""


class Memorization(Measure):
    """How near samples come to training images, compared with held-out reals, which were never seen.

    memorization_ratio: median distance of fakes to their nearest training image over that of held-out reals; 1 is
    healthy, far below 1 is copying, above 1 fakes are off the data. memorized: share of fakes no farther than the
    `quantile` of the held-out distances, so `quantile` where all is well. Distances in `space`: of features, or of
    pixels, where a shift by a pixel hides a copy. `closest` keeps the `pairs` nearest for a picture. It wants to
    study the training set, `training_images` of it at most; reals are held-out ones. A distance is one fake's, so the
    number of fakes makes the figures surer and not others: all are judged, by all held-out reals there are.

    Source: distances to training data against held-out ones: Meehan et al. 2020 (arXiv:2004.05675).
    """

    gives = ("memorization_ratio", "memorized")
    numbers = "any"
    least = 2
    controlled = False  # the held-out reals are the measure
    reasons: ClassVar = {"memorization_ratio": "half of the held-out reals are training images"}
    library: list[Tensor]

    def __init__(
        self,
        space: Space = "features",
        quantile: Share = 0.01,
        training_images: PositiveInt = 60_000,
        pairs: PositiveInt = 16,
    ) -> None:
        super().__init__()
        self.needs = "features" if space == "features" else "images"
        self.quantile, self.training_images, self.pairs = quantile, training_images, pairs
        self.add_state("library", [], dist_reduce_fx="cat")

    def study(self, training: Tensor, label: Tensor | None = None) -> None:
        self.library.append(training)

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        library = heap(self.library)
        if not len(library):
            raise ValueError("metrics.memorization compares with training images, and has studied none")
        distance, index = nearest_of_bytes(fake, library)
        held_out, _ = nearest_of_bytes(real, library)
        order = distance.argsort()[: self.pairs]
        self.closest = Closest(order, index[order], distance[order])
        return {
            "memorization_ratio": (distance.median() / held_out.median()).float(),
            "memorized": (distance <= quantile(held_out, self.quantile)).float().mean(),
        }


def nearest_of_bytes(a: Tensor, library: Tensor) -> tuple[Tensor, Tensor]:
    """`base.nearest` for samples that may be bytes: the library, which may be large, becomes float64 in parts only."""
    a = exact(to_unit_range(a))
    best = torch.full((len(a),), torch.inf, dtype=a.dtype, device=a.device)
    index = torch.zeros(len(a), dtype=torch.long, device=a.device)
    step = min(rows(library, a), PART)
    for start in range(0, len(library), step):
        part = exact(to_unit_range(library[start : start + step]))
        distance, place = distances(a, part).min(dim=1)
        index = torch.where(distance < best, start + place, index)
        best = torch.minimum(distance, best)
    found = [
        (x - exact(to_unit_range(library[i]))).norm(dim=1)
        for x, i in zip(a.split(PART), index.split(PART), strict=True)
    ]
    return torch.cat(found), index  # to the bit, where the products are not
