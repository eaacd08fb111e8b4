"""Stacked MNIST: a set with a thousand modes that can be counted."""

from typing import Unpack

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily, Dealing
from gan_runner.data.mnist import MNIST
from gan_runner.images.resizing import ImageSize
from gan_runner.types import Batch, PathString, PositiveInt, Split


class Triples:
    """Three grey images as the channels of one, stacked when a batch is drawn.

    images uint8 (N, 1, H, W); digits int64 (N,); triples int64 (M, 3), positions in images.
    """

    def __init__(self, images: Tensor, digits: Tensor, triples: Tensor, labels: bool) -> None:
        self.images, self.digits, self.triples, self.labelled = images, digits, triples, labels

    @property
    def labels(self) -> Tensor | None:
        """Of all triples (M,), where they have any."""
        return self.digits[self.triples] @ torch.tensor([100, 10, 1]) if self.labelled else None

    def __len__(self) -> int:
        return len(self.triples)

    @property
    def device(self) -> torch.device:
        return self.images.device

    @property
    def nbytes(self) -> int:
        return self.images.nbytes + self.triples.nbytes

    def at(self, positions: Tensor) -> "Triples":
        return Triples(self.images, self.digits, self.triples[positions], self.labelled)

    def to(self, device: torch.device) -> "Triples":
        return Triples(self.images.to(device), self.digits.to(device), self.triples.to(device), self.labelled)

    def __getitem__(self, positions: Tensor) -> Batch:
        triples = self.triples[positions]  # (B, 3)
        image = self.images.index_select(0, triples.flatten()).unflatten(0, triples.shape).squeeze(2)  # (B, 3, H, W)
        if not self.labelled:
            return Batch(image)
        return Batch(image, (self.digits[triples] * torch.tensor([100, 10, 1], device=self.device)).sum(1))


class StackedMNIST(DataFamily):
    """Random triples of MNIST digits as red, green and blue: 1,000 modes, the three-digit numbers.

    `num_samples` triples of training images, `num_test_samples` of test images, drawn once by `seed`. With
    `labels`, label = 100 a + 10 b + c for the digits a, b, c of the channels; without, batches have none.
    Source: Metz, Poole, Pfau & Sohl-Dickstein 2017 (arXiv:1611.02163); 128,000 samples: Lin, Khetan, Fanti & Oh
    2018, PacGAN (arXiv:1712.04086).
    """

    is_public = True

    def __init__(
        self,
        *,
        root: PathString,
        image_size: ImageSize = 32,
        num_samples: PositiveInt = 128_000,
        num_test_samples: PositiveInt = 26_000,
        labels: bool = False,
        download: bool = True,
        **dealing: Unpack[Dealing],
    ) -> None:
        super().__init__(**dealing)
        self.digits = MNIST(root=root, image_size=image_size, download=download)
        self.num_samples: dict[Split, int] = {"train": num_samples, "test": num_test_samples}
        self.labels = labels
        self.num_classes = 1000 if labels else None
        self.shape = (3, *self.digits.size)

    def check(self) -> None:
        self.digits.check()

    def prepare_data(self) -> None:
        self.digits.prepare_data()

    def read(self, split: Split) -> Triples:
        digits = self.digits.read(split)
        assert digits.labels is not None
        size = (self.num_samples[split], 3)
        triples = torch.randint(len(digits), size, generator=self.draws(split))
        return Triples(digits.images, digits.labels, triples, self.labels)
