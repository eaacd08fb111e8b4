"""Cuts windows out of whole batches of images, each at a place of its own."""

import torch
from torch import Tensor


def random_crop(images: Tensor, size: tuple[int, int]) -> Tensor:
    """A window of `size` at a random place of each image, by torch's random numbers: (B, C, H, W) -> (B, C, *size)."""
    if images.shape[-2:] == size:
        return images
    windows = images.unfold(2, size[0], 1).unfold(3, size[1], 1)  # (B, C, places down, places across, *size), a view
    count, device = len(images), images.device
    top = torch.randint(windows.shape[2], (count,), device=device)
    left = torch.randint(windows.shape[3], (count,), device=device)
    return windows[torch.arange(count, device=device), :, top, left]
