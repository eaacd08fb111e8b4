"""Whether samples are copies of training images."""

from typing import ClassVar

from torch import Tensor

from gan_runner.metrics.base import Space, nearest
from gan_runner.metrics.diversity import quantile
from gan_runner.metrics.studying import Studying, float64
from gan_runner.types import PositiveInt, Share


class Memorization(Studying):
    """How near samples come to training images, compared with held-out reals, which were never seen.

    memorization_ratio: median distance of fakes to their nearest training image over that of held-out reals; 1 is
    healthy, far below 1 is copying, above 1 fakes are off the data. memorized: share of fakes no farther than the
    `quantile` of the held-out distances, so `quantile` where all is well (`much` says from where on it is no chance).
    Distances in `space`: of features, or of pixels, where a shift by a pixel hides a copy. `closest` keeps the `pairs`
    nearest for a picture. It wants to study the training set, `training_images` of it at most; reals are held-out ones.
    A distance is one fake's, so the number of fakes makes the figures surer and not others: all are judged, by all
    held-out reals there are.

    Source: distances to training data against held-out ones: Meehan et al. 2020 (arXiv:2004.05675).
    """

    gives = ("memorization_ratio", "memorized")
    least = 2
    controlled = False  # the held-out reals are the measure
    reasons: ClassVar = {"memorization_ratio": "half of the held-out reals are training images"}

    def __init__(
        self,
        space: Space = "features",
        quantile: Share = 0.01,
        training_images: PositiveInt = 60_000,
        pairs: PositiveInt = 16,
    ) -> None:
        super().__init__(space, training_images, pairs)
        self.quantile = quantile

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        library = self.studied()
        distance, _ = self.nearest_to(fake, library)
        held_out, _ = nearest(real, library, view=float64)
        self.beside = self._read(len(real))
        return {
            "memorization_ratio": (distance.median() / held_out.median()).float(),
            "memorized": (distance <= quantile(held_out, self.quantile)).float().mean(),
        }

    def _read(self, held_out: int) -> dict[str, str]:
        """What the figures are of, and what is much, by so many held-out reals."""
        further, usual, most = f"{1 - self.quantile:.0%}", f"{self.quantile:g}", f"{much(self.quantile, held_out):.2g}"
        return {
            "memorization_ratio": (
                "distance to the nearest training image, of samples over held-out images; 1 is usual, 0 once half of "
                "the samples are copies"
            ),
            "memorized": (
                f"share of samples nearer to a training image than {further} of the held-out images are; {usual} is "
                f"usual, above {most} is more than chance: copies"
            ),
        }


def much(share: float, held_out: int) -> float:
    """The share of samples below a quantile of so many held-out distances that samples as good as these images exceed
    once in a hundred times: the quantile is the k-th of n distances, below which a share Beta(k, n + 1 - k) lies.
    """
    from scipy.special import betaincinv

    k = max(1, round(share * held_out))
    return float(betaincinv(k, held_out + 1 - k, 0.99))
