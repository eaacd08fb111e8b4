"""scikit-learn's handwritten digits: a real set that needs no download."""

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Unpack

import numpy as np
import torch
from numpy.typing import NDArray

from gan_runner.data.base import DataFamily, Dealing
from gan_runner.data.decks import Deck, Memory, hold_out
from gan_runner.images.resizing import ImageSize, height_width, resize, to_channels
from gan_runner.types import Fraction, Split

log = logging.getLogger(__name__)


class Digits(DataFamily):
    """1,797 grey digits of 8 × 8 pixels in 17 levels, enlarged by bicubic interpolation; 10 classes.

    `holdout` is the share kept back as the test split.
    Source: Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits (UCI), bundled with scikit-learn.
    """

    num_classes = 10
    class_names = tuple("0123456789")
    kept_as = "grey"

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
        levels, labels = _bundled()
        grey = torch.from_numpy(np.rint(levels * (255 / 16)).astype(np.uint8)).view(-1, 1, 8, 8)
        images = to_channels(resize(grey, self.size), self.channels)
        part = hold_out(Memory(images, torch.from_numpy(labels).long()), self.holdout, split)
        if split == "train":
            held_out = len(images) - len(part)
            log.info("digits: %d images, %d of them held out (data.holdout=%g)", len(images), held_out, self.holdout)
        return part


def _bundled() -> tuple[NDArray[Any], NDArray[Any]]:
    """What sklearn.datasets.load_digits reads: levels 0 to 16 (1797, 64) and labels, a row of the file each.

    Importing scikit-learn, and scipy with it, takes a tenth of the time to the first batch: its file is read instead.
    """
    found = find_spec("sklearn")
    path = Path((found and found.origin) or __file__).with_name("datasets") / "data" / "digits.csv.gz"
    if not path.is_file():  # another scikit-learn may keep it elsewhere
        from sklearn.datasets import load_digits

        levels, labels = load_digits(return_X_y=True)
        return levels, labels
    table = np.loadtxt(path, delimiter=",")
    return table[:, :-1], table[:, -1].astype(np.int64)
