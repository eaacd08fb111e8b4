"""scikit-learn's handwritten digits: a real set that needs no download."""

from typing import Literal, Unpack

import numpy as np
import torch

from gan_runner.data.base import DataFamily, Dealing
from gan_runner.data.decks import Deck, Memory, hold_out
from gan_runner.images.resizing import ImageSize, height_width, resize, to_channels
from gan_runner.types import Fraction, Split


class Digits(DataFamily):
    """1,797 grey digits of 8 × 8 pixels in 17 levels, enlarged by bicubic interpolation; 10 classes.

    `holdout` is the share kept back as the test split.
    Source: Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits (UCI), bundled with scikit-learn.
    """

    num_classes = 10

    def __init__(
        self,
        *,
        image_size: ImageSize = 16,
        channels: Literal[1, 3] = 1,
        holdout: Fraction = 0.1,
        **dealing: Unpack[Dealing],
    ) -> None:
        super().__init__(**dealing)
        self.channels, self.holdout = channels, holdout
        self.size = height_width(image_size)
        self.shape = (channels, *self.size)

    @property
    def has_test_split(self) -> bool:
        return self.holdout > 0

    def read(self, split: Split) -> Deck:
        from sklearn.datasets import load_digits  # slow to import, needed here only

        images, labels = load_digits(return_X_y=True)
        grey = torch.from_numpy(np.rint(images * (255 / 16)).astype(np.uint8)).view(-1, 1, 8, 8)
        images = to_channels(resize(grey, self.size), self.channels)
        return hold_out(Memory(images, torch.from_numpy(labels).long()), self.holdout, split)
