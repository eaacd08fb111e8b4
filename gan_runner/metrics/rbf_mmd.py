"""The distance between two clouds of features by a Gaussian kernel."""

import torch
from torch import Tensor

from gan_runner.metrics.base import Measure, blocks, distances, exact
from gan_runner.types import Positive

MEDIAN_OF = 2000
"""Reals among whose distances the median is sought: two million pairs tell it to a thousandth."""


class RbfMMD(Measure):
    """MMD² under k(x, y) = exp(−|x − y|² / 2σ²), times `scale`; it sees every difference of the distributions.

    MMD² = mean k(xᵢ, xⱼ) + mean k(yᵢ, yⱼ) − 2 mean k(xᵢ, yⱼ), the first two means over i ≠ j: unbiased, 0 in
    expectation where the distributions agree, below 0 by chance. Equal sets in one order are at −2 (1 − mean k) / N.
    `biased` takes i = j in (a V-statistic): 0 for equal sets, never below, and above 0 by 1/N each for samples of one
    distribution. σ is `bandwidth`; null: the median of the distances between 2,000 of the reals, so the same
    whatever is compared with them. Where half of those are 0 there is none, and the figure is NaN. The value depends on
    σ, which is said beside it: figures of different σ do not compare. unit_length: features are scaled to length 1
    first (zeros stay zeros). Judged at equal numbers.
    Source: Gretton et al. 2012, eq. 3 and 5, and §8 on the median (JMLR 13).
    """

    needs = "features"
    gives: tuple[str, ...] = ("rbf_mmd",)
    least = 2

    def __init__(
        self, bandwidth: Positive | None = None, scale: Positive = 1.0, biased: bool = False, unit_length: bool = False
    ) -> None:
        super().__init__()
        self.bandwidth, self.scale, self.biased, self.unit_length = bandwidth, scale, biased, unit_length

    def reason(self, scalar: str) -> str | None:
        if self.bandwidth is not None:
            return None
        return (
            "half of the pairs of reals are equal, so that their median distance is no bandwidth; set one, "
            "metrics.rbf_mmd.bandwidth=1 say"
        )

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        count = min(len(real), len(fake))
        x, sigma, within = self.of_reals(real if len(real) == count else real[:count], self._known_of)
        (name,) = self.gives
        if self.bandwidth is None:
            self.beside = {name: f"σ {sigma:.4g}, the median distance between reals"}
        if not sigma > 0:
            return {name: torch.tensor(torch.nan)}
        y = self._seen(fake[:count])
        among = mean_kernel(y, y, sigma, same=True, whole=self.biased)
        return {name: (self.scale * (within + among - 2 * mean_kernel(x, y, sigma))).float()}

    def _known_of(self, real: Tensor) -> tuple[Tensor, float, Tensor]:
        """Reals as they are compared, σ, and the mean kernel among them."""
        x = self._seen(real)
        sigma = median_distance(x) if self.bandwidth is None else self.bandwidth
        within = mean_kernel(x, x, sigma, same=True, whole=self.biased) if sigma > 0 else torch.tensor(torch.nan)
        return x, sigma, within

    def _seen(self, samples: Tensor) -> Tensor:
        samples = exact(samples)
        return torch.nn.functional.normalize(samples, dim=1) if self.unit_length else samples


def median_distance(samples: Tensor) -> float:
    """Between pairs of the first MEDIAN_OF of (N, F)."""
    found = torch.nn.functional.pdist(samples[:MEDIAN_OF].contiguous())
    return float(found.kthvalue(max(1, (len(found) + 1) // 2)).values)


def mean_kernel(a: Tensor, b: Tensor, sigma: float, same: bool = False, whole: bool = True) -> Tensor:
    """The mean of k over all pairs of (N, F) and (M, F). same: b is a; then, unless `whole`, of different ones."""
    centre = a.mean(0)  # large numbers of one size would leave distances few digits
    sums = []
    for i, part in enumerate(blocks(a)):
        for j, other in enumerate(blocks(b)):
            kernel = distances(part - centre, other - centre).square_().div_(-2 * sigma**2).exp_()
            if same and i == j:
                kernel.fill_diagonal_(1.0)
            sums.append(kernel.sum())
    total = torch.stack(sums).sum()
    if same and not whole:
        return (total - len(a)) / (len(a) * (len(a) - 1))
    return total / (len(a) * len(b))
