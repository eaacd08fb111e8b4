"""Quality and variety apart: whether fakes lie among the reals, and reals among the fakes."""

import torch
from torch import Tensor

from gan_runner.metrics.base import Measure, blocks, distances, exact
from gan_runner.types import PositiveInt

ROUNDING = 2**10
"""Units in the last place that a squared distance may be off: products of matrices sum thousands of terms."""


class PRDC(Measure):
    """Precision, recall, density and coverage by balls that reach to each sample's `k`-th neighbour of its own kind.

    precision: share of fakes in some real's ball; recall: share of reals in some fake's ball (low: collapse);
    density: reals' balls that hold a fake, on average over fakes, / k (1 where the distributions agree, no upper end);
    coverage: share of reals whose ball holds a fake (low: collapse, and no single outlier hides it; 1 − 2⁻ᵏ where the
    distributions agree). All depend on how many there are, so they are judged at equal numbers.

    A sample on the edge of a ball is in it (≤), as in the first paper; the second one's package, prdc, has <. Where no
    two distances are equal the two agree to the digit. Ties part them:

    - The reals in the place of the fakes: 1, 1, (k + 1)/k, 1 here, since each lies in its own ball; density 1 there.
    - A real that equals k others or more has a ball of radius 0. Here it holds what equals them, there nothing: fakes
      that copy such reals have precision 1 here, 0 there.
    - So with duplicates among the reals, or features of few values, density is above 1 also where the distributions
      agree, and a generator that makes one duplicated image again and again gets the number of its copies over k.
      Where reals have such balls, `remark` says how many.

    Distances that differ by rounding alone are equal.
    Source: Kynkäänniemi et al. 2019, eq. 1-2 (arXiv:1904.06991); Naeem et al. 2020, §3 (arXiv:2002.09797).
    """

    needs = "features"
    gives = ("precision", "recall", "density", "coverage")

    def __init__(self, k: PositiveInt = 5) -> None:
        super().__init__()
        self.k, self.least = k, k + 1

    def lower(self, count: int) -> str | None:
        return f"metrics.prdc.k={count - 1}" if count > 1 else None

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        centre, real_reach = self.of_reals(real, self._balls)
        fake_reach = reach(fake, self.k, centre)
        self.remark = self._of_twins(real, centre, real_reach)
        held = torch.zeros(len(fake), device=fake.device)  # by how many reals' balls each fake is held
        among_fakes, covered = [], []
        for part, radius in zip(blocks(real), blocks(real_reach), strict=True):
            part = exact(part) - centre
            reached = torch.zeros(2, len(part), dtype=torch.bool, device=part.device)
            for other, far, count in zip(blocks(fake), blocks(fake_reach), blocks(held), strict=True):
                distance, slack = squared(part, exact(other) - centre)  # (n, m)
                inside = distance <= radius[:, None] + slack
                count += inside.sum(0)  # a view of `held`
                reached |= torch.stack([inside.any(1), (distance <= slack.add_(far)).any(1)])
            covered.append(reached[0])
            among_fakes.append(reached[1])
        return {
            "precision": (held > 0).float().mean(),
            "recall": torch.cat(among_fakes).float().mean(),
            "density": held.mean() / self.k,
            "coverage": torch.cat(covered).float().mean(),
        }

    def _balls(self, real: Tensor) -> tuple[Tensor, Tensor]:
        """The centre of the reals (F,), and how far their balls reach (N,)."""
        centre = torch.stack([exact(part).sum(0) for part in blocks(real)]).sum(0) / len(real)
        return centre, reach(real, self.k, centre)

    def _of_twins(self, real: Tensor, centre: Tensor, reach: Tensor) -> str | None:
        size = torch.cat([(exact(part) - centre).square().sum(1) for part in blocks(real)])
        slack = ROUNDING * torch.finfo(size.dtype).eps * 2 * size
        if twins := int((reach <= slack).sum()):
            return (
                f"{twins} of {len(real)} reals equal {self.k} others or more: metrics.prdc counts what equals them as "
                "inside their balls, and density is above 1 also where samples are as the reals"
            )
        return None


def squared(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Squared distances (N, F), (M, F) to (N, M), and how much of each may be rounding."""
    slack = a.square().sum(1)[:, None] + b.square().sum(1)
    return distances(a, b).square(), ROUNDING * torch.finfo(a.dtype).eps * slack


def reach(samples: Tensor, k: int, centre: Tensor | float = 0.0) -> Tensor:
    """The squared distance of each sample (N, F) to its k-th nearest other one, (N,).

    centre (F,): large numbers of one size would leave distances few digits, so it is taken off.
    """
    found = []
    for part in blocks(samples):
        part = exact(part) - centre
        least = torch.empty(len(part), 0, dtype=part.dtype, device=part.device)
        for other in blocks(samples):
            closest = distances(part, exact(other) - centre)
            least = torch.cat([least, smallest(closest, k + 1)], dim=1)
            least = smallest(least, k + 1)
        found.append(least.amax(dim=1).square())  # the nearest of all is the sample itself
    return torch.cat(found)


def smallest(values: Tensor, count: int) -> Tensor:
    """Of each row (N, M), min(count, M) of them, in no order."""
    return values.topk(min(count, values.shape[1]), dim=1, largest=False, sorted=False).values
