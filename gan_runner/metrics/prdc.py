"""Quality and variety apart: whether fakes lie among the reals, and reals among the fakes."""

from collections.abc import Iterator

import torch
from torch import Tensor

from gan_runner.metrics.base import Measure, blocks, distances, exact
from gan_runner.types import PositiveInt

ROUNDING = 2**10
"""Units in the last place that a squared distance may be off: products of matrices sum thousands of terms."""
TOLD, LITTLE = 1.01, 2.0
"""Density of the reals themselves from which on ties are worth a sentence, and from which on they rule."""


class PRDC(Measure):
    """Precision, recall, density and coverage by balls that reach to each sample's `k`-th neighbour of its own kind.

    precision: share of fakes in some real's ball; recall: share of reals in some fake's ball (low: collapse);
    density: reals' balls that hold a fake, on average over fakes, / k (no upper end); coverage: share of reals whose
    ball holds a fake (low: collapse, and no single outlier hides it). Where the distributions agree and no distances
    are equal, density is 1 and coverage 1 − 2⁻ᵏ. All depend on how many there are, so they are judged at equal numbers.
    Of few reals a ball is about as wide as all of them: of k + 1 each holds the others, and whatever lies among them
    has precision 1.

    A sample on the edge of a ball is in it (≤), as in the first paper; the second one's package, prdc, has <. Where no
    two distances are equal the two agree to the digit. Ties part them:

    - The reals in the place of the fakes: 1, 1, (k + 1)/k, 1 here, since each lies in its own ball; density 1 there.
      So do all fakes that copy a real; `beside` says how many do.
    - A real that equals k others or more has a ball of radius 0. Here it holds what equals them, there nothing: fakes
      that copy such reals have precision 1 here, 0 there.
    - With duplicates among the reals, or features of few values, a ball holds more than its k neighbours: all four
      figures are higher than k says, and density is above 1 also where the distributions agree (of 180 samples of four
      features of three values 2.64, where the package finds .37). A generator that makes one duplicated image again and
      again gets the number of its copies over k. `remark` says how many reals have such balls, and what density the
      reals have among themselves, each beside the others: samples as good as they are have about that.

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
        centre, real_reach, self.remark = self.of_reals(real, self._balls)
        fake_reach = reach(fake, self.k, centre)
        held = torch.zeros(len(fake), device=fake.device)  # by how many reals' balls each fake is held
        copies = torch.zeros(len(fake), dtype=torch.bool, device=fake.device)
        among_fakes, covered = [], []
        for part, radius in zip(blocks(real), blocks(real_reach), strict=True):
            part = exact(part) - centre
            reached = torch.zeros(2, len(part), dtype=torch.bool, device=part.device)
            views = zip(blocks(fake), blocks(fake_reach), blocks(held), blocks(copies), strict=True)
            for other, far, count, copied in views:
                distance, slack = squared(part, exact(other) - centre)  # (n, m)
                inside = distance <= radius[:, None] + slack
                count += inside.sum(0)  # a view of `held`
                copied |= (distance <= slack).any(0)
                reached |= torch.stack([inside.any(1), (distance <= slack.add_(far)).any(1)])
            covered.append(reached[0])
            among_fakes.append(reached[1])
        self.beside = self._of_copies(int(copies.sum()), len(fake))
        return {
            "precision": (held > 0).float().mean(),
            "recall": torch.cat(among_fakes).float().mean(),
            "density": held.mean() / self.k,
            "coverage": torch.cat(covered).float().mean(),
        }

    def _of_copies(self, copies: int, fakes: int) -> dict[str, str]:
        if not copies:
            return {}
        return {"density": f"{copies} of {fakes} samples equal a real, and lie in the ball of that one too"}

    def _balls(self, real: Tensor) -> tuple[Tensor, Tensor, str | None]:
        """The centre of the reals (F,), how far their balls reach (N,), and what must be known of ties."""
        centre = torch.stack([exact(part).sum(0) for part in blocks(real)]).sum(0) / len(real)
        far, beyond = reaches(real, self.k, centre)
        size = torch.cat([(exact(part) - centre).square().sum(1) for part in blocks(real)])
        slack = ROUNDING * torch.finfo(size.dtype).eps * 2 * size
        twins, tied = far <= slack, beyond - far <= slack
        return centre, far, self._of_ties(real, centre, far, int(twins.sum()), int((twins | tied).sum()))

    def _of_ties(self, real: Tensor, centre: Tensor, far: Tensor, twins: int, tied: int) -> str | None:
        if not tied:
            return None
        density = others_inside(real, far, centre) / self.k
        if not twins and density < TOLD:
            return None
        which = f"{tied} of {len(real)} reals have neighbours at equal distances on the edge of their balls"
        if twins:
            which = f"{twins} of {len(real)} reals equal {self.k} others or more"
        little = ", and all four figures say little" if density >= LITTLE else ""
        return (
            f"{which}: metrics.prdc counts what lies on an edge as inside, so that density is about {density:.3g} also "
            f"where samples are as the reals{little}"
        )


def squared(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Squared distances (N, F), (M, F) to (N, M), and how much of each may be rounding."""
    slack = a.square().sum(1)[:, None] + b.square().sum(1)
    return distances(a, b).square(), ROUNDING * torch.finfo(a.dtype).eps * slack


def reach(samples: Tensor, k: int, centre: Tensor | float = 0.0) -> Tensor:
    """The squared distance of each sample (N, F) to its k-th nearest other one, (N,).

    centre (F,): large numbers of one size would leave distances few digits, so it is taken off.
    """
    found = [least.amax(dim=1).square() for least in closest(samples, k + 1, centre)]
    return torch.cat(found)  # the nearest of all is the sample itself


def reaches(samples: Tensor, k: int, centre: Tensor | float = 0.0) -> tuple[Tensor, Tensor]:
    """As `reach`, and the same of the one after that, (N,) and (N,); infinite where there is none."""
    found = torch.cat([least.sort(dim=1).values.square() for least in closest(samples, k + 2, centre)])
    return found[:, k], found[:, k + 1] if found.shape[1] > k + 1 else torch.full_like(found[:, k], torch.inf)


def others_inside(samples: Tensor, far: Tensor, centre: Tensor) -> float:
    """How many other samples the ball of each (N, F) holds on average, edge included; far (N,): squared radii."""
    held = 0
    for part, radius in zip(blocks(samples), blocks(far), strict=True):
        for other in blocks(samples):
            distance, slack = squared(exact(part) - centre, exact(other) - centre)
            held += int((distance <= radius[:, None] + slack).sum())
    return held / len(samples) - 1  # itself


def closest(samples: Tensor, count: int, centre: Tensor | float) -> Iterator[Tensor]:
    """Of blocks of samples (N, F), the distances (n, count) to the nearest of all, themselves included, in no order."""
    for part in blocks(samples):
        part = exact(part) - centre
        least = torch.empty(len(part), 0, dtype=part.dtype, device=part.device)
        for other in blocks(samples):
            least = torch.cat([least, smallest(distances(part, exact(other) - centre), count)], dim=1)
            least = smallest(least, count)
        yield least


def smallest(values: Tensor, count: int) -> Tensor:
    """Of each row (N, M), min(count, M) of them, in no order."""
    return values.topk(min(count, values.shape[1]), dim=1, largest=False, sorted=False).values
