"""One game: a generator, a discriminator, the loss they play for and the tricks that change the rules.

Or one network alone, with tricks that need no adversary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_runner.figures import build
from gan_runner.layers.conditioning import is_conditional
from gan_runner.tricks.base import Trick, in_scope_order, refuse_points
from gan_runner.types import AdversarialLoss, Hand, Make, Player, Round, Shape


class MakeGame(Protocol):
    """Makes a game of what its discriminator sees; `change` tells its generator what it starts from, say."""

    def __call__(self, shape: Shape, change: Callable[[Make], Make] = ...) -> Game: ...


class Tricked(nn.Module):
    """Networks that are built through tricks, in the order of their scopes, and followed by them."""

    generator: nn.Module
    """What samples are made by."""

    def __init__(self, shape: Shape, tricks: Mapping[str, Trick]) -> None:
        super().__init__()
        self.shape = tuple(shape)
        ordered = in_scope_order(tricks)
        refuse_points(ordered, self.shape)
        self.tricks = nn.ModuleDict(ordered)
        self._tricks = ordered
        self._with_terms = {player: self.tricks_names(player) for player in ("discriminator", "generator")}
        self.generator_updates = 0

    def on_optimizers(self, optimizers: Mapping[Player, Optimizer]) -> None:
        """Show the tricks what moves the players."""
        for trick in self._tricks.values():
            trick.on_optimizers(optimizers)

    def on_initial_weights(self, before: Mapping[str, Mapping[str, Any]]) -> None:
        """Tell the tricks that the networks have weights of an earlier run; before: each trick's state in it."""
        players: Any = self  # tricks that need no adversary look at the generator alone
        for name, trick in self._tricks.items():
            trick.on_initial_weights(players, before.get(name, {}))

    def tricks_terms(self, player: Player, round: Round) -> dict[str, Tensor]:
        """What tricks add to what `player` minimises."""
        terms: dict[str, Tensor] = {}
        updates = round.step if player == "discriminator" else self.generator_updates
        for name in self._with_terms[player]:
            trick = self._tricks[name]
            if updates % trick.every == 0:
                moment = trick.discriminator_term if player == "discriminator" else trick.generator_term
                term = moment(round)
                if term is not None:
                    terms[name] = term * trick.every
        return terms

    def tricks_names(self, player: Player) -> list[str]:
        """What `tricks_terms` may call them: a trick without a term has not written its moment."""
        moment = f"{player}_term"
        return [
            name for name, trick in self._tricks.items() if getattr(type(trick), moment) is not getattr(Trick, moment)
        ]

    def after_step(self, player: Player, round: Round) -> None:
        """Tell the tricks that a player has moved."""
        # What tricks do every so often counts batches for the discriminator, and updates for the generator, who may
        # move on some batches only.
        if player == "generator":
            self.generator_updates += 1
        for trick in self._tricks.values():
            trick.after_step(player, round)

    def figures(self) -> dict[str, float | Tensor]:
        """What the tricks have to log: <trick>/<figure>."""
        return {
            build(name, key): value for name, trick in self._tricks.items() for key, value in trick.figures().items()
        }

    def sampler(self) -> tuple[nn.Module, str]:
        """The network that evaluation uses, and who chose it: a trick's name, or 'generator'."""
        network, chosen_by = self.generator, "generator"
        for name, trick in self._tricks.items():
            chosen = trick.sampler(network)
            if chosen is not network:
                network, chosen_by = chosen, name
        return network, chosen_by

    def get_extra_state(self) -> dict[str, int]:
        return {"generator_updates": self.generator_updates}

    def set_extra_state(self, state: dict[str, int]) -> None:
        self.generator_updates = state["generator_updates"]


class Solo(Tricked):
    """A network that plays alone. The tricks know it as the generator, which makes samples."""

    def __init__(self, shape: Shape, make: Make, tricks: Mapping[str, Trick]) -> None:
        super().__init__(shape, tricks)
        for trick in self._tricks.values():
            make = trick.wrap_generator(make)
        self.generator = make(self.shape)

    def round(self, real: Tensor, source: Tensor, fake: Tensor, label: Tensor | None, step: int) -> Round:
        """What tricks may look at in an update; there is nobody who judges, and nothing to play for."""
        nothing: Any = None
        return Round(self.generator, nothing, nothing, real, source, fake, label, step)


class Game(Tricked):
    """Builds the players through the tricks, and turns a hand into the named terms that one player minimises."""

    def __init__(
        self,
        shape: Shape,
        generator: Make,
        discriminator: Make,
        loss: AdversarialLoss,
        tricks: Mapping[str, Trick],
    ) -> None:
        super().__init__(shape, tricks)
        ordered = self._tricks
        self.packs = {f"tricks.{name}": trick.pack for name, trick in ordered.items() if trick.pack > 1}
        self.pack = math.prod(self.packs.values())  # samples to one answer of the discriminator
        self.batch_sizes = {f"tricks.{name}.batch_sizes": trick.batch_sizes for name, trick in ordered.items()}
        for trick in ordered.values():
            discriminator = trick.wrap_discriminator(discriminator)
            generator = trick.wrap_generator(generator)
            loss = trick.wrap_loss(loss)
        self.loss = loss
        self.generator, self.discriminator = generator(self.shape), discriminator(self.shape)
        for trick in ordered.values():
            trick.check(self)

    def player(self, name: Player) -> nn.Module:
        return self.generator if name == "generator" else self.discriminator

    def on_batch(self, images_seen: int) -> int | None:
        """Get the tricks ready for the next batch. Returns the size one of them wants it to have, or None."""
        for trick in self._tricks.values():
            trick.on_batch(images_seen)
        return next((trick.batch_size for trick in self._tricks.values() if trick.batch_size), None)

    def generate(self, hand: Hand, graph: bool) -> Tensor:
        """Fakes for a hand, with the generator's graph only if it is to learn from them."""
        with nullcontext() if graph else torch.no_grad():
            fake: Tensor = self.generator(hand.source, hand.label)
        return fake.float()

    def round(self, player: Player, hand: Hand, fake: Tensor, step: int) -> Round:
        """What `player` may look at in one update, as the tricks change it."""
        if player == "discriminator":
            real, fake = hand.real, fake.detach()
            for trick in self._tricks.values():
                real, fake = trick.on_real(real), trick.on_fake(fake)
            return self._round(hand, real, fake, step)
        real = hand.real
        for trick in self._tricks.values():
            real = trick.on_real(real)
        round = self._round(hand, real, self._learnable(hand, fake), step)
        for trick in self._tricks.values():
            round.discriminator = trick.judge(round.discriminator, round)
        return round

    def plain_round(self, hand: Hand, fake: Tensor, step: int) -> Round:
        """What the generator may look at where no discriminator is asked, and no trick."""
        return self._round(hand, hand.real, self._learnable(hand, fake), step)

    def _learnable(self, hand: Hand, fake: Tensor) -> Tensor:
        """A fake that lost its graph is generated again for its maker."""
        return fake if fake.requires_grad else self.generate(hand, graph=True)

    def _round(self, hand: Hand, real: Tensor, fake: Tensor, step: int) -> Round:
        return Round(self.generator, self.discriminator, self.loss, real, hand.source, fake, hand.label, step)

    def terms(self, player: Player, round: Round) -> dict[str, Tensor]:
        """Named scalars whose sum `player` minimises: the adversarial loss and what tricks have to add."""
        if player == "discriminator":
            adversarial = self.loss.discriminator(round.real_score.logits, round.fake_score.logits)
        else:
            real = round.real_score.logits if self.loss.needs_real else None
            adversarial = self.loss.generator(round.fake_score.logits, real)
        return {"adversarial": adversarial, **self.tricks_terms(player, round)}

    def term_names(self, player: Player) -> list[str]:
        """What `terms` may call them."""
        return ["adversarial", *self.tricks_names(player)]

    @property
    def teaches_labels(self) -> bool:
        """Whether samples are held to the class they are asked for: by a discriminator that knows it, or by a trick."""
        return is_conditional(self.discriminator) or any(trick.teaches_labels for trick in self._tricks.values())
