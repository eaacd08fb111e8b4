"""How far fakes are from reals in the plane, by counting both in the cells of a box."""

from __future__ import annotations

import torch
from torch import Tensor

CELLS = 30
"""A side, as in GAN Lab (Kahng et al. 2018, arXiv:1809.01587)."""
EPSILON = 1e-4
"""Added to the share of each cell, so that an empty one has a logarithm."""


class Histogram:
    """Shares of reals (N, 2) in the cells of a box (left, bottom, side) and, as one cell more, beside it."""

    def __init__(self, reals: Tensor, box: tuple[float, float, float]) -> None:
        self.box = box
        self.reals = self.shares(reals)

    def shares(self, points: Tensor) -> Tensor:
        """(CELLS² + 1,) of points (N, 2): smoothed, sum 1. The last is of what lies beside the box, or nowhere."""
        x, y, side = self.box
        at = ((points.double().cpu() - torch.tensor([x, y])) / side * CELLS).floor().nan_to_num(-1, -1, -1)
        inside = ((at >= 0) & (at < CELLS)).all(dim=1)
        cell = torch.where(inside, at[:, 0] + CELLS * at[:, 1], CELLS**2).long()
        counts = cell.bincount(minlength=CELLS**2 + 1).double()
        smoothed = counts / counts.sum() + EPSILON
        return smoothed / smoothed.sum()

    def divergences(self, fakes: Tensor) -> dict[str, float | None]:
        """kl: KL(reals ‖ fakes), js: Jensen-Shannon; in bits."""
        p, q = self.reals, self.shares(fakes)
        middle = (p + q) / 2
        return {"kl": _kl(p, q), "js": (_kl(p, middle) + _kl(q, middle)) / 2}


def _kl(p: Tensor, q: Tensor) -> float:
    return float((p * (p / q).log2()).sum())
