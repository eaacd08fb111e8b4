"""Blur what the discriminator sees until the generator can keep up."""

import torch
from torch import Tensor

from gan_runner.layers.disturbed import Disturbed
from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import Make, NonNegative, Player, PositiveInt, Round


class InstanceNoise(Trick):
    """Add N(0, σ²) to reals and fakes at the discriminator's input; σ falls linearly from std to 0 in `anneal` batches.

    The noise makes the two distributions overlap, so the discriminator cannot tell them apart with certainty and its
    gradient stays useful. anneal=null keeps σ constant.

    Source: Sønderby et al. 2016, §3.3 (arXiv:1610.04490); Arjovsky & Bottou 2017, §3 (arXiv:1701.04862).
    """

    scope = Scope.INPUT
    is_compilable = True

    def __init__(
        self,
        std: NonNegative = 0.1,
        anneal: PositiveInt | None = 10_000,
    ) -> None:
        super().__init__()
        self.std, self.anneal = std, anneal
        self.sigma = std

    def wrap_discriminator(self, make: Make) -> Make:
        return lambda shape: Disturbed(make(shape), self.blur)

    def after_step(self, player: Player, round: Round) -> None:
        if player == "discriminator" and self.anneal is not None:
            self.sigma = self.std * max(0.0, 1 - (round.step + 1) / self.anneal)

    def blur(self, image: Tensor) -> Tensor:
        """The image under this batch's noise."""
        return image + self.sigma * torch.randn_like(image) if self.sigma > 0 else image

    def get_extra_state(self) -> dict[str, float]:
        return {"sigma": self.sigma}

    def set_extra_state(self, state: dict[str, float]) -> None:
        self.sigma = state["sigma"]
