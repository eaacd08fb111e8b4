"""CLIP: what a net sees in an image that learned which words go with it; the features of CMMD."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from gan_runner.features.timm_nets import OfTimm
from gan_runner.types import PathString


class Clip(OfTimm):
    """The 768 numbers of CLIP's image tower (ViT-L/14, 336 pixels), scaled to length 1 as CMMD takes them.

    `weights` is a file of its state, timm's or one with OpenAI's names (visual.…); null takes what the caches of torch
    and huggingface_hub have or, with `download`, fetches (1.2 GB). Of the 304 million weights a processor's core makes
    one image in some seconds: it is for machines with a GPU.
    Source: Radford et al. 2021 (arXiv:2103.00020); as features: Jayasumana et al. 2024 (arXiv:2401.09603).
    """

    option = "clip"

    def __init__(
        self, weights: PathString | None = None, download: bool = False, cache: PathString | None = None
    ) -> None:
        super().__init__("vit_large_patch14_clip_quickgelu_336", weights, download, cache)

    @property
    def called(self) -> str:
        return "clip_vit_l14"

    def head(self, network: nn.Module) -> nn.Module:
        return OfLengthOne(network)


class OfLengthOne(nn.Module):
    """What a net gives, projection included, each row divided by its length."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        return functional.normalize(self.network(image))
