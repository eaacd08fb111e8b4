"""The maximum mean discrepancy of two samples, by kernels of several widths."""

from __future__ import annotations

import torch
from torch import Tensor

SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Widths of the kernels, in mean squared distances of two draws of the second distribution."""


def mmd(one: Tensor, other: Tensor, squared_distance: float) -> Tensor:
    """MMD² of the distributions that rows x of `one` (N, Z) and y of `other` (M, Z) are drawn from, a scalar.

        mean k(x, x′) + mean k(y, y′) − 2 mean k(x, y),   k(a, b) = Σ_s s·C / (s·C + ‖a − b‖²) over `SCALES`

    Means over pairs of different rows, hence without bias, and below 0 by chance at times; N and M at least 2.
    squared_distance: C, of two draws of the prior: 2·Z·σ² of independent normals. Computed in float32.
    Source: Tolstikhin et al. 2017, algorithm 2 (arXiv:1711.01558); the scales are those of its code.
    """
    with torch.autocast(one.device.type, enabled=False):
        one, other = one.float(), other.float()
        cross = _kernels(one, other, squared_distance).mean()
        return _among(one, squared_distance) + _among(other, squared_distance) - 2 * cross


def _among(rows: Tensor, squared_distance: float) -> Tensor:
    """The mean kernel of two different rows."""
    kernels = _kernels(rows, rows, squared_distance)
    return (kernels.sum() - kernels.diagonal().sum()) / (len(rows) * (len(rows) - 1))


def _kernels(one: Tensor, other: Tensor, squared_distance: float) -> Tensor:
    """(N, M), without all differences in memory. At equal rows the distance has no slope, and its gradient is 0."""
    # Not ‖a‖² + ‖b‖² − 2ab, which cancels for near ones.
    distance = torch.cdist(one, other, compute_mode="donot_use_mm_for_euclid_dist").square()
    return torch.stack([s * squared_distance / (s * squared_distance + distance) for s in SCALES]).sum(dim=0)
