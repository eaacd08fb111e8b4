"""Principal directions of a latent space: steps along which what is made changes most."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gan_runner.systems.base import generate

LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d)
"""What has features."""
FAINT = 1e-9
"""A direction that varies less than this share of the first one is rounding."""


@dataclass(frozen=True)
class Directions:
    """The K directions along which features vary most, the most varying first.

    components (K, F): orthonormal directions of the features; deviations (K,): the standard deviation along each;
    shares (K,): of the features' whole variance; steps (K, Z): the change of a latent that goes with one standard
    deviation along each.
    """

    components: Tensor
    deviations: Tensor
    shares: Tensor
    steps: Tensor

    def __len__(self) -> int:
        return len(self.steps)


def of_features(network: nn.Module, latents: Tensor, label: Tensor | None = None, most: int = 20) -> Directions:
    """Of a network's first layer: principal components of what it answers to latents (N, Z), and the steps of the
    latent that least squares find for them.

    label (N,): best of one class, so that classes are no direction. Raises ValueError for a network without a layer of
    LAYERS, and for features that are not finite.
    Source: Härkönen et al. 2020, GANSpace, §2.2 (arXiv:2004.02546).
    """
    features = first_features(network, latents, label)
    components, deviations, shares = principal(features, most)
    along = (features - features.mean(dim=0)) @ components.T / deviations
    centred = latents.double() - latents.double().mean(dim=0)
    steps = torch.linalg.lstsq(along, centred).solution
    return Directions(components, deviations, shares, steps.float())


def of_codes(codes: Tensor, most: int = 20) -> Directions:
    """Of codes (N, Z) of images themselves: a step is one standard deviation along a principal component.

    Raises ValueError for codes that are not finite.
    """
    components, deviations, shares = principal(codes.flatten(1).double(), most)
    return Directions(components, deviations, shares, (components * deviations[:, None]).float())


def principal(features: Tensor, most: int) -> tuple[Tensor, Tensor, Tensor]:
    """Components (K, F), deviations (K,) and shares of the variance (K,) of features (N, F), float64; K at most `most`.

    Each component's largest number is positive, so that the same features always give the same. Raises ValueError for
    features that are not finite.
    """
    if not features.isfinite().all():
        raise ValueError("the features of this network are not finite: its training had diverged when this was saved")
    from sklearn.decomposition import PCA  # takes a second to import

    found = PCA(min(most, *features.shape), random_state=0).fit(features.numpy())
    components, variances = torch.from_numpy(found.components_), torch.from_numpy(found.explained_variance_)
    kept = int((variances > FAINT * variances[0].clamp_min(1e-300)).sum())
    largest = components.gather(1, components.abs().argmax(dim=1, keepdim=True))
    shares = torch.from_numpy(found.explained_variance_ratio_)
    return (components * largest.sign())[:kept], variances[:kept].sqrt(), shares[:kept]


def first_features(network: nn.Module, latents: Tensor, label: Tensor | None = None) -> Tensor:
    """What the first layer with weights answers to latents (N, Z), (N, F) float64, in evaluation mode.

    Raises ValueError for a network that has none.
    """
    caught: list[Tensor] = []
    first: list[nn.Module] = []

    def catch(module: nn.Module, _: object, answer: Tensor) -> None:
        if not first:
            first.append(module)
        if module is first[0]:
            caught.append(answer.detach().flatten(1).double().cpu())

    handles = [module.register_forward_hook(catch) for module in network.modules() if isinstance(module, LAYERS)]
    try:
        generate(network, latents, label)
    finally:
        for handle in handles:
            handle.remove()
    if not caught:
        raise ValueError(f"a {type(network).__name__} has no layer whose features tell directions")
    return torch.cat(caught)
