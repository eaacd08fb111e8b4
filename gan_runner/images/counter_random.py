"""Random numbers by position: the same for a sample in whatever batch, and on whatever device, it is looked at."""

from typing import Protocol

import torch
from torch import Tensor

WORD = 0xFFFFFFFF
GOLDEN = 0x9E3779B9
"""2³² over the golden ratio: successive multiples of it are far apart."""


class Draws(Protocol):
    """Where the random numbers of a batch come from: `shape` of them for each of its samples, float32."""

    def uniform(self, *shape: int) -> Tensor: ...

    def normal(self, *shape: int) -> Tensor: ...


class Free:
    """By torch's random numbers, other ones at each call."""

    def __init__(self, count: int, device: torch.device) -> None:
        self.count, self.device = count, device

    def uniform(self, *shape: int) -> Tensor:
        return torch.rand(self.count, *shape, device=self.device)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self.count, *shape, device=self.device)


class Fixed:
    """By a sample's position (B,) in its set and by the number of the call: no generator, no state.

    u = hash(hash(position, call), index) / 2³², normal numbers from two of them (Box & Muller 1958).
    """

    def __init__(self, positions: Tensor) -> None:
        self.positions, self.calls = positions, 0

    def uniform(self, *shape: int) -> Tensor:
        self.calls += 1
        key = hashed(hashed(self.positions) + self.calls * GOLDEN)  # (B,)
        index = torch.arange(torch.Size(shape).numel(), device=key.device)
        bits = hashed(key[:, None] ^ hashed(index))  # (B, N)
        return ((bits >> 9).float() + 0.5).div_(1 << 23).view(len(key), *shape)  # exact, and neither 0 nor 1

    def normal(self, *shape: int) -> Tensor:
        radius, turn = (-2 * self.uniform(*shape).log()).sqrt(), self.uniform(*shape)
        return radius * (2 * torch.pi * turn).cos()


def hashed(words: Tensor) -> Tensor:
    """Scatters 32-bit words, kept in int64, without collisions. Source: Wellons 2018, hash-prospector (lowbias32)."""
    words = words & WORD
    words = ((words ^ (words >> 16)) * 0x7FEB352D) & WORD
    words = ((words ^ (words >> 15)) * 0x846CA68B) & WORD
    return words ^ (words >> 16)
