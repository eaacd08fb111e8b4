"""Tell classes apart beside telling reals from fakes."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gan_runner.layers.conditioning import is_conditional, num_classes_of, require
from gan_runner.tricks.feature_heads import FeatureHead
from gan_runner.types import Make, NonNegative, Players, Round, Score, Shape


class AuxiliaryClassifier(FeatureHead):
    """A second head of the discriminator names the class of each sample; both players want it to be right.

    discriminator: discriminator_weight · (CE(x, c) + CE(G(z, c), c)), the second only with on_fakes;
    generator: generator_weight · CE(G(z, c), c);  CE(x, c) = −E[log P(c | x)], P the softmax of a linear head on the
    penultimate features. The generator is told the class, the discriminator has to find it out:
    network.conditional=generator. The head belongs to the discriminator; of an ensemble it is as in latent_regression.

    Source: Odena et al. 2016, AC-GAN, §3 (arXiv:1610.09585), as the weights shipped are and those of Karras et al.
    2017 (arXiv:1710.10196). Gulrajani et al. 2017 (arXiv:1704.00028) learn from reals alone (on_fakes=false) and give
    the generator a weight of .1.
    Raises ValueError for a generator that is told no class, for a discriminator that is, and for packed samples; with
    on_fakes, for fakes that are not this batch's.
    """

    name = "auxiliary_classifier"
    predicts = "the class of each sample"
    teaches_labels = True

    def __init__(
        self, discriminator_weight: NonNegative = 1.0, generator_weight: NonNegative = 1.0, on_fakes: bool = True
    ) -> None:
        super().__init__()
        self.discriminator_weight, self.generator_weight = discriminator_weight, generator_weight
        self.needs_fakes = on_fakes
        self.classes = 0

    def numbers(self) -> int:
        return self.classes

    def wrap_generator(self, make: Make) -> Make:
        def told(shape: Shape) -> nn.Module:
            generator = make(shape)
            classes = num_classes_of(generator)
            if classes is None:
                raise ValueError(
                    f"tricks.{self.name} wants samples of the class asked for, and the generator is asked for none: "
                    f"set network.conditional=generator, with data that have labels, or remove tricks.{self.name}"
                )
            self.classes = classes
            return generator

        return told

    def check(self, players: Players) -> None:
        if is_conditional(players.discriminator):
            raise ValueError(
                f"tricks.{self.name} has the discriminator name the class of each sample, which network.conditional="
                f"true tells it: set network.conditional=generator or remove tricks.{self.name}"
            )
        super().check(players)

    def discriminator_term(self, round: Round) -> Tensor:
        error = self._error(round.real_score, round.label)
        if self.needs_fakes:
            error = error + self._error(round.fake_score, round.label)
        return self.discriminator_weight * error

    def generator_term(self, round: Round) -> Tensor:
        return self.generator_weight * self._error(round.fake_score, round.label)

    def _error(self, score: Score, label: Tensor | None) -> Tensor:
        logits = self.predict(score)  # (K, N, classes)
        return cross_entropy(logits.flatten(0, 1), require(label, self.classes).repeat(len(logits)))
