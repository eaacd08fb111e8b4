"""How alike two samples are, on average: collapse makes every pair alike."""

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.metrics.base import Measure
from gan_runner.metrics.ssim import count_scales, ms_ssim, ssim
from gan_runner.types import NaturalInt, PositiveInt

CHUNK = 100  # pairs compared at a time


class MsSsim(Measure):
    """Mean structural similarity of random pairs of fakes, and by how much it exceeds that of pairs of reals.

    Five scales need 176 pixels; smaller images get as many as leave 11 pixels at the coarsest, with the first weights
    made to sum to 1, and the name says how many: ms_ssim3 at 64 pixels, ms_ssim2 at 28, ssim (one scale) below 22,
    with a smaller window below 11. The excess is 0 where fakes vary as the reals do, above it where they collapse.
    `pairs` random pairs of each, disjoint; fewer where there are not as many samples. `seed` pairs them up. How far
    two means of so many pairs differ by chance depends on how many there are, so it is judged at equal numbers.
    metrics/ssim.py says what structural similarity is.
    Source: pairs of samples: Odena et al. 2017, §4.2 (arXiv:1610.09585).
    """

    needs = "images"
    least = 2

    def __init__(self, pairs: PositiveInt = 1000, seed: NaturalInt = 0) -> None:
        super().__init__()
        self.pairs, self.seed = pairs, seed

    def meet(self, data: DataFamily) -> None:
        name = named(min(data.shape[-2:]))
        self.gives = (name, f"{name}_excess")

    def update(self, samples: Tensor, real: bool, label: Tensor | None = None) -> None:
        held = self.real if real else self.fake
        missing = 2 * self.pairs - sum(len(part) for part in held)
        if missing > 0:  # no more are compared
            held.append(samples if len(samples) <= missing else samples[:missing])

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        among_reals, among_fakes = self.of_reals(real, self._mean), self._mean(fake)
        name = named(min(fake.shape[-2:]))
        return {name: among_fakes, f"{name}_excess": among_fakes - among_reals}

    def _mean(self, images: Tensor) -> Tensor:
        """Over pairs of images (N, C, H, W)."""
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(self.seed)).to(images.device)
        half = len(images) // 2
        pairs = zip(order[:half].split(CHUNK), order[half : 2 * half].split(CHUNK), strict=True)
        return torch.cat([similarity(images[a], images[b]) for a, b in pairs]).mean()


def named(side: int) -> str:
    """What the measure is called for images whose shorter side that is."""
    scales = count_scales(side)
    return f"ms_ssim{scales}" if scales > 1 else "ssim"


def similarity(a: Tensor, b: Tensor) -> Tensor:
    """Of each pair of images, bytes or in [-1, 1], (N,), at as many scales as they have."""
    scales = count_scales(min(a.shape[-2:]))
    return ms_ssim(a, b, scales) if scales > 1 else ssim(a, b)
