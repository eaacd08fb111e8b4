"""Inception v3, trained on photographs: the customary feature extractor, for data that looks like photographs."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from gan_runner.features.pretrained import Fetched, Preparation
from gan_runner.features.weights import Published, state_of

SIDE = 299  # pixels that the net was trained on
MOST_BYTES = 120_000_000  # the file is 108.9 MB


class Inception(Fetched):
    """The 2,048 activations before the last layer of torchvision's Inception v3, of images resized to 299 pixels.

    `weights` is a file of that net's state; null takes torchvision's own (ImageNet), from torch's cache or, with
    `download`, from its address. Published FIDs use the weights of a TensorFlow port, so they do not compare with these
    figures.
    Source: Szegedy et al. 2016 (arXiv:1512.00567); as features: Heusel et al. 2017 (arXiv:1706.08500).
    """

    option = "inception"
    holds = "torchvision's inception_v3"

    def published(self) -> Published:
        from torchvision.models import Inception_V3_Weights  # slow to import, needed here only

        address: str = Inception_V3_Weights.IMAGENET1K_V1.url
        return Published(address.rpartition("/")[2], address, MOST_BYTES)

    def build(self, path: Path) -> tuple[nn.Module, Preparation]:
        from torchvision.models import inception_v3

        # Its own inputs are in [-1, 1] as ours are: transform_input is for those normalised as ImageNet's.
        with torch.device("meta"):
            network: nn.Module = inception_v3(weights=None, init_weights=False, transform_input=False)
        network.load_state_dict(state_of(path), assign=True)
        network.fc = nn.Identity()
        return network, Preparation(SIDE, SIDE, "bilinear")
