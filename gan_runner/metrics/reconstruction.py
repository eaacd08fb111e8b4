"""How far translations are from the images they should be."""

import math
from collections.abc import Mapping

from torch import Tensor

from gan_runner.metrics.base import Column, Comparison
from gan_runner.metrics.ssim import ssim

ROUNDING = (2 / 255) ** 2 / 12
"""The mean squared error that rounding to bytes makes of images in [-1, 1]: no translation is told from a better one
below it.
"""
CEILING = 10 * math.log10(4 / ROUNDING)


class Reconstruction(Comparison):
    """Mean absolute error, peak signal-to-noise ratio and structural similarity of translations and their targets.

    l1 = mean |G(a) − b|, of values in [-1, 1] (pix2pix's own term without its weight); psnr = 10 log₁₀(2² / MSE) dB of
    each image, 58.9 at most, where what differs is the rounding to bytes; ssim in 11×11 windows of values in [0, 1].
    They punish every guess that was not the one image kept beside the source, however good: read them with the
    baselines.
    Pairs are those of the data; of unpaired data the test images of equal names, which training never sees together.
    Source: Isola et al. 2016, eq. 3 (arXiv:1611.07004); SSIM: Wang et al. 2004, Image quality assessment.
    """

    asks = ("translated", "target")
    gives = ("l1", "psnr", "ssim")

    def score(self, shown: Mapping[Column, Tensor]) -> dict[str, Tensor]:
        translated, target = shown["translated"], shown["target"]
        difference = (translated - target).flatten(1)
        squared = difference.square().mean(1).clamp_min(ROUNDING)
        return {"l1": difference.abs().mean(1), "psnr": 10 * (4 / squared).log10(), "ssim": ssim(translated, target)}
