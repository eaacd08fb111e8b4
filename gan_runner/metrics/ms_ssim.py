"""How alike two samples are, on average: collapse makes every pair alike."""

import torch
from torch import Tensor
from torchmetrics.functional.image import (
    multiscale_structural_similarity_index_measure,
    structural_similarity_index_measure,
)

from gan_runner.data.base import DataFamily
from gan_runner.data.decks import TooFewError
from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.base import Measure
from gan_runner.types import NaturalInt, PositiveInt

BETAS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""The weights of the scales, the finest first."""
KERNEL, SIGMA = 11, 1.5  # pixels
CHUNK = 100  # pairs compared at a time


class MsSsim(Measure):
    """Mean structural similarity of random pairs of fakes, and by how much it exceeds that of pairs of reals.

    Five scales need 176 pixels; smaller images get as many as leave 11 pixels at the coarsest, with the first weights
    made to sum to 1, and the name says how many: ms_ssim3 at 64 pixels, ms_ssim2 at 28, ssim (one scale) below 22,
    with a smaller window below 11. The excess is 0 where fakes vary as the reals do, above it where they collapse.
    `pairs` random pairs of each, disjoint; fewer where there are not as many samples. `seed` pairs them up.
    Source: Wang et al. 2003, Multiscale structural similarity; pairs of samples: Odena et al. 2017, §4.2
    (arXiv:1610.09585).
    """

    needs = "images"

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
            held.append(samples[:missing])

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        among_reals, among_fakes = self._mean(real), self._mean(fake)
        name = named(min(fake.shape[-2:]))
        return {name: among_fakes, f"{name}_excess": among_fakes - among_reals}

    def _mean(self, images: Tensor) -> Tensor:
        """Over pairs of images (N, C, H, W)."""
        if len(images) < 2:
            raise TooFewError(f"metrics.ms_ssim compares pairs, and there are {len(images)} images: judge more samples")
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(self.seed)).to(images.device)
        half = len(images) // 2
        pairs = zip(order[:half].split(CHUNK), order[half : 2 * half].split(CHUNK), strict=True)
        return torch.cat([similarity(images[a], images[b]) for a, b in pairs]).mean()


def named(side: int) -> str:
    """What the measure is called for images whose shorter side that is."""
    scales = count_scales(side)
    return f"ms_ssim{scales}" if scales > 1 else "ssim"


def count_scales(side: int) -> int:
    """How often the shorter side can be halved, the first time not at all, and leave KERNEL pixels."""
    return max(1, len([scale for scale in range(len(BETAS)) if side >> scale >= KERNEL]))


def similarity(a: Tensor, b: Tensor) -> Tensor:
    """Of each pair of images, bytes or in [-1, 1], (N,)."""
    scales = count_scales(min(a.shape[-2:]))
    if scales == 1:
        return ssim(a, b)
    a, b = (to_unit_range(images).float() / 2 + 0.5 for images in (a, b))
    weights = tuple(beta / sum(BETAS[:scales]) for beta in BETAS[:scales])
    return multiscale_structural_similarity_index_measure(
        a, b, sigma=SIGMA, kernel_size=KERNEL, data_range=1.0, betas=weights, normalize="relu", reduction="none"
    )


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Likewise, of one scale."""
    a, b = (to_unit_range(images).float() / 2 + 0.5 for images in (a, b))
    side = min(a.shape[-2:])
    # torchmetrics' window has 2 ⌊3.5 σ + ½⌋ + 1 pixels.
    sigma = SIGMA if side >= KERNEL else (side - 1) // 2 / 3.5
    single = structural_similarity_index_measure(a, b, sigma=sigma, data_range=1.0, reduction="none")
    assert isinstance(single, Tensor)
    return single
