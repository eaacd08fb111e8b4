"""Let the generator learn from its best fakes alone."""

from torch import Tensor

from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import AdversarialLoss, Player, PositiveInt, PositiveShare, Round


class TopK(Trick):
    """The generator's loss leaves out the fakes that the discriminator finds worst: L_G over the k highest logits.

    k = B · max(least, decay^⌊t/interval⌋), t the generator's updates so far: at first all of the batch, when the
    discriminator does not know yet what is good, at last a share of `least`. The worst fakes' gradients lead away
    from the data more often than to it. The discriminator's loss stays; under an ensemble each member has a k of its
    own; a loss that compares with reals gets those of the same rows. PatchGAN's logits are averaged for the choice.

    Source: Sinha et al. 2020, §3 and 4.1 (arXiv:2002.06224), with an epoch as the interval.
    """

    scope = Scope.INPUT  # inside an ensemble, which hands on one member's logits at a time

    def __init__(
        self,
        least: PositiveShare = 0.5,
        decay: PositiveShare = 0.99,
        interval: PositiveInt = 1000,
    ) -> None:
        super().__init__()
        self.least, self.decay, self.interval = least, decay, interval
        self.updates = 0

    @property
    def share(self) -> float:
        """Of the batch, at this update: known to the host without asking the device."""
        return max(self.least, self.decay ** (self.updates // self.interval))

    def wrap_loss(self, loss: AdversarialLoss) -> AdversarialLoss:
        return OfTheBest(loss, self)

    def after_step(self, player: Player, round: Round) -> None:
        self.updates += player == "generator"

    def get_extra_state(self) -> dict[str, int]:
        return {"updates": self.updates}

    def set_extra_state(self, state: dict[str, int]) -> None:
        self.updates = state["updates"]


class OfTheBest:
    """A loss whose generator side sees the highest logits alone."""

    def __init__(self, loss: AdversarialLoss, trick: TopK) -> None:
        self.loss, self.trick = loss, trick
        self.needs_real, self.boundary, self.is_critic = loss.needs_real, loss.boundary, loss.is_critic

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return self.loss.discriminator(real, fake)

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        k = max(1, int(self.trick.share * len(fake) + 0.5))
        if k == len(fake):
            return self.loss.generator(fake, real)
        best = fake.detach().flatten(1).mean(dim=1).topk(k).indices  # (N, ...) -> (k,)
        return self.loss.generator(fake[best], None if real is None else real[best])
