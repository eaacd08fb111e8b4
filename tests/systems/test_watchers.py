from typing import Any

import pytest
from pytorch_lightning import Callback

from gan_runner.assemble import assemble
from gan_runner.systems.watchers import looks_at_gradients, steps_alone

POINTS = ("model=vanilla", "data=gaussians", "data.batch_size=16", "trainer.max_steps=1", "trainer.accelerator=cpu")


class Looks(Callback):
    def on_before_optimizer_step(self, *given: Any) -> None:
        """Something."""


@pytest.mark.parametrize(
    ("overrides", "callbacks", "alone"),
    [
        ([], [Callback()], True),
        ([], [Looks()], False),
        (["+trainer.profiler=simple"], [], False),
        (["trainer.precision=bf16-mixed"], [], False),
        (["trainer.precision=16-mixed"], [], False),
    ],
)
def test_a_step_is_left_alone_where_nobody_asks(
    composed: Any, overrides: list[str], callbacks: list[Callback], alone: bool
) -> None:
    trainer: Any = assemble(composed(*POINTS, *overrides)).trainer
    trainer.callbacks.extend(callbacks)
    assert steps_alone(trainer) == alone
    assert looks_at_gradients(trainer) == any(isinstance(one, Looks) for one in callbacks)
