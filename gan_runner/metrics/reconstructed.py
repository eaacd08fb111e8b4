"""How much of held-out images comes back through their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.figures import build, scalar_of
from gan_runner.images.ranges import to_bytes, to_unit_range
from gan_runner.metrics.base import Answer
from gan_runner.metrics.held_out import HeldOut
from gan_runner.metrics.oddness import scored
from gan_runner.metrics.reconstruction import Reconstruction
from gan_runner.types import Batch

ASKED = "reconstruction"
LIKENESS = ("psnr", "ssim")
"""Scores that are best at their greatest; the others are errors."""


class Reconstructed(HeldOut):
    """l1, psnr and ssim as in metrics.reconstruction, of held-out images and what comes back of them, rounded to bytes
    as there; and squared_error, Σ (x − x̂)² over the pixels of an image in [0, 1], as autoencoders are compared by, of
    what comes back as it is.

    Through the mean of a code where it is a distribution, and with the true label of a conditional run. For any system
    with codes, whatever it is trained by; where images are restored from others, metrics.reconstruction says it.
    """

    key = "metrics.reconstructed"
    scores = ("l1", "psnr", "ssim", "squared_error")

    @property
    def asks(self) -> dict[str, dict[str, Any]]:
        return {ASKED: {}}

    def best_of(self, figure: str) -> Literal["min", "max"]:
        return "max" if scalar_of(figure) in LIKENESS else "min"

    def meet(self, data: DataFamily, answers: Mapping[str, Sequence[str]]) -> None:
        """Raises ValueError for points, or where no image is kept from training."""
        if data.kind == "points":
            raise ValueError("metrics.reconstructed compares images, and this data is points: leave it out")
        super().meet(data, answers)
        self.gives = tuple(build(score, ASKED) for score in self.scores)

    def probe(self, answers: Mapping[str, Answer], device: torch.device) -> dict[str, float]:
        def compared(batch: Batch) -> Mapping[str, Tensor]:
            return compare(answers[ASKED](batch)[ASKED], batch.real)

        deck, at = self.held_out()
        found = scored(compared, deck, at, device, labelled=True)
        return {build(name, ASKED, len(at)): float(values.double().mean()) for name, values in found.items()}


def compare(back: Tensor, real: Tensor) -> dict[str, Tensor]:
    """The scores (B,) of what comes back and what should, (B, C, H, W) in [-1, 1]."""
    squared = (back - real).flatten(1).square().sum(1) / 4
    written = to_unit_range(to_bytes(back)).to(back.device)
    return {**Reconstruction().score({"translated": written, "target": real}), "squared_error": squared}
