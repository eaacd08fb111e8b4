"""The discriminator's slope without its gradient: how much its answer changes over a small random step."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import cached


def differences(
    discriminator: nn.Module, image: Tensor, label: Tensor | None, sigma: float, known: Tensor | None = None
) -> Tensor:
    """(D(x + σε) − D(x))/σ with ε ~ N(0, I), (K, N) for K members of an ensemble and N rows of logits; patches are
    summed. Its square has the expectation ‖∇D(x)‖² + O(σ²), over all inputs of a logit: m samples where m are packed.

    What it teaches is noisier where activations have a kink (ReLU): weights move a kink that lies between x and x + σε,
    which a gradient at x does not feel, and one difference in many tells of it, 1/σ times as loudly.

    known: D(x), where a pass repeats itself. It is asked again under autocast, whose rounding σ would magnify; and
    where it is not known: with the random numbers of the first pass (augmentations, noise, dropout) and its weights
    (spectral norm moves with each pass), so that x alone has changed. Computed in float32.

    Source: σ = 0.01: Hyun et al. 2025, GAT, losses/Rp_loss.py of its code (arXiv:2509.24935); on a quarter of each
    batch: Lin et al. 2025, Adversarial Flow Models (arXiv:2511.22475).
    """
    kind = image.device.type
    if torch.is_autocast_enabled(kind):
        known = None
    with torch.autocast(kind, enabled=False):
        image = image.detach().float()
        moved = image + sigma * torch.randn_like(image)
        if known is None:
            there, here = _alike(discriminator, moved, image, label)
        else:
            there, here = discriminator(moved, label).logits.float(), known
    change: Tensor = (there - here).flatten(2).sum(2) if there.ndim > 2 else there - here
    return change.t() / sigma


def _alike(discriminator: nn.Module, moved: Tensor, image: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
    """The logits of both, by the same random numbers and weights."""
    with cached():
        with torch.random.fork_rng([image.device] if image.is_cuda else []):
            there: Tensor = discriminator(moved, label).logits.float()
        here: Tensor = discriminator(image, label).logits.float()
    return there, here
