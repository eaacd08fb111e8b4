"""Any net that timm has, by its name: features=timm:resnet18."""

from __future__ import annotations

from gan_runner.data.base import DataFamily
from gan_runner.features.timm_nets import OfTimm, facts_of
from gan_runner.types import PathString


class Timm(OfTimm):
    """The pooled activations before the classifier of a net of timm's, of images resized whole to the net's own size.

    `net` is its name there, resnet18 or resnet18.tv_in1k with the name of its weights; features=timm:<name> is short
    for features=timm features.net=<name>. `weights` is a file of its state (torch's or safetensors); null takes the
    weights that timm names. What it is shown is resized, scaled and normalised as timm says it learned. Figures compare
    with those of the same net, weights and size alone.
    Source: Wightman 2019, PyTorch Image Models (github.com/huggingface/pytorch-image-models).
    """

    option = "timm"

    def __init__(
        self, net: str, weights: PathString | None = None, download: bool = False, cache: PathString | None = None
    ) -> None:
        super().__init__(net, weights, download, cache)

    def meet(self, data: DataFamily) -> None:
        super().meet(data)
        facts_of(self.net)
