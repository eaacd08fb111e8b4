"""Measure how often the discriminator is right, and stop when the players are balanced."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import Field
from pytorch_lightning import Callback, LightningModule, Trainer

from gan_runner.figures import build, game_of
from gan_runner.monitoring import coverage
from gan_runner.systems.capabilities import Plays
from gan_runner.types import ClosedShare, PositiveInt, Share

State = Literal["discriminator", "generator", "balanced", "blind", "moving"]
"""Which player is too strong; even, with the modes found; even, without them; none of these."""

log = logging.getLogger(__name__)


@dataclass
class Watch:
    """One game: running accuracies on reals and fakes, its state, and since which batch it has been in it."""

    real: float = 0.5
    fake: float = 0.5
    state: State = "moving"
    since: int = 0
    at: int = 0

    @property
    def accuracy(self) -> float:
        return (self.real + self.fake) / 2


class Equilibrium(Callback):
    """Watch the discriminator's accuracy: which player it shows to be too strong, or that neither is.

    Running means over the last `memory` batches or so, of the logged figures alone; `equilibrium/<game>/accuracy`,
    the mean of both sides, is logged. At the equilibrium it is 1/2: the discriminator cannot tell.

    Above `high` the discriminator hardly errs, and there the generator's gradient is weak or says little: the
    discriminator is too strong. The other end is not "accuracy near 0": a discriminator that accepts everything is
    right on all reals and scores 1/2. So the generator is too strong when the accuracy on fakes stays below `low`.
    An undecided discriminator crosses its boundary to and fro, and averages far above it. callbacks.monitor tells.

    A player is too strong until the share of errors is a quarter above the threshold, so that one that hovers about
    it does not change the state with every look.

    `stop_within` ends the run once the accuracy has stayed within 1/2 ± stop_within for `patience` batches while
    neither player was too strong. A discriminator that tells nothing scores 1/2 as well: where evaluations count modes
    or classes, the samples have to cover `covered` times the reals'. A critic (Wasserstein) has no accuracy, its games
    are not watched. `notes` keeps what was told.
    """

    def __init__(
        self,
        high: ClosedShare = 0.95,
        low: ClosedShare = 0.2,
        patience: PositiveInt = 1000,
        memory: PositiveInt = 200,
        stop_within: Annotated[float, Field(gt=0, lt=0.5)] | None = None,
        covered: Share = 0.8,
    ) -> None:
        self.high, self.low, self.patience, self.memory = high, low, patience, memory
        self.stop_within, self.covered = stop_within, covered
        self.watches: dict[str, Watch] = {}
        self.notes: list[str] = []
        self._seen_at = 0
        self._is_blind = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._seen_at = trainer.global_step

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        system = Plays.of(pl_module)
        if system is None or system.figures_at <= self._seen_at:
            return
        self._seen_at = system.figures_at
        # The first rank alone measures, and its word is enough: a run stops when every rank finds it balanced.
        self._is_blind = trainer.is_global_zero and lacks_coverage(trainer, system.measured, self.covered)
        self._look(system.figures, self._seen_at)
        if self.watches:
            accuracies = {
                build("equilibrium", game, "accuracy"): watch.accuracy for game, watch in self.watches.items()
            }
            for logger in trainer.loggers:
                logger.log_metrics(accuracies, self._seen_at)
            self._judge(trainer)

    def _look(self, figures: Mapping[str, float], batches: int) -> None:
        """Fold the newest figures into the running means."""
        for key, real in figures.items():
            game = game_of(key)
            if game is not None and key == build("discriminator", game, "accuracy_real"):
                watch = self.watches.setdefault(game, Watch(since=batches))
                keep = math.exp(-(batches - watch.at) / self.memory) if watch.at else 0.0
                watch.real = keep * watch.real + (1 - keep) * real
                watch.fake = keep * watch.fake + (1 - keep) * figures[build("discriminator", game, "accuracy_fake")]
                watch.at = batches
                state = self._state(watch)
                if state != watch.state:
                    watch.state, watch.since = state, batches

    def _state(self, watch: Watch) -> State:
        high = self.high - (1 - self.high) / 4 if watch.state == "discriminator" else self.high
        low = self.low * 1.25 if watch.state == "generator" else self.low
        if watch.accuracy >= high:
            return "discriminator"
        if watch.fake <= low:
            return "generator"
        even = self.stop_within is not None and abs(watch.accuracy - 0.5) <= self.stop_within
        return "blind" if even and self._is_blind else "balanced" if even else "moving"

    def _judge(self, trainer: Trainer) -> None:
        """Stop when every game is balanced."""
        if self.stop_within is None:
            return
        long = [watch for watch in self.watches.values() if watch.at - watch.since >= self.patience]
        even = len(long) == len(self.watches) and all(watch.state in ("balanced", "blind") for watch in long)
        balanced = even and all(watch.state == "balanced" for watch in long)
        if even and not balanced and not self.notes:
            self._tell(trainer, f"{self._evenly()}, but the samples cover too few of the modes or classes to stop here")
        if trainer.strategy.reduce_boolean_decision(balanced):  # every rank stops at the same batch
            for watch in self.watches.values():  # whoever resumes this run wants more of it
                watch.since = watch.at
            trainer.should_stop = True
            self._tell(
                trainer,
                f"stopped after {self._seen_at} batches: {self._evenly()} (callbacks.equilibrium.stop_within)",
            )

    def _evenly(self) -> str:
        return f"the discriminator's accuracy stayed within 1/2 ± {self.stop_within} for {self.patience} batches"

    def _tell(self, trainer: Trainer, note: str) -> None:
        self.notes.append(note)
        if trainer.is_global_zero:
            log.warning(note)

    def state_dict(self) -> dict[str, Any]:
        return {
            "watches": {game: asdict(watch) for game, watch in self.watches.items()},
            "notes": list(self.notes),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.watches = {game: Watch(**watch) for game, watch in state_dict["watches"].items()}
        self.notes = list(state_dict["notes"])


def lacks_coverage(trainer: Trainer, measured: Mapping[str, float], share: float) -> bool:
    """Whether modes or classes are counted, and less than a share of the reals' is found, or none looked for yet."""
    if (count := coverage.covered(measured)) is not None:
        return count.share < share
    gives = (getattr(callback, "gives", ()) for callback in trainer.callbacks)  # type: ignore[attr-defined]
    return any(word in coverage.COVERAGE for words in gives for word in words)
