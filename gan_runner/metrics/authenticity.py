"""Whether samples are new, or nearer to a training image than training images are to each other."""

from typing import ClassVar

import torch
from torch import Tensor

from gan_runner.metrics.base import nearest_others
from gan_runner.metrics.studying import Studying, float64


class Authenticity(Studying):
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
    compares = False
    reasons: ClassVar = {"authentic": "there is one training image, and no other beside it"}

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        library = self.studied()
        distance, index = self.nearest_to(fake, library)
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
