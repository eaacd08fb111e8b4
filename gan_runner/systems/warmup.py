"""Turns of the discriminator that are longer while the generator is new."""

from gan_runner.types import NaturalInt, PositiveInt


class Warmup:
    """The discriminator's first `turns` turns, and then each turn whose number `again_every` divides (null: none),
    are of `discriminator_steps` updates instead of the usual number, so that a critic is near its optimum when the
    generator first asks it.

    Which batches end a turn follows from the number of batches alone: a resumed run needs nothing else.
    Source: Arjovsky et al. 2017 (arXiv:1701.07875), whose code takes 100 updates in the first 25 turns and in each
    500th.
    """

    def __init__(
        self,
        turns: NaturalInt = 25,
        discriminator_steps: PositiveInt = 100,
        again_every: PositiveInt | None = 500,
    ) -> None:
        self.turns, self.discriminator_steps, self.again_every = turns, discriminator_steps, again_every

    def ends_turn(self, step: int, usual: int) -> bool:
        """Whether the batch that `step` others came before is the last of a turn; `usual`: updates of other turns."""
        long, first = self.discriminator_steps, self.turns * self.discriminator_steps
        if step < first:
            return (step + 1) % long == 0
        step -= first
        if self.again_every is None:
            return (step + 1) % usual == 0
        until = -self.turns % self.again_every * usual  # batches of usual turns before the next long one
        if step < until:
            return (step + 1) % usual == 0
        # From here on a long turn and again_every − 1 usual ones repeat.
        left = (step - until) % (long + (self.again_every - 1) * usual) + 1 - long
        return left >= 0 and left % usual == 0

    def turns_in(self, batches: int, usual: int) -> int:
        """How many turns end within the first so many batches."""
        long, first = self.discriminator_steps, self.turns * self.discriminator_steps
        if batches < first:
            return batches // long
        batches -= first
        if self.again_every is None:
            return self.turns + batches // usual
        until = -self.turns % self.again_every * usual
        if batches < until:
            return self.turns + batches // usual
        rounds, rest = divmod(batches - until, long + (self.again_every - 1) * usual)
        begun = 1 + (rest - long) // usual if rest >= long else 0
        return self.turns + until // usual + rounds * self.again_every + begun
