"""Say when one player has been too strong for too long."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from shlex import quote
from typing import Annotated, Any, Literal

from pydantic import Field
from pytorch_lightning import Callback, LightningModule, Trainer

from gan_runner.systems.adversarial import Adversarial
from gan_runner.types import Player

Share = Annotated[float, Field(ge=0, le=1)]
Batches = Annotated[int, Field(ge=1)]
State = Literal["discriminator", "generator", "balanced", "moving"]

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
    """Watch the discriminator's accuracy; tell once per game which player has been too strong for `patience` batches.

    Running means over the last `memory` batches or so, of the logged figures alone; `equilibrium/<game>/accuracy`,
    the mean of both sides, is logged. At the equilibrium it is 1/2: the discriminator cannot tell.

    Above `high` the discriminator hardly errs, and there the generator's gradient is weak or says little: the
    discriminator is too strong. The other end is not "accuracy near 0": a discriminator that accepts everything is
    right on all reals and scores 1/2. So the generator is too strong when the accuracy on fakes stays below `low`.
    An undecided discriminator crosses its boundary to and fro, and averages far above it.

    `stop_within` ends the run once the accuracy has stayed within 1/2 ± stop_within for `patience` batches while
    neither player was too strong. A critic (Wasserstein) has no accuracy, its games are not watched. `notes` keeps
    what was told.
    """

    def __init__(
        self,
        high: Share = 0.95,
        low: Share = 0.2,
        patience: Batches = 1000,
        memory: Batches = 200,
        stop_within: Annotated[float, Field(gt=0, lt=0.5)] | None = None,
    ) -> None:
        self.high, self.low, self.patience, self.memory = high, low, patience, memory
        self.stop_within = stop_within
        self.watches: dict[str, Watch] = {}
        self.told: list[str] = []
        self.notes: list[str] = []
        self._seen_at = 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._seen_at = trainer.global_step

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        assert isinstance(pl_module, Adversarial)
        if pl_module.figures_at <= self._seen_at:
            return
        self._seen_at = pl_module.figures_at
        self._look(pl_module.figures, self._seen_at)
        if self.watches:
            accuracies = {f"equilibrium/{game}/accuracy": watch.accuracy for game, watch in self.watches.items()}
            for logger in trainer.loggers:
                logger.log_metrics(accuracies, self._seen_at)
            self._judge(trainer, pl_module.origin.get("config", {}))

    def _look(self, figures: Mapping[str, float], batches: int) -> None:
        """Fold the newest figures into the running means."""
        for key, real in figures.items():
            player, _, rest = key.partition("/")
            game, _, figure = rest.rpartition("/")
            if player == "discriminator" and figure == "accuracy_real":
                watch = self.watches.setdefault(game, Watch(since=batches))
                keep = math.exp(-(batches - watch.at) / self.memory) if watch.at else 0.0
                watch.real = keep * watch.real + (1 - keep) * real
                watch.fake = keep * watch.fake + (1 - keep) * figures[f"discriminator/{game}/accuracy_fake"]
                watch.at = batches
                state = self._state(watch)
                if state != watch.state:
                    watch.state, watch.since = state, batches

    def _state(self, watch: Watch) -> State:
        if watch.accuracy >= self.high:
            return "discriminator"
        if watch.fake <= self.low:
            return "generator"
        if self.stop_within is not None and abs(watch.accuracy - 0.5) <= self.stop_within:
            return "balanced"
        return "moving"

    def _judge(self, trainer: Trainer, config: Mapping[str, Any]) -> None:
        """Tell who is too strong; stop when every game is balanced."""
        long = {game: watch for game, watch in self.watches.items() if watch.at - watch.since >= self.patience}
        for game, watch in long.items():
            key = f"{watch.state}/{game}"
            if (watch.state == "discriminator" or watch.state == "generator") and key not in self.told:
                self.told.append(key)
                self._tell(trainer, _verdict(game, watch, watch.state, config))
        if self.stop_within is None:
            return
        balanced = len(long) == len(self.watches) and all(watch.state == "balanced" for watch in long.values())
        if trainer.strategy.reduce_boolean_decision(balanced):  # every rank stops at the same batch
            for watch in self.watches.values():  # whoever resumes this run wants more of it
                watch.since = watch.at
            trainer.should_stop = True
            self._tell(
                trainer,
                f"stopped after {self._seen_at} batches: the discriminator's accuracy stayed within 1/2 ± "
                f"{self.stop_within} for {self.patience} batches (callbacks.equilibrium.stop_within)",
            )

    def _tell(self, trainer: Trainer, note: str) -> None:
        self.notes.append(note)
        if trainer.is_global_zero:
            log.warning(note)

    def state_dict(self) -> dict[str, Any]:
        return {
            "watches": {game: asdict(watch) for game, watch in self.watches.items()},
            "told": list(self.told),
            "notes": list(self.notes),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.watches = {game: Watch(**watch) for game, watch in state_dict["watches"].items()}
        self.told, self.notes = list(state_dict["told"]), list(state_dict["notes"])


def _verdict(game: str, watch: Watch, strong: Player, config: Mapping[str, Any]) -> str:
    return (
        f"{strong} too strong in game '{game}': for {watch.at - watch.since} batches the discriminator has been "
        f"right on {watch.real:.0%} of reals and {watch.fake:.0%} of fakes. Try one of: "
        + ", ".join(quote(override) for override in remedies(strong, config))
    )


def remedies(strong: Player, config: Mapping[str, Any]) -> list[str]:
    """Overrides of this configuration that weaken the stronger player or strengthen the other one."""
    if not config:
        return ["a lower learning rate for it", "more steps for the other player"]
    system, other = config["system"], "generator" if strong == "discriminator" else "discriminator"
    rate = config["optimizer"][strong].get("lr")
    found = [f"optimizer.{strong}.lr={rate / 2:g}"] if rate else []
    if system[f"{strong}_steps"] > 1:
        found.append(f"system.{strong}_steps={system[f'{strong}_steps'] - 1}")
    else:
        found.append(f"system.{other}_steps={system[f'{other}_steps'] + 1}")
    if strong == "discriminator":
        if config["loss"].get("label_smoothing") == 0:
            found.append("loss.label_smoothing=0.1")
        tricks = [name for name, node in (config.get("tricks") or {}).items() if node]
        found += [
            f"tricks=[{','.join([*tricks, name])}]"
            for name in ("instance_noise", "spectral_norm")
            if name not in tricks
        ]
    elif config["loss"].get("label_smoothing"):
        found.append("loss.label_smoothing=0")
    return found
