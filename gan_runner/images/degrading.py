"""Ways to damage a batch of images, each sample for itself, so that a network can learn to mend them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from gan_runner.images.counter_random import Draws
from gan_runner.images.resizing import luma
from gan_runner.types import NonNegative, Positive, Shape, Share

Task = Literal["inpaint", "super_resolution", "colorize", "denoise", "deblur"]
Holes = Literal["rectangle", "free_form"]
Range = tuple[float, float]
GRID = 64
"""Samples a side on which the level of a free-form hole is found: enough for its area to be right within a percent."""


@dataclass(frozen=True)
class Damage:
    """A way to damage images (B, C, H, W) in [-1, 1], and its settings; data/degraded.py says what each task is.

    Raises ValueError, naming the key, for a range that ends before it begins.
    """

    task: Task = "inpaint"
    holes: Holes = "rectangle"
    area: tuple[Share, Share] = (0.1, 0.4)
    factor: Literal[2, 4, 8] = 4
    upsampling: Literal["bicubic", "nearest"] = "bicubic"
    noise_sigma: tuple[NonNegative, NonNegative] = (0.05, 0.5)
    blur_sigma: tuple[Positive, Positive] = (0.5, 3.0)

    def __post_init__(self) -> None:
        for key in ("area", "noise_sigma", "blur_sigma"):
            low, high = getattr(self, key)
            if low > high:
                raise ValueError(
                    f"data.{key}=[{low:g}, {high:g}] ends before it begins: set data.{key}=[{high:g},{low:g}]"
                )

    def source_shape(self, shape: Shape) -> Shape:
        """Of what is left of images of a shape. Raises ValueError, naming the key, for those it cannot damage."""
        channels, *sides = shape
        if self.task == "colorize" and channels != 3:
            raise ValueError(
                f"data.task=colorize needs images of 3 channels, these have {channels}: set data.of.channels=3"
            )
        if self.task == "super_resolution" and any(side % self.factor for side in sides):
            raise ValueError(
                f"data.factor={self.factor} does not divide the sides of {sides[0]} × {sides[1]} pixels: set "
                f"data.of.image_size to a multiple of {self.factor}"
            )
        if self.task == "deblur" and blur_radius(self.blur_sigma) >= min(sides):
            largest = (min(sides) - 1) * 10 // 3 / 10  # in tenths, rounded down
            raise ValueError(
                f"data.blur_sigma reaches {self.blur_sigma[1]:g} pixels, too far for sides of {sides[0]} × {sides[1]}: "
                f"end it at {largest:g} or before"
            )
        return ({"inpaint": channels + 1, "colorize": 1}.get(self.task, channels), *sides)

    def none(self, image: Tensor) -> Tensor:
        """Whole images in the form of damaged ones: with an empty hole, where sources have holes."""
        return with_holes(image, torch.zeros_like(image[:, :1])) if self.task == "inpaint" else image

    def __call__(self, image: Tensor, draws: Draws) -> Tensor:
        """What is left of images, (B, C', H, W)."""
        if self.task == "inpaint":
            hole = rectangles if self.holes == "rectangle" else free_forms
            return with_holes(image, hole(draws, (image.shape[2], image.shape[3]), self.area))
        if self.task == "super_resolution":
            return low_resolution(image, self.factor, self.upsampling)
        if self.task == "colorize":
            return luma(image)
        if self.task == "denoise":
            return noisy(draws, image, self.noise_sigma)
        return blurred(draws, image, self.blur_sigma)


def between(draws: Draws, low_high: Range) -> Tensor:
    """Uniform numbers (B, 1, 1, 1)."""
    low, high = low_high
    return low + (high - low) * draws.uniform(1, 1, 1)


def with_holes(image: Tensor, mask: Tensor) -> Tensor:
    """Zero where the mask (B, 1, H, W) is 1, and the mask as one more channel: (B, C + 1, H, W)."""
    return torch.cat([image * (1 - mask), mask], dim=1)


def rectangles(draws: Draws, size: tuple[int, int], area: Range) -> Tensor:
    """1 in a rectangle of a random share of the image, a random place and proportions from 1:2 to 2:1, as far as it
    fits: (B, 1, H, W).
    """
    height, width = size
    share, stretch = between(draws, area), 4 ** (draws.uniform(1, 1, 1) - 0.5)
    tall = (stretch * share * height * width).sqrt().clamp(max=height)
    tall = torch.maximum(tall, share * height)  # or it would have to be wider than the image
    wide = share * height * width / tall
    tall, wide = tall.round().clamp(min=1), wide.round().clamp(min=1)
    top = (draws.uniform(1, 1, 1) * (height - tall + 1)).floor()
    left = (draws.uniform(1, 1, 1) * (width - wide + 1)).floor()
    y = torch.arange(height, device=top.device).view(-1, 1)
    x = torch.arange(width, device=top.device)
    return ((y >= top) & (y < top + tall) & (x >= left) & (x < left + wide)).float()


def free_forms(draws: Draws, size: tuple[int, int], area: Range) -> Tensor:
    """1 where a smooth random surface is highest, on a random share of the image: (B, 1, H, W).

    The surface is normal noise on an 8 × 8 grid, interpolated bicubically.
    """
    surface = enlarged(draws.normal(1, 8, 8), size, "bicubic")
    stride = max(1, min(size) // GRID)
    levels = surface[:, :, ::stride, ::stride].flatten(1).sort(1).values  # (B, N)
    at = ((1 - between(draws, area).flatten(1)) * levels.shape[1]).long().clamp(max=levels.shape[1] - 1)
    return (surface >= levels.gather(1, at).view(-1, 1, 1, 1)).float()


def low_resolution(image: Tensor, factor: int, upsampling: Literal["bicubic", "nearest"]) -> Tensor:
    """Means of factor × factor pixels, brought back to the image's size and range."""
    small = functional.avg_pool2d(image, factor).contiguous()  # channels_last takes twice the time to enlarge
    return enlarged(small, image.shape[2:], upsampling).clamp_(-1, 1)


def enlarged(image: Tensor, size: Sequence[int], mode: Literal["bicubic", "nearest"]) -> Tensor:
    """At a larger size. Antialiasing changes nothing in that but the cubic's bend (−0.5, Pillow's) and its speed."""
    return functional.interpolate(image, tuple(size), mode=mode, antialias=mode == "bicubic")


def noisy(draws: Draws, image: Tensor, sigma: Range) -> Tensor:
    """With normal noise of a standard deviation drawn for each sample, not clamped."""
    return image + between(draws, sigma) * draws.normal(*image.shape[1:])


def blurred(draws: Draws, image: Tensor, sigma: Range) -> Tensor:
    """Convolved with a Gaussian of a standard deviation, in pixels, drawn for each sample; mirrored at the borders."""
    radius = blur_radius(sigma)
    distance = torch.arange(-radius, radius + 1, device=image.device)
    weights = torch.softmax(-((distance / between(draws, sigma)) ** 2) / 2, dim=-1)  # (B, 1, 1, K)
    weights = weights.repeat_interleave(image.shape[1], dim=0)  # (B·C, 1, 1, K)
    planes = image.reshape(1, -1, *image.shape[2:])  # (1, B·C, H, W): each plane is convolved with weights of its own
    planes = functional.pad(planes, (radius,) * 4, mode="reflect")
    across = functional.conv2d(planes, weights, groups=len(weights))
    return functional.conv2d(across, weights.mT, groups=len(weights)).view(image.shape)


def blur_radius(sigma: Range) -> int:
    """Pixels that a blur looks at each way."""
    return math.ceil(3 * sigma[1])
