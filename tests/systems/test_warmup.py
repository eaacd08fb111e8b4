"""The warm-up: which batches end a turn, counted one turn after the other; its place in a run."""

from itertools import accumulate
from typing import Any

import pytest
from pytorch_lightning import Callback

from gan_runner.assemble import assemble
from gan_runner.config.errors import ConfigError
from gan_runner.systems.warmup import Warmup

LONG = ("+system.warmup._target_=gan_runner.systems.warmup.Warmup", "+system.warmup.discriminator_steps=3")


def one_turn_after_the_other(warmup: Warmup, usual: int, turns: int) -> list[int]:
    """The last batch of each turn."""
    again = warmup.again_every
    long = [t < warmup.turns or (again is not None and t % again == 0) for t in range(turns)]
    return [end - 1 for end in accumulate(warmup.discriminator_steps if now else usual for now in long)]


@pytest.mark.parametrize("turns", [0, 1, 3, 4, 7, 8])
@pytest.mark.parametrize("again_every", [None, 1, 4, 5])
@pytest.mark.parametrize("usual", [1, 2, 5])
def test_turns_end_where_counting_them_ends(turns: int, again_every: int | None, usual: int) -> None:
    warmup = Warmup(turns, discriminator_steps=6, again_every=again_every)
    expected = one_turn_after_the_other(warmup, usual, 40)
    assert [step for step in range(expected[-1] + 1) if warmup.ends_turn(step, usual)] == expected


def test_the_published_schedule() -> None:
    ends = [step + 1 for step in range(10_000) if Warmup().ends_turn(step, 5)]
    assert ends[:3] == [100, 200, 300]
    assert ends[24:27] == [2500, 2505, 2510]
    assert ends[499] == 2500 + 475 * 5  # turns 25 to 499
    assert ends[500] == ends[499] + 100  # turn 500
    assert ends[501] == ends[500] + 5


class Count(Callback):
    """Notes the generator's updates after each batch."""

    def __init__(self) -> None:
        self.updates: list[int] = []

    def on_train_batch_end(self, trainer: Any, system: Any, *rest: Any) -> None:
        self.updates.append(system.game.generator_updates)


def test_a_run_keeps_to_it_and_max_steps_counts_batches(composed: Any) -> None:
    experiment, count = assemble(composed(
        "model=vanilla", "system.discriminator_steps=2", *LONG, "+system.warmup.turns=2",
        "+system.warmup.again_every=5", "trainer.max_steps=15", "callbacks.samples=null",
    )), Count()  # fmt: skip
    experiment.trainer.callbacks.append(count)
    experiment.trainer.fit(experiment.system, experiment.data)
    # turns of 3, 3, then 2, 2, 2, then 3 (the one that 5 divides)
    assert count.updates == [0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 6]
    assert experiment.trainer.global_step == 15


def test_a_mistake_is_told(composed: Any) -> None:
    with pytest.raises(ConfigError, match=r"system\.warmup\.turns=-1 is not valid"):
        assemble(composed(*LONG, "+system.warmup.turns=-1"))
    with pytest.raises(ConfigError, match=r"unknown key system\.warmup\.turn "):
        assemble(composed(*LONG, "+system.warmup.turn=1"))


@pytest.mark.parametrize("turns", [0, 1, 3, 4, 7, 8])
@pytest.mark.parametrize("again_every", [None, 1, 4, 5])
@pytest.mark.parametrize("usual", [1, 2, 5])
def test_turns_are_counted_without_playing_them(turns: int, again_every: int | None, usual: int) -> None:
    warmup = Warmup(turns, discriminator_steps=6, again_every=again_every)
    ends = [warmup.ends_turn(step, usual) for step in range(200)]
    assert [warmup.turns_in(batches, usual) for batches in range(201)] == [0, *accumulate(ends)]


def test_two_thousand_batches_of_the_published_schedule_are_twenty_turns() -> None:
    assert Warmup().turns_in(2000, 5) == 20
    assert Warmup().turns_in(5000, 5) == 25 + 475 + 1 + 5  # long, usual, long again, usual
