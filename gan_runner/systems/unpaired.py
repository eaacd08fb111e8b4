"""Images of two domains, none of which has a counterpart."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from torch import Tensor, cat, nn
from torch.nn.functional import l1_loss

from gan_runner.game import MakeGame
from gan_runner.systems.adversarial import Hands
from gan_runner.systems.base import generate
from gan_runner.systems.translation import SHOWN_AT_ONCE, Translation, source_of
from gan_runner.types import Batch, Direction, Hand, NonNegative, Player, Round, Shape

log = logging.getLogger(__name__)


class Unpaired(Translation):
    """CycleGAN: no source has a counterpart, so two games are played, one each way, and joined by what must come back.

    G: A → B and F: B → A; the generators' common loss is that of both games and

        cycle_a · E|F(G(a)) − a|,  cycle_b · E|G(F(b)) − b|        generator/cycle_a, generator/cycle_b,
        identity · cycle_a · E|F(a) − a|,  identity · cycle_b · E|G(b) − b|        generator/identity_a, /identity_b.

    Identity, which keeps colours that need no change, is left out where the domains differ in channels. One optimizer
    moves both generators, one both discriminators; the discriminators move first, as in every game here (the published
    code has the generators do so).
    Source: Zhu et al. 2017, eq. 1 to 3, §5.2 (arXiv:1703.10593).
    """

    def __init__(
        self,
        shape: Shape,
        source_shape: Shape,
        make_game: MakeGame,
        cycle_a: NonNegative = 10.0,
        cycle_b: NonNegative = 10.0,
        identity: NonNegative = 0.5,
        **settings: Any,
    ) -> None:
        games = {
            "a2b": make_game(shape, lambda make: partial(make, source_shape=source_shape)),
            "b2a": make_game(source_shape, lambda make: partial(make, source_shape=shape)),
        }
        super().__init__(games, **settings)
        self.cycle_a, self.cycle_b, self.identity = cycle_a, cycle_b, identity
        if identity and shape[0] != source_shape[0]:
            self.identity = 0.0
            log.warning(
                f"system.identity={identity} is left out: an image of {shape[0]} channel(s) is no input of a generator "
                f"that takes {source_shape[0]} (set system.identity=0 to say so)"
            )

    def hands(self, batch: Batch) -> Hands:
        source = source_of(batch)
        return {"a2b": Hand(batch.real, source), "b2a": Hand(source, batch.real)}

    def joint_terms(self, player: Player, rounds: Mapping[str, Round]) -> dict[str, Tensor]:
        if player == "discriminator":
            return {}
        forth, back = rounds["a2b"], rounds["b2a"]
        a, b = forth.source, back.source
        terms = self._what_comes_back("a", self.cycle_a, back.generator, forth.fake, a)
        return terms | self._what_comes_back("b", self.cycle_b, forth.generator, back.fake, b)

    def joint_names(self) -> list[str]:
        weights = {"a": self.cycle_a, "b": self.cycle_b}
        terms = ["cycle", "identity"] if self.identity else ["cycle"]
        return [f"{term}_{domain}" for domain, weight in weights.items() if weight for term in terms]

    def _what_comes_back(
        self, domain: str, weight: float, generator: nn.Module, translated: Tensor, image: Tensor
    ) -> dict[str, Tensor]:
        """The terms of a domain whose images the generator should make of their translations, and of themselves.

        One pass for both is faster than two. Instance norm sees no difference; batch norm would.
        """
        if not weight:
            return {}
        given = cat([translated, image]) if self.identity else translated
        made = generator(given).float()
        terms = {f"cycle_{domain}": weight * l1_loss(made[: len(image)], image)}
        if self.identity:
            terms[f"identity_{domain}"] = self.identity * weight * l1_loss(made[len(image) :], image)
        return terms

    def translator(self, direction: Direction = "a2b") -> nn.Module:
        return self._games[direction].sampler()[0]

    def views(self, batch: Batch) -> dict[str, dict[str, Tensor]]:
        forth, back = self.translator("a2b"), self.translator("b2a")
        return {
            "a2b": self._there_and_back(source_of(batch), forth, back),
            "b2a": self._there_and_back(batch.real, back, forth),
        }

    def _there_and_back(self, image: Tensor, forth: nn.Module, back: nn.Module) -> dict[str, Tensor]:
        translated = generate(forth, image, batch_size=SHOWN_AT_ONCE)
        columns = {"input": image, "translated": translated}
        columns["reconstructed"] = generate(back, translated, batch_size=SHOWN_AT_ONCE)
        if self.identity:
            columns["identity"] = generate(back, image, batch_size=SHOWN_AT_ONCE)
        return columns
