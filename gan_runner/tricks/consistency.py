"""Small changes of an image or a latent should not change the discriminator's mind."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from gan_runner.tricks.base import Trick
from gan_runner.tricks.diff_augment import translate
from gan_runner.types import Fraction, NonNegative, Players, Round


class Consistency(Trick):
    """Charge the discriminator for logits that change under an augmentation T, or with a small step of the latent.

    Balanced (bCR), discriminator: real_weight · E[(D(T(x)) − D(x))²] + fake_weight · E[(D(T(G(z))) − D(G(z)))²].
    Latent (zCR), ε ~ N(0, latent_std²): discriminator: latent_weight · E[(D(G(z + ε)) − D(G(z)))²]; generator:
    −spread_weight · E[(G(z + ε) − G(z))²], a reward for samples that move with the latent, mean over values.
    A weight of 0 leaves its term and its passes out; as shipped, bCR alone is on.

    T of images: a shift by up to `shift` of each side, 0 comes in, and with `flip` a mirror image in half the cases;
    of points: Gaussian jitter. The augmented samples are shown to the discriminator only here, never to the loss.
    zCR compares with this batch's fakes and refuses tricks that exchange them.
    Source: Zhao et al. 2020, §3 (arXiv:2002.04724); T: Zhang et al. 2019 (arXiv:1910.12027).
    """

    def __init__(
        self,
        real_weight: NonNegative = 10.0,
        fake_weight: NonNegative = 10.0,
        latent_weight: NonNegative = 0.0,
        spread_weight: NonNegative = 0.0,
        latent_std: NonNegative = 0.05,
        shift: Fraction = 0.125,
        flip: bool = True,
        jitter: NonNegative = 0.05,
    ) -> None:
        super().__init__()
        self.real_weight, self.fake_weight = real_weight, fake_weight
        self.latent_weight, self.spread_weight, self.latent_std = latent_weight, spread_weight, latent_std
        self.shift, self.flip, self.jitter = shift, flip, jitter

    def check(self, players: Players) -> None:
        for name, trick in players.tricks.items():
            exchanges = isinstance(trick, Trick) and type(trick).on_fake is not Trick.on_fake
            if exchanges and self.latent_weight > 0:
                raise ValueError(
                    f"tricks.consistency.latent_weight={self.latent_weight} compares each fake with its latent's "
                    f"neighbour, but tricks.{name} changes the fakes: set latent_weight=0 or drop tricks.{name}"
                )

    def discriminator_term(self, round: Round) -> Tensor | None:
        terms: list[Tensor] = []
        if self.real_weight > 0:
            terms.append(self.real_weight * self._change(round, round.real_score.logits, self.augment(round.real)))
        if self.fake_weight > 0:
            terms.append(self.fake_weight * self._change(round, round.fake_score.logits, self.augment(round.fake)))
        if self.latent_weight > 0:
            with torch.no_grad():
                neighbour = self.neighbour(round)
            terms.append(self.latent_weight * self._change(round, round.fake_score.logits, neighbour))
        return torch.stack(terms).sum() if terms else None

    def generator_term(self, round: Round) -> Tensor | None:
        if self.spread_weight == 0:
            return None
        return -self.spread_weight * mse_loss(self.neighbour(round), round.fake)

    def augment(self, image: Tensor) -> Tensor:
        """T, drawn anew for each sample."""
        if image.ndim == 4:
            return shifted(image, self.shift, self.flip)
        return image + self.jitter * torch.randn_like(image)

    def neighbour(self, round: Round) -> Tensor:
        """G(z + ε), in float32."""
        source = round.source + self.latent_std * torch.randn_like(round.source)
        fake: Tensor = round.generator(source, round.label)
        return fake.float()

    @staticmethod
    def _change(round: Round, logits: Tensor, image: Tensor) -> Tensor:
        return mse_loss(round.discriminator(image, round.label).logits.float(), logits)


def shifted(image: Tensor, shift: float, flip: bool) -> Tensor:
    """Each image moved by its own whole numbers of pixels and, in half the cases, mirrored left to right."""
    moved = translate(image, shift)
    if not flip:
        return moved
    mirrored = torch.rand(len(image), 1, 1, 1, device=image.device) < 0.5
    return torch.where(mirrored, moved.flip(-1), moved)
