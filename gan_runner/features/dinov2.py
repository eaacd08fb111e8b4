"""DINOv2: a vision transformer that learned from photographs without labels, and so prefers no class of things."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from gan_runner.features.timm_nets import OfTimm
from gan_runner.types import PathString

SIDE = 224  # pixels, which published figures take
GRID = SIDE // 14  # patches


class DinoV2(OfTimm):
    """The class token of DINOv2, 384, 768 or 1,024 numbers (small, base, large), of images resized to 224 pixels.

    `weights` is a file of its state, the authors' (dinov2_vits14_pretrain.pth) or timm's; null takes what the caches of
    torch and huggingface_hub have or, with `download`, fetches (88, 346 or 1,217 MB). Its positions were learned at 518
    pixels and are interpolated as the authors' code does. Published Fréchet distances in DINOv2 are those of the large
    net.
    Source: Oquab et al. 2023 (arXiv:2304.07193); as features: Stein et al. 2023 (arXiv:2306.04675).
    """

    option, side = "dinov2", SIDE

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

    def state(self, path: Path) -> dict[str, Tensor]:
        state = super().state(path)
        if "pos_embed" in state:
            state["pos_embed"] = interpolated(state["pos_embed"], GRID)
        return state


def interpolated(positions: Tensor, grid: int) -> Tensor:
    """(1, 1 + M², F), a token's and those of M × M patches, for grid × grid patches.

    As the authors do (dinov2/models/vision_transformer.py): without antialiasing, and by a factor of (grid + 0.1) / M.
    """
    token, patches = positions[:, :1], positions[:, 1:]
    side = round(patches.shape[1] ** 0.5)
    if side == grid:
        return positions
    square = patches.unflatten(1, (side, side)).permute(0, 3, 1, 2)
    factor = (grid + 0.1) / side
    square = functional.interpolate(square, scale_factor=(factor, factor), mode="bicubic")
    return torch.cat([token, square.flatten(2).transpose(1, 2)], 1)
