"""Count the modes of a mixture whose centres are known."""

from typing import ClassVar

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.metrics.base import Measure
from gan_runner.types import Positive


class Modes(Measure):
    """How many of K known modes the points fall on, how many points do, and how evenly.

    A point is of high quality within `threshold` · σ of its nearest centre (2D Gaussians themselves: 98.9 % at 3); of
    modes that are not round distances count in their σ along each axis.
    modes_covered: centres with a point of high quality; modes_high_quality: share of such points; modes_kl: of their
    shares p over the modes from the uniform, Σ p log(K p) = log K − H(p) in nats, NaN where no point has quality;
    modes_overlap: Σ_k min(q_k, 1/K) of the shares q of all points, 1 − the total variation between where points fall
    and where they should: 1 when every point has quality and every mode its share.
    Customary with 2,500 points. More points reach more modes, and more evenly, also by chance: they are judged at the
    number of held-out reals, which are their control and not what they are compared with.
    Source: Srivastava et al. 2017, VEEGAN, §4 (arXiv:1705.07761); Lin et al. 2018, PacGAN, §4.1 (arXiv:1712.04086).
    """

    needs = "points"
    gives = ("modes_covered", "modes_high_quality", "modes_kl", "modes_overlap")
    compares = False
    reasons: ClassVar = {"modes_kl": "no point is on a mode"}

    def __init__(self, threshold: Positive = 3.0) -> None:
        super().__init__()
        self.threshold = threshold
        self.centres = torch.empty(0, 0)
        self.sigma: float | Tensor = 0.0

    def meet(self, data: DataFamily) -> None:
        """Raises ValueError for data without centres."""
        centres, sigma = getattr(data, "centres", None), getattr(data, "sigma", None)
        if centres is None or sigma is None:
            raise ValueError(
                f"metrics.modes counts the modes of a mixture with known centres, which {type(data).__name__} is not: "
                "set data=ring or data=grid, or leave metrics.modes out"
            )
        self.centres, self.sigma = centres, sigma

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        # Subtracted, not multiplied out: what is asked for are distances of σ between points that lie far from 0.
        away, sigma = fake[:, None] - self.centres.to(fake), self.sigma
        if isinstance(sigma, Tensor):  # (K, F)
            away, sigma = away / sigma.to(fake), 1.0
        distance, mode = away.norm(dim=2).min(dim=1)
        close = distance < self.threshold * sigma
        self.assigned, self.modes = torch.where(close, mode, -1), len(self.centres)
        counts = mode[close].bincount(minlength=len(self.centres))
        return {
            "modes_covered": (counts > 0).sum(),
            "modes_high_quality": close.float().mean(),
            "modes_kl": kl_to_uniform(counts),
            "modes_overlap": (counts / len(fake)).clamp_max(1 / len(counts)).sum(),
        }


def kl_to_uniform(counts: Tensor) -> Tensor:
    """Σ p log(K p) over the bins that are not empty, in nats; counts (K,). NaN where all are empty."""
    share = counts.double() / counts.sum()
    return torch.where(counts > 0, share * (len(counts) * share).log(), share).sum().float()
