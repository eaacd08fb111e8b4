"""Whether samples are new, or nearer to a training image than training images are to each other."""

from typing import ClassVar

import torch
from torch import Tensor

from gan_runner.metrics.base import Closest, Measure, Space, heap, nearest, nearest_others
from gan_runner.metrics.memorization import float64
from gan_runner.types import PositiveInt


class Authenticity(Measure):
    """Share of samples that are authentic: farther from their nearest training image than that is from its nearest
    other training image.

    With held-out reals in the place of the samples it is the control, which says what is usual: about ½ where training
    images are as near to each other as to unseen ones. Far below it are copies; above it are samples off the data, too.
    Neither is sure, since a mode that has shrunk looks like copying: look at the pairs. `closest` keeps the `pairs`
    nearest for a picture. Distances in `space`: of features, or of pixels. A sample at exactly that distance is not
    authentic, so a copy never is; a training image with an equal twin is at distance 0 from it, and whatever does not
    equal such images is authentic beside them: `remark` says how many the training set has, where samples came near
    them. One training image alone has no other: NaN. It studies `training_images` of the training set at most, among
    fewer of which neighbours are farther.
    Source: Alaa et al. 2022 (arXiv:2102.08921); of every sample, as in dgm-eval.
    """

    gives = ("authentic",)
    numbers = "any"
    compares = False
    reasons: ClassVar = {"authentic": "there is one training image, and no other beside it"}
    library: list[Tensor]

    def __init__(
        self, space: Space = "features", training_images: PositiveInt = 60_000, pairs: PositiveInt = 16
    ) -> None:
        super().__init__()
        self.needs = "features" if space == "features" else "images"
        self.training_images, self.pairs = training_images, pairs
        self.add_state("library", [], dist_reduce_fx="cat")

    def study(self, training: Tensor, label: Tensor | None = None) -> None:
        self.library.append(training)

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        library = heap(self.library)
        if not len(library):
            raise ValueError("metrics.authenticity compares with training images, and has studied none")
        distance, index = nearest(fake, library, view=float64)
        self.closest = Closest.of(distance, index, self.pairs)
        beside, place = index.unique(return_inverse=True)
        apart = nearest_others(library, beside, view=float64)
        self.remark = twins(int((apart == 0).sum()), len(beside))
        share = (distance > apart[place]).float().mean()
        return {"authentic": share if len(library) > 1 else share * torch.nan}


def twins(count: int, among: int) -> str | None:
    """What is said of so many nearest training images that equal another one."""
    if not count:
        return None
    return (
        f"{count} of the {among} training images that are nearest to samples equal another one: metrics.authenticity "
        "takes whatever does not equal these for authentic"
    )
