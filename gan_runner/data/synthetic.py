"""Drawn images, for trials of everything else: any size, no files."""

import math
from typing import Literal, Unpack

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily, Dealing
from gan_runner.data.decks import Memory
from gan_runner.images.resizing import ImageSize, height_width
from gan_runner.types import PositiveInt, Split


class Synthetic(DataFamily):
    """Images made of random numbers that `seed` fixes, with labels; `num_samples` per split.

    blobs: a Gaussian spot whose place and colour tell the class, on black; its place jitters by 3% of the shorter
    side. noise: uniformly random bytes, unrelated to the label.
    """

    num_classes: int

    def __init__(
        self,
        *,
        kind: Literal["blobs", "noise"] = "blobs",
        image_size: ImageSize = 32,
        channels: Literal[1, 3, 4] = 3,
        num_samples: PositiveInt = 1024,
        num_classes: PositiveInt = 10,
        **dealing: Unpack[Dealing],
    ) -> None:
        super().__init__(**dealing)
        self.pattern, self.num_samples, self.num_classes = kind, num_samples, num_classes
        self.shape = (channels, *height_width(image_size))

    def read(self, split: Split) -> Memory:
        generator = self.draws(split)
        label = torch.randint(self.num_classes, (self.num_samples,), generator=generator)
        if self.pattern == "blobs":
            return Memory(self._blobs(label, generator), label)
        size = (self.num_samples, *self.shape)
        return Memory(torch.randint(256, size, dtype=torch.uint8, generator=generator), label)

    def _blobs(self, label: Tensor, generator: torch.Generator) -> Tensor:
        """255 · colour · exp(−d² / 2r²), d the distance to the spot's centre, r a tenth of the shorter side."""
        channels, height, width = self.shape
        side = min(height, width)
        # Classes lie around an ellipse of half the image; the same in both splits, whatever the seed.
        angle = 2 * math.pi * label / self.num_classes
        centre = torch.stack([height * (2 + angle.sin()) / 4, width * (2 + angle.cos()) / 4])  # (2, N)
        centre = centre + 0.03 * side * torch.randn(centre.shape, generator=generator)
        phase = angle[:, None] + 2 * math.pi * torch.arange(channels) / channels
        colour = 0.65 + 0.35 * phase.cos()  # (N, C)
        row = torch.exp(-((torch.arange(height) + 0.5 - centre[0, :, None]) ** 2) / (2 * (side / 10) ** 2))
        column = torch.exp(-((torch.arange(width) + 0.5 - centre[1, :, None]) ** 2) / (2 * (side / 10) ** 2))
        images = torch.empty(len(label), *self.shape, dtype=torch.uint8)
        for channel in range(channels):
            spot = torch.einsum("n,nh,nw->nhw", colour[:, channel], row, column)
            images[:, channel] = (255 * spot).round().byte()
        return images
