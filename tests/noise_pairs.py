"""Data for translation that is there at once: noise, and what can be told from it."""

import torch
from torch import Tensor

from gan_runner.data.base import ImageData
from gan_runner.types import Batch

TRANSLATING = ("data=synthetic", "data._target_=noise_pairs.NoisePairs", "+data.source_channels=3",
               "data.image_size=8", "data.num_samples=44", "data.batch_size=4", "network.width=2",
               "network.layers=1")  # fmt: skip
"""To a recipe of translation: eleven batches an epoch, of eight pixels a side, and small players."""


class Pairs:
    """Sources uint8 (N, C', S, S); the images are mirrored, or `channels` copies of the first where that differs."""

    def __init__(self, source: Tensor, channels: int) -> None:
        self.source, self.channels = source, channels

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, positions: Tensor) -> Batch:
        source = self.source[positions]
        image = source.flip(-1) if self.channels == source.shape[1] else source[:, :1].repeat(1, self.channels, 1, 1)
        return Batch(image, None, source)


class NoisePairs(ImageData):
    """`num_samples` pairs of squares, of pixels or, with kind=coarse, of four patches; takes the settings of
    data=synthetic and ignores what it has no use for.
    """

    num_classes = None

    def __init__(
        self,
        image_size: int = 8,
        channels: int = 3,
        source_channels: int = 3,
        num_samples: int = 12,
        num_classes: int | None = None,
        kind: str = "blobs",
        **dealing: object,
    ) -> None:
        super().__init__(**dealing)
        self.shape, self.source_shape = (channels, image_size, image_size), (source_channels, image_size, image_size)
        self.num_samples, self.grain = num_samples, image_size // 2 if kind == "coarse" else 1

    def read(self, split: str) -> Pairs:
        count, channels, side = self.num_samples, self.source_shape[0], self.source_shape[1] // self.grain
        source = torch.randint(0, 256, (count, channels, side, side), generator=self.draws(split), dtype=torch.uint8)
        return Pairs(source.repeat_interleave(self.grain, 2).repeat_interleave(self.grain, 3), self.shape[0])
