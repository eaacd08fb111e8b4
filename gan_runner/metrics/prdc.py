"""Quality and variety apart: whether fakes lie among the reals, and reals among the fakes."""

import torch
from torch import Tensor

from gan_runner.data.decks import TooFewError
from gan_runner.metrics.base import Measure, distances, exact, rows
from gan_runner.types import PositiveInt


class PRDC(Measure):
    """Precision, recall, density and coverage by balls that reach to each sample's `k`-th neighbour of its own kind.

    precision: share of fakes in some real's ball; recall: share of reals in some fake's ball (low: collapse);
    density: reals' balls that hold a fake, on average over fakes, / k (1 where the distributions agree, no upper end);
    coverage: share of reals whose ball holds a fake (low: collapse, and no single outlier hides it).
    Source: Kynkäänniemi et al. 2019, eq. 1-2 (arXiv:1904.06991); Naeem et al. 2020, §3 (arXiv:2002.09797).
    """

    needs = "features"
    gives = ("precision", "recall", "density", "coverage")

    def __init__(self, k: PositiveInt = 5) -> None:
        super().__init__()
        self.k = k

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        if min(len(real), len(fake)) <= self.k:
            raise TooFewError(
                f"metrics.prdc.k={self.k} needs more than {self.k} samples, and there are {len(real)} reals and "
                f"{len(fake)} fakes: judge more samples, or lower metrics.prdc.k"
            )
        real, fake = exact(real), exact(fake)
        real_radius, fake_radius = radii(real, self.k), radii(fake, self.k)
        held = torch.zeros(len(fake), device=fake.device)  # by how many reals' balls each fake is held
        among_fakes, covered = [], []
        for part, radius in zip(real.split(step := rows(real, fake)), real_radius.split(step), strict=True):
            distance = distances(part, fake)  # (n, M)
            inside = distance <= radius[:, None]
            held += inside.sum(0)
            covered.append(inside.any(1))
            among_fakes.append((distance <= fake_radius).any(1))
        return {
            "precision": (held > 0).float().mean(),
            "recall": torch.cat(among_fakes).float().mean(),
            "density": held.mean() / self.k,
            "coverage": torch.cat(covered).float().mean(),
        }


def radii(samples: Tensor, k: int) -> Tensor:
    """The distance of each sample (N, F) to its k-th nearest other one, (N,)."""
    parts = samples.split(rows(samples, samples))
    # The nearest of all is the sample itself.
    return torch.cat([distances(part, samples).kthvalue(k + 1, dim=1).values for part in parts])
