"""Grow both players, from 4×4 to the whole image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, distributed, nn
from torch.optim import Optimizer

from gan_runner.layers.resampling import doubled, halved
from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import NaturalInt, Player, Players, PositiveInt, Round, Share

CLOCK = ("stage", "fading", "fade", "since", "share")
"""What is saved of where the growth stands."""


class Growing(Trick):
    """Play at 4×4 first, then fade in 8×8, play there, and so on up to the size of the data.

    Level k + a stands for the images of 4·2ᵏ pixels a share a on their way to the next size: both players blend the two
    sizes, and so do the reals. A size is played for `stable_images`, a fade takes `fade_images`; both count reals of
    all ranks. when=fooled moves on earlier: once a fake has beaten a real (D(G(z)) > D(x)) in a share `fooled` of the
    pairs of the last `memory` batches, ½ being a discriminator that cannot tell; `stable_images` is then the longest.
    Adam's memory is wiped when a fade begins and when it ends. `first_size` is the side to begin with, more than 4
    where the stages before are trained already. `batch_sizes` are those at 4, 8, 16, … pixels, on each rank; the last
    holds for all larger images, none leaves it to the data.

    Source: Karras et al. 2017, §2 and A.1 (arXiv:1710.10196); its code for the schedule and the wiped optimizers. Many
    courses describe the other rule; the paper counts images.
    Raises ValueError for networks that do not grow, for a first size that is none of theirs, and for batches that packs
    of samples do not divide.
    """

    scope = Scope.WHOLE
    images_only = True
    tally: Tensor
    """Sum of shares of fakes that beat a real, and number of shares, since it was last read."""

    def __init__(
        self,
        when: Literal["images", "fooled"] = "images",
        stable_images: NaturalInt = 600_000,
        fade_images: NaturalInt = 600_000,
        fooled: Share = 0.2,
        memory: PositiveInt = 100,
        batch_sizes: Sequence[PositiveInt] = (),
        first_size: PositiveInt = 4,
    ) -> None:
        super().__init__()
        self.when, self.stable_images, self.fade_images = when, stable_images, fade_images
        self.fooled, self.memory, self.batch_sizes = fooled, memory, tuple(batch_sizes)
        self.first_size, self.first = first_size, (first_size // 4).bit_length() - 1
        self.stage, self.fading, self.fade, self.since = self.first, False, 0.0, 0
        self.share = 0.0
        """Of pairs in which the fake beat the real, when it was last read."""
        self.why = ""
        """What the newest phase is, and why it has begun."""
        self.register_buffer("tally", torch.zeros(2))
        self._networks: list[Any] = []
        self._optimizers: list[Optimizer] = []

    def check(self, players: Players) -> None:
        self._networks = [module for module in players.modules() if hasattr(module, "set_level")]  # an average's too
        if not (_grows(players.generator) and _grows(players.discriminator)):
            raise ValueError(
                "tricks.growing needs players that can grow: take network=progan, or remove tricks.growing"
            )
        self.top = (players.shape[1] // 4).bit_length() - 1
        sizes = [4 * 2**stage for stage in range(self.top + 1)]
        if self.first_size not in sizes:
            raise ValueError(
                f"tricks.growing.first_size={self.first_size} is no size on the way to {players.shape[1]} pixels: "
                f"choose {', '.join(map(str, sizes))}"
            )
        self._set_level()

    def on_optimizers(self, optimizers: Mapping[Player, Optimizer]) -> None:
        self._optimizers = list(optimizers.values())

    # ---- the clock ----------------------------------------------------------------------------------------------

    @property
    def level(self) -> float:
        return self.stage + self.fade

    @property
    def size(self) -> int:
        """Pixels a side of the images that are played now, those that fade in included."""
        return int(4 * 2 ** (self.stage + self.fading))

    def on_batch(self, images_seen: int) -> None:
        while self.stage < self.top and self._is_over(images_seen):
            self._move_on(images_seen)
        self.fade = (images_seen - self.since) / self.fade_images if self.fading else 0.0
        if self.batch_sizes:
            self.batch_size = self.batch_sizes[min(self.stage + self.fading, len(self.batch_sizes) - 1)]
        self._set_level()

    def _is_over(self, images_seen: int) -> bool:
        """Whether the present fade is complete, or the present size has been played enough."""
        played = images_seen - self.since
        if self.fading:
            return played >= self.fade_images
        return played >= self.stable_images or (self.when == "fooled" and self.share >= self.fooled)

    def _move_on(self, images_seen: int) -> None:
        self.why = self._why(images_seen)
        length = self.fade_images if self.fading else self.stable_images
        self.since = min(self.since + length, images_seen)  # a phase's last batch may reach into the next
        self.stage, self.fading = self.stage + self.fading, not self.fading
        self.share = 0.0
        self.tally.zero_()
        for optimizer in self._optimizers:
            optimizer.state.clear()

    def _why(self, images_seen: int) -> str:
        """What comes now, and since when it may: of the present phase, whose end has come."""
        pixels = 4 * 2**self.stage
        if self.fading:
            return f"{2 * pixels} pixels are played alone, since they have faded in over {self.fade_images:,} images"
        if images_seen - self.since < self.stable_images:
            told = (
                f"{self.share:.0%} of the fakes beat a real one (tricks.growing.fooled: {self.fooled:.0%} are enough)"
            )
        else:
            told = f"{pixels} pixels were played for {self.stable_images:,} images (tricks.growing.stable_images)"
        return f"{2 * pixels} pixels fade in, since {told}"

    def _set_level(self) -> None:
        for network in self._networks:
            network.set_level(self.level)

    def batches_to_top(self, batch_size: int, ranks: int) -> int:
        """Batches until the last fade is complete, at the longest."""
        batches = 0.0
        for stage in range(self.first, self.top):
            for length, pixels in ((self.stable_images, stage), (self.fade_images, stage + 1)):
                sizes = self.batch_sizes or [batch_size]
                batches += length / (sizes[min(pixels, len(sizes) - 1)] * ranks)
        return round(batches)

    # ---- the game -----------------------------------------------------------------------------------------------

    def on_real(self, real: Tensor) -> Tensor:
        """At the present size, blended with the size before as far as the fade is; shown at full size."""
        missing = self.top - self.stage - self.fading  # stages that have not come yet
        small = halved(real, missing)
        if self.fading:
            small = torch.lerp(doubled(halved(small)), small, self.fade)
        return doubled(small, missing)

    @torch.no_grad()
    def discriminator_term(self, round: Round) -> None:
        """Adds nothing; listens here because this moment comes for every slice of an accumulated batch."""
        beaten = (round.fake_score.logits - round.real_score.logits).sign().mean() / 2 + 0.5
        self.tally += torch.stack([beaten, torch.ones_like(beaten)])

    @torch.no_grad()
    def after_step(self, player: Player, round: Round) -> None:
        if player != "discriminator" or (round.step + 1) % self.memory:
            return
        if distributed.is_available() and distributed.is_initialized():
            distributed.all_reduce(self.tally)
        beaten, rounds = self.tally.tolist()
        self.share = beaten / rounds
        self.tally.zero_()

    def figures(self) -> dict[str, float | Tensor]:
        figures: dict[str, float | Tensor] = {"level": self.level, "pixels": self.size, "fade": self.fade}
        figures |= {"fooled": self.share}
        return figures | ({"batch_size": self.batch_size} if self.batch_size else {})

    # ---- the state ----------------------------------------------------------------------------------------------

    def get_extra_state(self) -> dict[str, Any]:
        return {key: getattr(self, key) for key in CLOCK}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        for key in CLOCK:
            setattr(self, key, state[key])
        self._set_level()


def _grows(player: nn.Module) -> bool:
    return any(hasattr(module, "set_level") for module in player.modules())
