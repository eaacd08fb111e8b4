"""The distance between two clouds of features by a kernel, without the bias of few samples."""

from typing import ClassVar

import torch
from torch import Tensor

from gan_runner.metrics.base import Measure
from gan_runner.types import AtLeastTwo, NaturalInt


class KID(Measure):
    """Kernel distance: the unbiased estimate of MMD² under k(x, y) = (xᵀy / F + 1)³, over random subsets.

    MMD² = mean_{i≠j} k(xᵢ, xⱼ) + mean_{i≠j} k(yᵢ, yⱼ) − 2 mean k(xᵢ, yⱼ): 0 in expectation where the distributions
    agree, and below 0 by chance. kid is its mean over `subsets` pairs of subsets of `subset_size` samples (all reals,
    where there are fewer), kid_std the standard deviation over them. Fakes and reals come in subsets of one size, so
    there is no more to make equal: kid does not depend on the number, kid_std on that size alone. Where a subset is
    all the reals, kid_std knows the chance among fakes alone; where it is all the fakes too there is only one.
    `seed` draws the subsets.
    Source: Bińkowski et al. 2018, §4 (arXiv:1801.01401).
    """

    needs = "features"
    gives = ("kid", "kid_std")
    numbers = "its own"
    least = 2
    reasons: ClassVar = {
        "kid_std": "there is one subset: metrics.kid.subset_size is no less than the samples there are"
    }

    def __init__(
        self,
        subsets: AtLeastTwo = 100,
        subset_size: AtLeastTwo = 1000,
        seed: NaturalInt = 0,
    ) -> None:
        super().__init__()
        self.subsets, self.subset_size, self.seed = subsets, subset_size, seed

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(self.seed)
        size = min(self.subset_size, len(real), len(fake))

        def subset(samples: Tensor) -> Tensor:
            return samples[torch.randperm(len(samples), generator=generator)[:size].to(samples.device)].float()

        count = self.subsets if max(len(real), len(fake)) > size else 1
        values = torch.stack([mmd2(subset(real), subset(fake)) for _ in range(count)])
        return {"kid": values.mean(), "kid_std": values.std() if count > 1 else values.new_tensor(torch.nan)}


def mmd2(x: Tensor, y: Tensor) -> Tensor:
    """Unbiased, of two sets (n, F)."""
    n, own = len(x), [kernel(z, z) for z in (x, y)]
    within = [(k.sum() - k.diagonal().sum()) / (n * (n - 1)) for k in own]
    return (within[0] + within[1] - 2 * kernel(x, y).mean()).float()


def kernel(x: Tensor, y: Tensor) -> Tensor:
    """(n, m), summed in float64 since what remains of it is a small difference."""
    return (x @ y.T / x.shape[1] + 1).pow(3).to(torch.float32 if x.device.type == "mps" else torch.float64)
