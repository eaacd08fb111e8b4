"""DINOv2: a vision transformer that learned from photographs without labels, and so prefers no class of things."""

from __future__ import annotations

from typing import Literal

from gan_runner.features.timm_nets import OfTimm
from gan_runner.types import PathString


class DinoV2(OfTimm):
    """The class token of DINOv2, 384, 768 or 1,024 numbers (small, base, large), of images resized to 224 pixels.

    `weights` is a file of its state, the authors' (dinov2_vits14_pretrain.pth) or timm's; null takes what the caches of
    torch and huggingface_hub have or, with `download`, fetches (88, 346 or 1,217 MB). Its positions were learned at 518
    pixels and are interpolated by timm, not by the authors' code. Published Fréchet distances in DINOv2 are those of
    the large net; compare with figures of this name alone.
    Source: Oquab et al. 2023 (arXiv:2304.07193); as features: Stein et al. 2023 (arXiv:2306.04675).
    """

    option, side = "dinov2", 224

    def __init__(
        self,
        net: Literal["small", "base", "large"] = "small",
        weights: PathString | None = None,
        download: bool = False,
        cache: PathString | None = None,
    ) -> None:
        super().__init__(f"vit_{net}_patch14_dinov2", weights, download, cache)
        self.size = net

    @property
    def called(self) -> str:
        return f"dinov2_{self.size}"
