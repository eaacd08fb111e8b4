"""How odd images are without a model: scores that cost seconds, beside which any trained one has to stand."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_runner.metrics.base import nearest

COMPONENTS = 30
LEAST_NORM = 1e-6
"""Of an image that is all black: its distance is divided by this."""


def baselines(images: Tensor, training: Tensor, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """Scores (N,) float32 of images (N, C, H, W), larger is odder; training (M, C, H, W): normal ones. Both are bytes.

    Of pixels in [0, 1]: nearest, the distance to the nearest training image; nearest_over_norm, that divided by the
    image's own norm, so that bright images are not odd for that alone; components30, the squared distance to the plane
    through the mean of the training images along their 30 principal components (fewer, where there are no more);
    pixel_sum, which knows nothing of the training set. Names: gan_runner.figures.BASELINES.
    """
    x, known = as_rows(images), as_rows(training)
    distance = nearest(x.to(device), known.to(device))[0].cpu()
    return {
        "nearest": distance,
        "nearest_over_norm": distance / x.norm(dim=1).clamp_min(LEAST_NORM),
        "components30": residual(x, known),
        "pixel_sum": x.double().sum(1).float(),
    }


def as_rows(images: Tensor) -> Tensor:
    """Bytes (N, ...) as float32 (N, F) in [0, 1]."""
    return images.flatten(1).float() / 255


def residual(x: Tensor, training: Tensor, components: int = COMPONENTS) -> Tensor:
    """Squared distance (N,) of x (N, F) to the plane of the principal components of the training rows (M, F)."""
    from sklearn.decomposition import PCA  # slow to import, needed here only

    fitted = PCA(min(components, *training.shape), svd_solver="randomized", iterated_power=20, random_state=0)
    fitted.fit(training.numpy())
    left = x.numpy() - fitted.inverse_transform(fitted.transform(x.numpy()))
    return torch.from_numpy(left).float().square().sum(1)
