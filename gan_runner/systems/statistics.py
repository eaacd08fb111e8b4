"""What a round tells about the state of the game."""

import torch
from torch import Tensor

from gan_runner.types import AdversarialLoss, Round, Shape

REACH = 0.5
"""How far apart, in mean distances of reals, two samples count as different."""
BOUND = 0.99
"""Pixel values beyond ± this count as black or white."""
BLACK_AND_WHITE = 0.02
"""The least share of other pixels in data that is not black and white."""


@torch.no_grad()
def statistics_of(round: Round) -> dict[str, Tensor]:
    """How the discriminator judged a batch, and how the batch's fakes compare with its reals: scalars.

    D_real and D_fake are means of sigmoid(logit − boundary), 1/2 each at the equilibrium of the minimax game (where
    the boundary is 0 they are probabilities); accuracy_real and accuracy_fake are the shares of logits on their own
    side of the loss's boundary. A critic, whose loss has no boundary, has logit_real and logit_fake instead, the
    means whose gap estimates a distance. `variety`, `fake_scale` and of images `saturated`: see `_compared`.
    """
    judged = _judged(round.real_score.logits, round.fake_score.logits, round.loss.boundary)
    return judged | _compared(round.real, round.fake)


def statistics_names(loss: AdversarialLoss, shape: Shape) -> list[str]:
    """What `statistics_of` will call its scalars; a batch of one has no variety."""
    critic = loss.boundary is None
    judged = ["logit_real", "logit_fake"] if critic else ["D_real", "D_fake", "accuracy_real", "accuracy_fake"]
    return [*judged, "fake_scale", "variety", *(["saturated"] if len(shape) == 3 else [])]


def _judged(real: Tensor, fake: Tensor, boundary: float | None) -> dict[str, Tensor]:
    if boundary is None:
        return {"logit_real": real.mean(), "logit_fake": fake.mean()}
    return {
        "D_real": (real - boundary).sigmoid().mean(),
        "D_fake": (fake - boundary).sigmoid().mean(),
        "accuracy_real": (real > boundary).float().mean(),
        "accuracy_fake": (fake < boundary).float().mean(),
    }


def _compared(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """Of reals and fakes (B, ...) as the discriminator is shown them.

    variety: (n − 1) / (n of the reals − 1), n the number of samples that are really different: 1 where the fakes
    vary as the reals do, 0 where all are the same, 1/7 where 8 modes have become 2.
    fake_scale: the fakes' root mean square over the reals'.
    saturated: the share of fakes' pixels at ±1 beyond the reals' share, of what could be beyond it: 1 where nothing
    between black and white is left; 0 for data that is black and white itself.
    """
    images = real.ndim == 4
    real, fake = real.flatten(1).float(), fake.flatten(1).float()  # (B, F)
    found = {"fake_scale": fake.square().mean().sqrt() / real.square().mean().sqrt().clamp_min(1e-9)}
    if min(len(real), len(fake)) > 1:
        distances = torch.cdist(real, real)
        reach = REACH * distances.sum() / (len(real) * (len(real) - 1))
        variety = (_different(torch.cdist(fake, fake), reach) - 1) / (_different(distances, reach) - 1).clamp_min(1e-9)
        found["variety"] = variety
    if images:
        usual, extreme = ((samples.abs() > BOUND).float().mean() for samples in (real, fake))
        found["saturated"] = ((extreme - usual) / (1 - usual).clamp_min(BLACK_AND_WHITE)).clamp_min(0)
    return found


def _different(distances: Tensor, reach: Tensor) -> Tensor:
    """How many of samples at these distances (N, N) are different, from 1 to N: 1 / mean of exp(−(d / reach)²).

    Source: the Vendi score of order 2 with a Gaussian kernel (Friedman & Dieng 2023, arXiv:2210.02410; the order:
    Pasarkar & Dieng 2024, arXiv:2310.12952), which for 2 is no eigenvalue problem: Σ λ² is the kernel's mean square.
    """
    return 1 / (-(distances / reach.clamp_min(1e-9)).square()).exp().mean()
