"""How odd images are without a model: scores that cost seconds, beside which any trained one has to stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from gan_runner.data.decks import Deck
from gan_runner.metrics.base import nearest

COMPONENTS = 30
LEAST_NORM = 1e-6
"""Of an image that is all black: its distance is divided by this."""
BLOCK = 2**28
"""Bytes of images, as numbers, that are held at a time: 85,000 of 28 × 28 grey pixels, 341 of 256 × 256 in colour."""


def baselines(images: Deck, training: Deck, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """Scores (N,) float32 of a deck of images, larger is odder; training: normal ones, in no order. Both hold bytes.

    Of pixels in [0, 1]: nearest, the distance to the nearest training image; nearest_over_norm, that divided by the
    image's own norm, so that bright images are not odd for that alone; components30, the squared distance to the plane
    through the mean of the training images along their 30 principal components (fewer, where there are no more), of
    the first BLOCK of them; pixel_sum, which knows nothing of the training set. Names: gan_runner.figures.BASELINES.
    """
    plane = fitted(next(blocks(training)))
    found: dict[str, list[Tensor]] = {}
    for x in blocks(images):
        distance = to_nearest(x, training, device)
        scores = {
            "nearest": distance,
            "nearest_over_norm": distance / x.norm(dim=1).clamp_min(LEAST_NORM),
            "components30": residual(x, plane),
            "pixel_sum": x.double().sum(1).float(),
        }
        for name, values in scores.items():
            found.setdefault(name, []).append(values)
    return {name: torch.cat(parts) for name, parts in found.items()}


def blocks(deck: Deck) -> Iterator[Tensor]:
    """The images of a deck as float32 (n, F) in [0, 1], in their order, BLOCK bytes at a time or less."""
    numbers = deck[torch.zeros(1, dtype=torch.int64)].real.numel()
    for part in torch.arange(len(deck)).split(max(1, BLOCK // (4 * numbers))):
        yield deck[part].real.flatten(1).float() / 255


def to_nearest(x: Tensor, training: Deck, device: torch.device | str) -> Tensor:
    """The distance (n,) of rows x (n, F) to the nearest of a deck."""
    rows = x.to(device)
    return torch.stack([nearest(rows, known.to(device))[0] for known in blocks(training)]).amin(0).cpu()


def fitted(training: Tensor, components: int = COMPONENTS) -> Any:
    """Scikit-learn's principal components of the training rows (M, F)."""
    from sklearn.decomposition import PCA  # slow to import, needed here only

    found = PCA(min(components, *training.shape), svd_solver="randomized", iterated_power=20, random_state=0)
    return found.fit(training.numpy())


def residual(x: Tensor, plane: Any) -> Tensor:
    """Squared distance (N,) of x (N, F) to the plane of principal components."""
    left = x.numpy() - plane.inverse_transform(plane.transform(x.numpy()))
    return torch.from_numpy(left).float().square().sum(1)
