"""Maps and images at twice and at half their sides: pixels repeated and averaged, or bilinear."""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, conv_transpose2d, interpolate


def doubled(maps: Tensor, times: int = 1) -> Tensor:
    """(B, F, h, w) -> (B, F, 2^times · h, 2^times · w), by repeating pixels."""
    return interpolate(maps, scale_factor=float(2**times), mode="nearest") if times else maps


def halved(maps: Tensor, times: int = 1) -> Tensor:
    """(B, F, 2^times · h, 2^times · w) -> (B, F, h, w), by averaging boxes of pixels."""
    return avg_pool2d(maps, 2**times) if times else maps


class Bilinear(nn.Module):
    """The filter 1, 3, 3, 1 along rows and columns, zeros beyond the border. It is not saved with the weights."""

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.register_buffer("kernel", line[:, None] * line, persistent=False)

    def per_channel(self, maps: Tensor) -> Tensor:
        """(channels, 1, 4, 4)"""
        return self.kernel.expand(maps.shape[1], 1, 4, 4)


class DoubleBilinear(Bilinear):
    """(B, F, h, w) -> (B, F, 2h, 2w)."""

    def forward(self, maps: Tensor) -> Tensor:
        return conv_transpose2d(maps, 4 * self.per_channel(maps), stride=2, padding=1, groups=maps.shape[1])


class HalveBilinear(Bilinear):
    """(B, F, 2h, 2w) -> (B, F, h, w)."""

    def forward(self, maps: Tensor) -> Tensor:
        return conv2d(maps, self.per_channel(maps), stride=2, padding=1, groups=maps.shape[1])
