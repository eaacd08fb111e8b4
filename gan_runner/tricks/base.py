"""The moments of a game at which a trick may step in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from gan_runner.types import AdversarialLoss, Make, Player, Players, Round, Shape


class Scope(IntEnum):
    """How much of a network a trick changes. Tricks wrap from the smallest scope outwards, whatever their YAML order.

    Spectral norm (WEIGHTS) must see a swapped head (HEAD); augmentation (INPUT) treats each image before packing
    (SHAPE) stacks them; an ensemble or an average (WHOLE) copies all the rest.
    """

    HEAD = 0
    WEIGHTS = 1
    SHAPE = 2
    INPUT = 3
    WHOLE = 4


class Trick(nn.Module):
    """A change of the game. Every moment is the identity until a subclass says otherwise.

    Its parameters and buffers are saved and resumed with the run. `every` is the number of updates between two
    evaluations of its terms, which are scaled by it (lazy regularisation; Karras et al. 2019, arXiv:1912.04958).
    `pack` is the number of samples its discriminator gives one answer for; `batch_sizes` are the sizes that it may
    ask for as its `batch_size`, of the next batch on each rank: none leaves it to the data. `needs_latent`: whether it
    is about the latent that a fake was made of, so that it has no place where generators start from an image.
    `images_only`: whether it changes images in a way that points have no meaning for. `teaches_labels`: whether it
    holds samples to the class that they are asked for. `needs_adversary`: whether it has no place without a
    discriminator, as of an autoencoder; one that needs none looks at a round's generator alone. `is_compilable`:
    whether its moments are known to do the same within a compiled step (tests/systems/test_engine.py plays it both
    ways).
    """

    scope: Scope = Scope.WHOLE
    every: int = 1
    pack: int = 1
    needs_latent: bool = False
    needs_adversary: bool = True
    images_only: bool = False
    teaches_labels: bool = False
    is_compilable: bool = False
    batch_sizes: Sequence[int] = ()
    batch_size: int | None = None

    def check(self, players: Players) -> None:
        """Refuse a game it cannot play. Raises ValueError naming the keys, the reason and a way out."""

    def wrap_discriminator(self, make: Make) -> Make:
        """Change what the discriminator is."""
        return make

    def wrap_generator(self, make: Make) -> Make:
        """Change what the generator is, or keep hold of it."""
        return make

    def wrap_loss(self, loss: AdversarialLoss) -> AdversarialLoss:
        """Change what the players minimise, as a function of logits."""
        return loss

    def on_optimizers(self, optimizers: Mapping[Player, Optimizer]) -> None:
        """Get to know what moves the players, once before training: to look ahead of it, never to step it."""

    def on_initial_weights(self, players: Players, before: Mapping[str, Any]) -> None:
        """The players begin with weights of an earlier run, put in once they were built. What follows from a player's
        first weights begins anew; `before` is this trick's own state in that run, empty where it had none.
        """

    def on_batch(self, images_seen: int) -> None:
        """Get ready for the next batch: of all ranks, `images_seen` reals were dealt before it."""

    def on_real(self, real: Tensor) -> Tensor:
        """Change the reals of a batch before either player sees them."""
        return real

    def on_fake(self, fake: Tensor) -> Tensor:
        """Change the detached fakes that the discriminator learns from."""
        return fake

    def judge(self, discriminator: nn.Module, round: Round) -> nn.Module:
        """Choose who grades the generator in its round."""
        return discriminator

    def discriminator_term(self, round: Round) -> Tensor | None:
        """A scalar to add to the discriminator's loss."""
        return None

    def generator_term(self, round: Round) -> Tensor | None:
        """A scalar to add to the generator's loss."""
        return None

    def after_step(self, player: Player, round: Round) -> None:
        """Act once a player's optimizer has stepped."""

    def figures(self) -> Mapping[str, float | Tensor]:
        """Numbers to log beside the terms."""
        return {}

    def sampler(self, generator: nn.Module) -> nn.Module:
        """Choose the network that evaluation and sampling use."""
        return generator


def in_scope_order(tricks: Mapping[str, Trick]) -> dict[str, Trick]:
    """Sorted by scope; within a scope the order of the configuration stays."""
    return dict(sorted(tricks.items(), key=lambda item: item[1].scope))


def refuse_points(tricks: Mapping[str, Trick], shape: Shape) -> None:
    """Raises ValueError for data of a shape that a trick has no meaning for, before anything is built or tried."""
    for name, trick in tricks.items():
        if trick.images_only and len(shape) != 3:
            raise ValueError(
                f"tricks.{name} changes images (C, H, W) and what is judged has shape {shape}: remove it "
                "(of the tricks that change what is judged, tricks.instance_noise takes points too)"
            )
