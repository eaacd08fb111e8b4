"""The discriminator of image-to-image translation: it judges patches, one by one."""

from itertools import pairwise
from typing import Literal

from torch import Tensor, nn

from gan_runner.networks.base import Sides, the_nearest
from gan_runner.types import PositiveInt, Score, Shape

PatchNorm = Literal["instance", "batch", "layer", "none"]


class Discriminator(nn.Module):
    """One logit for each of the overlapping patches of an image, and none for the whole: it judges texture, and the
    terms beside the game judge what is where.

    `layers` convolutions of 4×4 with stride 2, then two with stride 1, leaky ReLU .2, channels doubled up to 8·width;
    `norm` in all but the first and the last. A logit sees 70×70 pixels with 3 layers, 16×16 with 1. With width 64 and
    3 layers: 2,764,737 parameters at three channels with norm=instance, 2,768,705 at six (a pair) with norm=batch.
    Logits (B, 1, h, w) are not averaged: each is a sample of its own for the loss. Features are the penultimate maps'
    means over their pixels.
    Source: Isola et al. 2016, §3.2.2 (arXiv:1611.07004); Zhu et al. 2017, appendix (arXiv:1703.10593). Weights
    N(0, .02). Raises ValueError for images that are smaller than the stack.
    """

    judges_patches = True

    def __init__(
        self, shape: Shape, width: PositiveInt = 64, layers: PositiveInt = 3, norm: PatchNorm = "instance"
    ) -> None:
        super().__init__()
        require_sides(shape, layers)
        channels = [width * min(2**i, 8) for i in range(layers + 1)]  # e.g. 64, 128, 256, 512
        strides = [2] * (layers - 1) + [1]
        self.body = nn.Sequential(
            nn.Sequential(nn.Conv2d(shape[0], width, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)),
            *(_down(*pair, stride, norm) for pair, stride in zip(pairwise(channels), strides, strict=True)),
        )
        self.head = nn.Conv2d(channels[-1], 1, 4, 1, 1)
        self.apply(initialise)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        maps = self.body(image)  # (B, C, H, W) -> (B, 512, H/8 − 1, W/8 − 1)
        return Score(self.head(maps), maps.mean(dim=(2, 3)))


def require_sides(shape: Shape, layers: int) -> None:
    """Raises ValueError for points, and for images on which the last layer has no place."""
    require_images(shape, "a discriminator of patches")
    _, height, width = shape
    least = 3 * 2**layers
    if min(height, width) < least:
        fitting = max((min(height, width) // 3).bit_length() - 1, 0)
        way_out = f"set network.layers={fitting}, or the size: " if fitting else ""
        fits = -(-least // 4) * 4  # the networks that translate take multiples of 4
        raise ValueError(
            f"network.layers={layers} makes patches for images of at least {least} pixels a side, and these are "
            f"{height}×{width}: {way_out}{the_nearest((max(fits, height), max(fits, width)))}"
        )


def nearest_translated(sides: Sides) -> Sides:
    """The nearest sides that a network which halves twice takes, beside patches of the usual 3 layers."""
    height, width = (max(24, (side + 2) // 4 * 4) for side in sides)
    return height, width


def require_images(shape: Shape, who: str) -> None:
    """Raises ValueError for points."""
    if len(shape) != 3:
        raise ValueError(f"{who} is for images (C, H, W), the data has shape {tuple(shape)}: use network=mlp")


def norm_of(kind: PatchNorm, channels: int) -> nn.Module:
    """Over the pixels of each map (instance), over the batch, over a sample, or nothing."""
    kinds: dict[PatchNorm, nn.Module] = {
        "instance": nn.InstanceNorm2d(channels),
        "batch": nn.BatchNorm2d(channels),
        "layer": nn.GroupNorm(1, channels),
        "none": nn.Identity(),
    }
    return kinds[kind]


def initialise(module: nn.Module) -> None:
    """N(0, .02) for weights, N(1, .02) for scales that are learned, 0 for shifts."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d | nn.InstanceNorm2d) and module.affine:
        nn.init.normal_(module.weight, 1.0, 0.02)
    else:
        return
    if module.bias is not None:
        nn.init.zeros_(module.bias)


def _down(before: int, after: int, stride: int, norm: PatchNorm) -> nn.Sequential:
    # Norms with a shift of their own need none before them.
    bias = norm in ("instance", "none")
    return nn.Sequential(
        nn.Conv2d(before, after, 4, stride, 1, bias=bias), norm_of(norm, after), nn.LeakyReLU(0.2, inplace=True)
    )
