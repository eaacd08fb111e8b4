"""The distance between two clouds of features by a kernel, without the bias of few samples."""

import torch
from torch import Tensor

from gan_runner.metrics.base import Measure
from gan_runner.types import AtLeastTwo, NaturalInt


class KID(Measure):
    """Kernel distance: the unbiased estimate of MMD² under k(x, y) = (xᵀy / F + 1)³, over random subsets.

    MMD² = mean_{i≠j} k(xᵢ, xⱼ) + mean_{i≠j} k(yᵢ, yⱼ) − 2 mean k(xᵢ, yⱼ): 0 in expectation where the distributions
    agree, and below 0 by chance; below it, too, where the fakes are the reals themselves, since each then meets itself
    among the others alone. kid is its mean over `subsets` pairs of subsets of `subset_size` samples (half of the
    reals, where there are no more than that), kid_std the standard deviation over them. Reals and fakes come in subsets
    of one size, so nothing is left to make equal: kid depends on no number of samples, kid_std on that size alone.
    `seed` draws the subsets.
    Source: Bińkowski et al. 2018, §4 (arXiv:1801.01401).
    """

    needs = "features"
    gives = ("kid", "kid_std")
    numbers = "its own"
    least = 4  # halves of two

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
        count = min(len(real), len(fake))
        size = self.subset_size if count > self.subset_size else count // 2

        def subset(samples: Tensor) -> Tensor:
            return samples[torch.randperm(len(samples), generator=generator)[:size].to(samples.device)].float()

        values = torch.stack([mmd2(subset(real), subset(fake)) for _ in range(self.subsets)])
        return {"kid": values.mean(), "kid_std": values.std()}


def mmd2(x: Tensor, y: Tensor) -> Tensor:
    """Unbiased, of two sets (n, F)."""
    n, own = len(x), [kernel(z, z) for z in (x, y)]
    within = [(k.sum() - k.diagonal().sum()) / (n * (n - 1)) for k in own]
    return (within[0] + within[1] - 2 * kernel(x, y).mean()).float()


def kernel(x: Tensor, y: Tensor) -> Tensor:
    """(n, m), summed in float64 since what remains of it is a small difference."""
    return (x @ y.T / x.shape[1] + 1).pow(3).to(torch.float32 if x.device.type == "mps" else torch.float64)
