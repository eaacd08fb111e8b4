"""Players that grow with the images: from 4×4 to full size, a stage at a time."""

from itertools import pairwise
from math import ceil, sqrt

import torch
from torch import Tensor, nn

from gan_runner.layers.conditioning import beside_image, beside_vector
from gan_runner.layers.equalized import equalize
from gan_runner.layers.resampling import doubled, halved
from gan_runner.networks.base import the_nearest
from gan_runner.types import PositiveInt, Score, Shape

SLOPE = 0.2
"""Of the leaky ReLU below 0."""
SIZES = [2**k for k in range(3, 11)]
"""Pixels a side."""


class Staged(nn.Module):
    """A network that works at 4·2^stage pixels a side and grows by whole stages, faded in one after the other.

    level: the integer part is the stage, the fraction how far the next one has faded in; `top` is full size, where a
    new network stands. Images are of full size at every level, so that nobody else has to know it; stages beyond the
    level are not computed and get no gradient. The level is saved and resumed with the weights.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.top = top_stage(shape)
        self.level = float(self.top)

    def set_level(self, level: float) -> None:
        """Raises ValueError for a level that this network does not have."""
        if not 0 <= level <= self.top:
            raise ValueError(f"network=progan has the levels 0 to {self.top} at this size, got {level}")
        self.level = float(level)

    @property
    def newest(self) -> int:
        """The last stage that takes part, faded in or not."""
        return ceil(self.level)

    @property
    def fade(self) -> float:
        """How much of the newest stage there is, if not all; 0 between fades."""
        return self.level % 1

    def get_extra_state(self) -> dict[str, float]:
        return {"level": self.level}

    def set_extra_state(self, state: dict[str, float]) -> None:
        self.set_level(state["level"])


class Generator(Staged):
    """Project z to 4×4, then for each stage double the size by repeating pixels and convolve twice; no tanh.

    3×3 convolutions of equalized learning rate, leaky ReLU .2 and then pixel norm; the latent (and the label beside
    it) is normalised too. Maps of 4·2^k pixels a side have min(base_channels / 2^(k+1), max_channels) channels, and
    each stage its own 1×1 convolution to an image:
    level k + a: image = (1 − a) · double(image_k) + a · image_{k+1}, then pixels are repeated up to full size.
    As published: 20,719,628 parameters at 3×32×32, 22,933,394 at 128, 23,079,115 at 1024.
    Source: Karras et al. 2017, §2, §4 and appendix A (arXiv:1710.10196) and its code.
    """

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 512,
        num_classes: int | None = None,
        max_channels: PositiveInt = 512,
        base_channels: PositiveInt = 8192,
    ) -> None:
        super().__init__(shape)
        widths = channels(self.top, max_channels, base_channels)[1:]  # of the maps of each stage
        self.num_classes = num_classes
        first = nn.Linear(latent_dim + (num_classes or 0), widths[0] * 4 * 4, bias=False)
        self.project = equalize(first, gain=sqrt(2) / 4)
        self.bias = nn.Parameter(torch.zeros(widths[0], 1, 1))
        self.first = nn.Sequential(nn.LeakyReLU(SLOPE, inplace=True), PixelNorm(), *_normed(widths[0], widths[0]))
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Upsample(scale_factor=2), *_normed(before, after), *_normed(after, after))
            for before, after in pairwise(widths)
        )
        self.to_image = nn.ModuleList(equalize(nn.Conv2d(width, shape[0], 1), gain=1.0) for width in widths)

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        vector = pixel_norm(beside_vector(source, label, self.num_classes))
        flat = self.project(vector)
        maps = flat.unflatten(1, (-1, 4, 4)) + self.bias  # (B, 512·4·4) -> (B, 512, 4, 4)
        # Channels side by side in memory from here on: what a norm over channels reads.
        before = maps = self.first(maps.contiguous(memory_format=torch.channels_last))
        for stage in self.stages[: self.newest]:
            before, maps = maps, stage(maps)
        image = self.to_image[self.newest](maps).float()
        if self.fade:
            image = torch.lerp(doubled(self.to_image[self.newest - 1](before).float()), image, self.fade)
        return doubled(image, self.top - self.newest)


class Discriminator(Staged):
    """The generator's mirror: for each stage convolve twice and halve the size by averaging, then two dense layers.

    Each stage has its own 1×1 convolution from an image. The image is averaged down to the newest stage first;
    level k + a: maps at stage k = (1 − a) · from_image_k(halve(image)) + a · stage_{k+1}(from_image_{k+1}(image)).
    3×3 convolutions of equalized learning rate, leaky ReLU .2, nothing that normalises. tricks.minibatch_stddev adds
    its number as one more map before the last convolution; with it, as published: 20,726,785 parameters at 3×32×32,
    22,941,313 at 128, 23,087,249 at 1024 (4,608 fewer without). Conditional: the label stands beside the image, where
    the paper has an auxiliary classifier (tricks.auxiliary_classifier).
    Source: as the generator.
    """

    widened_at = "conv"  # the layer that takes statistics of the batch as more maps

    def __init__(
        self,
        shape: Shape,
        num_classes: int | None = None,
        max_channels: PositiveInt = 512,
        base_channels: PositiveInt = 8192,
    ) -> None:
        super().__init__(shape)
        dense, *widths = channels(self.top, max_channels, base_channels)
        self.num_classes = num_classes
        self.from_image = nn.ModuleList(_active(shape[0] + (num_classes or 0), width, kernel=1) for width in widths)
        self.stages = nn.ModuleList(
            nn.Sequential(*_active(before, before), *_active(before, after), nn.AvgPool2d(2))
            for after, before in pairwise(widths)
        )
        self.conv = equalize(nn.Conv2d(widths[0], widths[0], 3, 1, 1))
        self.activation = nn.LeakyReLU(SLOPE, inplace=True)
        self.dense = equalize(nn.Linear(widths[0] * 4 * 4, dense))
        self.head = equalize(nn.Linear(dense, 1), gain=1.0)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        image = halved(image, self.top - self.newest)
        maps = self._from_image(image, label, self.newest)
        for stage in reversed(range(self.newest)):
            maps = self.stages[stage](maps)
            if self.fade and stage == self.newest - 1:
                maps = torch.lerp(self._from_image(halved(image), label, stage), maps, self.fade)
        maps = self.activation(self.conv(maps))
        features = self.activation(self.dense(maps.flatten(1)))  # (B, 512, 4, 4) -> (B, 512)
        return Score(self.head(features), features)

    def _from_image(self, image: Tensor, label: Tensor | None, stage: int) -> Tensor:
        maps: Tensor = self.from_image[stage](beside_image(image, label, self.num_classes))
        return maps


class PixelNorm(nn.Module):
    """pixel_norm as a layer."""

    def forward(self, maps: Tensor) -> Tensor:
        return pixel_norm(maps)


def pixel_norm(maps: Tensor) -> Tensor:
    """x / √(mean over channels of x² + 1e−8), at each pixel; in float32, since 1e−8 is nothing to a shorter float."""
    exact = maps.float()
    return (exact * torch.rsqrt(exact.square().mean(dim=1, keepdim=True) + 1e-8)).to(maps.dtype)


def top_stage(shape: Shape) -> int:
    """How often 4×4 doubles to reach the image. Raises ValueError for a size that it does not reach."""
    if len(shape) != 3:
        raise ValueError(f"network=progan makes images (C, H, W), the data has shape {tuple(shape)}: use network=mlp")
    _, height, width = shape
    if height != width or height not in SIZES:
        nearest = min(SIZES, key=lambda side: abs(side - height) + abs(side - width))
        raise ValueError(
            f"network=progan cannot reach {height}×{width}: images must be square, of {', '.join(map(str, SIZES))} "
            f"pixels a side; {the_nearest((nearest, nearest))}"
        )
    return SIZES.index(height) + 1


def channels(top: int, max_channels: int, base_channels: int) -> list[int]:
    """min(base_channels / 2^i, max_channels) for i = 0 (the dense layer), 1 (maps of 4×4), …, top + 1 (full size)."""
    return [max(1, min(base_channels // 2**i, max_channels)) for i in range(top + 2)]


def _active(before: int, after: int, kernel: int = 3) -> nn.Sequential:
    conv = equalize(nn.Conv2d(before, after, kernel, padding=kernel // 2))
    return nn.Sequential(conv, nn.LeakyReLU(SLOPE, inplace=True))


def _normed(before: int, after: int) -> nn.Sequential:
    return _active(before, after).append(PixelNorm())
