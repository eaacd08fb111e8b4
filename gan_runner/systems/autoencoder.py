"""One player: an encoder that finds a code for each image, and a decoder that brings the image back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from gan_runner import figures
from gan_runner.game import Solo
from gan_runner.latents import Prior
from gan_runner.systems.capabilities import given
from gan_runner.systems.coder import Coder
from gan_runner.systems.describing import Describing
from gan_runner.systems.mixture import FromCodes
from gan_runner.tricks.base import Trick
from gan_runner.types import Batch, Make, MakeLikelihood, NonNegative, Player, Round, Shape

DENOISING = ("denoising", "denoising_over_norm", "denoising_hellinger")
"""Scores from under noise; the last is of images alone."""
DRAWS = 8
"""Of noise, by which an image is scored."""
LEAST_NORM = 1e-6
"""Of an image that is all black: what it lacks is divided by this."""


@dataclass
class Dealt:
    """What the update on a slice of a batch looks at: the images that are encoded, those that should come back, and
    what a code is drawn with; then what was made of them, for tricks and figures.
    """

    source: Tensor
    real: Tensor
    label: Tensor | None
    noise: Tensor
    round: Round | None = None
    told: dict[str, Tensor] = field(default_factory=dict)


class Autoencoder(FromCodes, Describing):
    """The decoder learns to bring each image back from its code alone, by −log p(x | code) in nats per image.

    Where images have a source (data=degraded), that is encoded, and the image is what should come back: a denoising
    autoencoder. Codes are held to nothing, so that what samples are drawn from (`latent`) need not be where they lie:
    sample_from=mixture draws from where they do.
    noise: standard deviation of normal noise in what is encoded while it learns, of images in [-1, 1]: a denoising
    autoencoder of any data, which asks no source of it. How odd an image is it then tells by how badly it comes back
    from under such noise: what is normal is known well enough to be guessed.
    Source: Vincent et al. 2008, Extracting and composing robust features with denoising autoencoders (ICML).
    """

    needs = frozenset({"latent", "encoder", "decoder", "likelihood", "tricks", "input"})
    players = ("autoencoder",)
    is_compilable = True
    moments: ClassVar[int] = 1
    """Numbers that the encoder gives of each number of a code."""

    def __init__(
        self,
        shape: Shape,
        latent: Prior,
        encoder: Make,
        decoder: Make,
        likelihood: MakeLikelihood,
        tricks: Mapping[str, Trick],
        source_shape: Shape | None = None,
        noise: NonNegative = 0.0,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        if noise and source_shape is not None:
            raise ValueError(
                f"system.noise={noise} hides images, and this data has a source for each, damaged already: set "
                "system.noise=0"
            )
        self.noise = noise
        self.draw_from(latent)
        self.shape = tuple(shape)

        def make(shape: Shape) -> nn.Module:
            read = encoder(source_shape or shape, moments=self.moments)
            return Coder(read, decoder(shape), likelihood(shape), self.moments)

        self.games = nn.ModuleDict({"autoencoder": Solo(self.shape, make, tricks)})

    @property
    def solo(self) -> Solo:
        """The network and its tricks."""
        found: Any = self.games["autoencoder"]
        return found  # type: ignore[no-any-return]

    @property
    def network(self) -> Coder:
        """What is trained."""
        found: Any = self.solo.generator
        return found  # type: ignore[no-any-return]

    # ---- the step -----------------------------------------------------------------------------------------------

    def turns(self, step: int) -> Sequence[Player]:
        return self.players

    def deal(self, batch: Batch, turns: Sequence[Player]) -> Dealt:
        source = given(batch)
        if self.noise:
            source = source + self.noise * torch.randn_like(source)
        return Dealt(source, batch.real, batch.label, self.draw_noise(len(source), source))

    def terms(self, player: Player, dealt: Dealt, step: int) -> dict[str, Tensor]:
        network = self.network
        moments = network.describe(dealt.source, dealt.label)
        code = self.code_of(moments, dealt.noise)
        output = network.output(code, dealt.label)
        nats = network.likelihood.nats(output, dealt.real).mean()
        penalties = self.penalties(moments, code, dealt, step)
        dealt.told[network.likelihood.name] = nats.detach()
        terms = {network.likelihood.name: nats, **penalties}
        if self.solo.tricks:
            fake = network.likelihood.mean(output)
            dealt.round = self.solo.round(dealt.real, dealt.source, fake, dealt.label, step)
            terms |= self.solo.tricks_terms("generator", dealt.round)
        return terms

    def penalties(self, moments: Sequence[Tensor], code: Tensor, dealt: Dealt, step: int) -> dict[str, Tensor]:
        """What codes are held to: further terms. None by default."""
        return {}

    def penalty_names(self) -> list[str]:
        """What `penalties` are called."""
        return []

    def after_step(self, player: Player, dealt: Dealt, step: int) -> None:
        if dealt.round is not None:
            self.solo.after_step("generator", dealt.round)

    def spent(self, dealt: Dealt) -> Dealt:
        round = None if dealt.round is None else dealt.round.spent()
        return Dealt(dealt.source, dealt.real, dealt.label, dealt.noise, round, dict(dealt.told))

    def parameters_of(self, player: Player) -> list[nn.Parameter]:
        return [p for p in self.network.parameters() if p.requires_grad]

    def on_train_start(self) -> None:
        self.solo.on_optimizers({"generator": self.optimizer_of(self.players[0])})
        super().on_train_start()

    # ---- what is told -------------------------------------------------------------------------------------------

    def more_figures(self) -> dict[str, float | Tensor]:
        told = {
            figures.build(self.players[0], name): value for name, value in self.network.likelihood.figures().items()
        }
        return told | {figures.build("tricks", name): value for name, value in self.solo.figures().items()}

    def foreseen(self) -> list[str]:
        names = [self.network.likelihood.name, *self.penalty_names(), *self.solo.tricks_names("generator")]
        return [*(figures.build(self.players[0], name) for name in names), *super().foreseen()]

    # ---- what others ask ----------------------------------------------------------------------------------------

    def coder(self) -> tuple[nn.Module, str]:
        network, chosen_by = self.solo.sampler()
        return network, "autoencoder" if network is self.solo.generator else chosen_by

    @property
    def score_names(self) -> tuple[str, ...]:
        under_noise = DENOISING if self._is_of_images else DENOISING[:-1]
        return (*super().score_names, *(under_noise if self.noise else ()))

    @property
    def _is_of_images(self) -> bool:
        return len(self.shape) == 3

    def scores_by(self, coder: Coder, batch: Batch) -> dict[str, Tensor]:
        """Where it learned under noise also these, of which every image gets the same `DRAWS`, a mean over them.

        denoising: what an image lacks from under noise. denoising_over_norm: that by the norm of the image, of pixels
        in [0, 1], since in bright images there is more to miss. denoising_hellinger, of images: Σ (√x − √x̂)² of their
        pixels and those expected, twice the square of Hellinger's distance: a grey that should be black counts more
        than one that should be white.
        """
        found = super().scores_by(coder, batch)
        return found | self._from_noise(coder, batch) if self.noise else found

    def _from_noise(self, coder: Coder, batch: Batch) -> dict[str, Tensor]:
        likelihood, real = coder.likelihood, batch.real
        draws = torch.randn(DRAWS, *self.shape, generator=torch.Generator().manual_seed(0)).to(real)
        outputs = [coder.output(coder.encode(real + self.noise * one, batch.label), batch.label) for one in draws]
        missing = torch.stack([likelihood.excess(output, real) for output in outputs]).mean(dim=0)
        pixels = (real.float() + 1) / 2 if self._is_of_images else real.float()
        norm = pixels.flatten(1).norm(dim=1).clamp_min(LEAST_NORM)
        found = [missing, missing / norm]
        if self._is_of_images:
            guesses = [(likelihood.mean(output) + 1) / 2 for output in outputs]
            found.append(torch.stack([of_roots(pixels, guess) for guess in guesses]).mean(dim=0))
        return dict(zip(DENOISING[: len(found)], found, strict=True))


def of_roots(one: Tensor, other: Tensor) -> Tensor:
    """Σ (√x − √y)² of pixels in [0, 1], (B, C, H, W) each: (B,)."""
    return (one.clamp_min(0).sqrt() - other.clamp_min(0).sqrt()).square().flatten(1).sum(dim=1)
