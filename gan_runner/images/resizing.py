"""Brings whole sets of uint8 images to a size and a number of channels."""

import torch
from torch import Tensor
from torch.nn import functional

from gan_runner.types import PositiveInt

ImageSize = PositiveInt | tuple[PositiveInt, PositiveInt]
"""Side of a square image, or (height, width)."""

CHUNK = 4096  # images resized at a time: bounds the float32 copy


def height_width(image_size: ImageSize) -> tuple[int, int]:
    if isinstance(image_size, int):
        return image_size, image_size
    height, width = image_size
    return height, width


def resize(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Antialiased bicubic resize of (N, C, H, W) bytes, rounded and clamped back to bytes."""
    if images.shape[-2:] == size:
        return images
    resized = images.new_empty((*images.shape[:2], *size))
    for target, source in zip(torch.split(resized, CHUNK), torch.split(images, CHUNK), strict=True):
        smooth = functional.interpolate(source.float(), size, mode="bicubic", antialias=True)
        target.copy_(smooth.round_().clamp_(0, 255))
    return resized


def border_or_resize(images: Tensor, size: tuple[int, int]) -> Tensor:
    """28-pixel images reach 32 by a border of 2 background (zero) pixels, any other size by `resize`."""
    if images.shape[-2:] == (28, 28) and size == (32, 32):
        return functional.pad(images, (2, 2, 2, 2))
    return resize(images, size)


def to_channels(images: Tensor, channels: int) -> Tensor:
    """Bytes: grey to colour by repetition (a view, no memory); colour to grey by luma."""
    if images.shape[1] == channels:
        return images
    if images.shape[1] == 1:
        return images.expand(-1, channels, -1, -1)
    return torch.cat([luma(chunk.float()).round_().byte() for chunk in torch.split(images, CHUNK)])


def luma(image: Tensor) -> Tensor:
    """0.299 R + 0.587 G + 0.114 B of floats (B, 3, H, W) -> (B, 1, H, W). Source: ITU-R BT.601."""
    weights = image.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    return (image * weights).sum(1, keepdim=True)


def random_crop(images: Tensor, size: tuple[int, int]) -> Tensor:
    """A window of `size` at a random place of each image, by torch's random numbers: (B, C, H, W) -> (B, C, *size)."""
    if images.shape[-2:] == size:
        return images
    windows = images.unfold(2, size[0], 1).unfold(3, size[1], 1)  # (B, C, places down, places across, *size), a view
    count, device = len(images), images.device
    top = torch.randint(windows.shape[2], (count,), device=device)
    left = torch.randint(windows.shape[3], (count,), device=device)
    return windows[torch.arange(count, device=device), :, top, left]
