"""The two forms of a pixel: a byte, as files and memory keep it, and a number in [-1, 1], as networks see it."""

import torch
from torch import Tensor


def to_unit_range(image: Tensor, memory_format: torch.memory_format = torch.channels_last) -> Tensor:
    """Bytes (B, C, H, W) to float32 in [-1, 1]; points, which are float already, pass."""
    if image.dtype != torch.uint8:
        return image
    return image.to(torch.float32, memory_format=memory_format).div_(127.5).sub_(1)


def to_bytes(images: Tensor) -> Tensor:
    """(N, C, H, W) in [-1, 1] to uint8 on the processor, the inverse of `to_unit_range`; NaN becomes mid-grey."""
    scaled = images.detach().float().cpu().nan_to_num(0.0)  # its own memory, so that the rest needs no more
    return scaled.clamp_(-1, 1).add_(1).mul_(127.5).round_().to(torch.uint8)
