"""Several discriminators instead of one."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, cat, nn, stack

from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import AdversarialLoss, Make, NonNegative, PositiveInt, Score, Shape

Mode = Literal["mean", "max", "softmax"]


class DiscriminatorEnsemble(Trick):
    """`count` discriminators of independent weights; each plays its own game, the generator plays against all.

    discriminator: Σ_k L_D(D_k), so that each member gets the gradient of its own game (penalties add up likewise).
    generator, V_k = L_G(D_k): mean: mean_k V_k; max: max_k V_k, the harshest critic alone; softmax: Σ_k w_k V_k with
    w = softmax(λV), between the two (λ = sharpness; 0 is the mean, ∞ the maximum), differentiated through w as well.
    Logits become (N, count), members side by side along their second axis; features are joined.

    Source: Durugkar et al. 2016, Generative Multi-Adversarial Networks, §3 to 4 (arXiv:1611.01673).
    """

    scope = Scope.WHOLE

    def __init__(
        self,
        count: PositiveInt = 5,
        mode: Mode = "softmax",
        sharpness: NonNegative = 1.0,
    ) -> None:
        super().__init__()
        self.count, self.mode, self.sharpness = count, mode, sharpness

    def wrap_discriminator(self, make: Make) -> Make:
        def ensemble(shape: Shape) -> nn.Module:
            return Ensemble([make(shape) for _ in range(self.count)])

        return ensemble

    def wrap_loss(self, loss: AdversarialLoss) -> AdversarialLoss:
        return AgainstAll(loss, self.mode, self.sharpness)


class Ensemble(nn.Module):
    """Asks every member about the same batch."""

    def __init__(self, members: list[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        scores: list[Score] = [member(image, label) for member in self.members]
        logits = cat([score.logits for score in scores], dim=1)  # count × (N, 1, ...) -> (N, count, ...)
        return Score(logits, cat([score.features for score in scores], dim=1))


class AgainstAll:
    """A loss of one discriminator, played on each column of logits."""

    def __init__(self, loss: AdversarialLoss, mode: Mode, sharpness: float) -> None:
        self.loss, self.mode, self.sharpness = loss, mode, sharpness
        self.needs_real, self.boundary, self.is_critic = loss.needs_real, loss.boundary, loss.is_critic

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        games = zip(real.split(1, dim=1), fake.split(1, dim=1), strict=True)
        return stack([self.loss.discriminator(*logits) for logits in games]).sum()

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        fakes = fake.split(1, dim=1)
        reals = [None] * len(fakes) if real is None else real.split(1, dim=1)
        losses = stack([self.loss.generator(*logits) for logits in zip(fakes, reals, strict=True)])  # (count,)
        if self.mode == "mean":
            return losses.mean()
        if self.mode == "max":
            return losses.max()
        return torch.dot(torch.softmax(self.sharpness * losses, dim=0), losses)
