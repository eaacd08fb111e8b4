"""What a feature extractor is: frozen, named, and the same for every sample it ever looks at."""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_runner.data.base import DataFamily
from gan_runner.files import expanded
from gan_runner.types import PathString


class Seen(NamedTuple):
    """features (N, F) float32; logits (N, K), or (N, D, K) for images of D digits, of a net that classifies."""

    features: Tensor
    logits: Tensor | None = None


class FeatureExtractor(nn.Module):
    """A network in evaluation mode that turns images (N, C, H, W) in [-1, 1] into Seen.

    `name` tells it from every other net in the names of figures; `accuracy`, of a classifier, is its share of right
    answers on `tested` held-out images; `kept`, the folder where what it sees in reals is kept for later runs;
    `prepared` says what becomes of an image before the net sees it.
    """

    name: str
    accuracy: float | None = None
    tested: int = 0

    def __init__(self, name: str, network: nn.Module, cache: PathString | None = None, prepared: str = "") -> None:
        super().__init__()
        self.prepared = prepared
        self.name, self.network = name, network.eval().requires_grad_(False)
        self.kept = None if cache is None else expanded(cache) / "features"

    def forward(self, image: Tensor) -> Seen:
        # In float32 whatever precision the run has: figures of two runs compare.
        with torch.autocast(image.device.type, enabled=False):
            return self.look(image.float())

    def look(self, image: Tensor) -> Seen:
        """A network that gives features alone."""
        features: Tensor = self.network(image)
        return Seen(features)


class MakeExtractor(ABC):
    """The settings of a feature extractor, which is made of them for a data set."""

    classifies: bool = False
    """Whether its extractor gives logits."""

    @abstractmethod
    def meet(self, data: DataFamily) -> None:
        """Refuse data that it cannot look at, before anything is read. Raises ValueError, FileNotFoundError for weights
        that are not there.
        """

    @abstractmethod
    def extractor(self, data: DataFamily, device: torch.device) -> FeatureExtractor:
        """Read, train or draw the weights, for data that it has met. Raises ValueError or OSError for bad weights."""


def checksum(tensors: Mapping[str, Tensor]) -> int:
    """Of names, shapes and bytes."""
    value = 0
    for name, tensor in tensors.items():
        value = zlib.crc32(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode(), value)
        value = zlib.crc32(tensor.detach().cpu().contiguous().numpy().data, value)
    return value
