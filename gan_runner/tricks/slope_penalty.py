"""What R1 and R2 share: the discriminator's squared slope, exact or by finite differences, at one side of the game."""

from __future__ import annotations

from math import ceil, prod
from typing import ClassVar, Literal

from torch import Tensor

from gan_runner.layers.probing import minds_company, repeats
from gan_runner.tricks.base import Trick
from gan_runner.tricks.finite_differences import differences
from gan_runner.tricks.gradients import input_gradients, refuse_batch_norm
from gan_runner.types import NonNegative, Players, Positive, PositiveInt, PositiveShare, Round

By = Literal["autograd", "finite_difference"]


class SlopePenalty(Trick):
    """γ/2 · E‖∇D‖², summed over a sample's dimensions and over the members of an ensemble, averaged over the batch.

    by=autograd takes the gradient and costs a double backward. by=finite_difference has E[((D(x + σε) − D(x))/σ)²],
    ε ~ N(0, I), in its place, which differs by O(σ²): one more pass, and no double backward (finite_differences.py).
    share: the part of the batch, its first rows, that the penalty is taken on. A discriminator that compares the
    samples of a batch takes a part for another batch, so that there a share below 1 is refused; there, too, the two
    ways differ: the gradient is of all logits at each sample, a difference is of each logit over all samples.
    """

    side: ClassVar[Literal["real", "fake"]]
    is_compilable = True

    def __init__(
        self,
        gamma: NonNegative = 10.0,
        every: PositiveInt = 1,
        by: By = "autograd",
        sigma: Positive = 0.01,
        share: PositiveShare = 1.0,
    ) -> None:
        super().__init__()
        self.gamma, self.every, self.by, self.sigma, self.share = gamma, every, by, sigma, share
        self.repeats = False
        """Whether the discriminator would answer the same once more, so that D(x) need not be asked again."""

    def check(self, players: Players) -> None:
        refuse_batch_norm(players, type(self).__name__.lower())
        pack = prod(trick.pack for trick in players.tricks.values() if isinstance(trick, Trick))
        self.repeats = self.by == "finite_difference" and repeats(players.discriminator, players.shape, pack)
        if self.share < 1 and minds_company(players.discriminator, players.shape, pack, "logits"):
            key = f"tricks.{type(self).__name__.lower()}.share"
            raise ValueError(
                f"{key}={self.share} shows the discriminator a part of the batch, and it compares the samples of a "
                f"batch (minibatch_stddev, minibatch_discrimination): set {key}=1"
            )

    def discriminator_term(self, round: Round) -> Tensor:
        image: Tensor = getattr(round, self.side)
        logits: Tensor = getattr(round, f"{self.side}_score").logits
        rows = ceil(self.share * len(logits))
        count = rows * (len(image) // len(logits))  # samples: as many to a row as are packed
        image, label = image[:count], None if round.label is None else round.label[:count]
        if self.by == "autograd":
            squares = input_gradients(round.discriminator, image, label).square().sum(2)  # (K, N, F) -> (K, N)
        else:
            known = logits[:rows] if self.repeats else None
            squares = differences(round.discriminator, image, label, self.sigma, known).square()
        return self.gamma / 2 * squares.mean(1).sum()
