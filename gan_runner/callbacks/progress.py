"""How far a run is, how fast it goes and how the game stands."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from math import ceil
from time import perf_counter
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ProgressBar
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar as Bar
from rich.table import Table
from rich.text import Text

from gan_runner.figures import build, game_of, is_of_all_games, word_of
from gan_runner.systems.base import System
from gan_runner.types import Positive, PositiveInt

SILENCE = 60.0
"""Seconds between plain lines of a run without an end."""
FIGURES = {
    "D(real)": ("discriminator", "D_real"),
    "D(fake)": ("discriminator", "D_fake"),
    "critic(real)": ("discriminator", "logit_real"),
    "critic(fake)": ("discriminator", "logit_fake"),
    "loss D": ("discriminator", "adversarial"),
    "loss G": ("generator", "adversarial"),
}


ASIDE = ("gradient_norm", "learning_rate", "loss_scale")
"""Figures of a player that a line leaves out."""


class Progress(ProgressBar):
    """Count batches against the whole run, with speed, time left and the newest logged figures of each game.

    In a terminal a bar, drawn anew every `seconds` at most; what others print or log appears above it. Anywhere else
    `lines` plain lines, evenly over the run. A batch costs one look at the clock.
    """

    def __init__(self, seconds: Positive = 0.5, lines: PositiveInt = 10) -> None:
        super().__init__()
        self.seconds, self.lines = seconds, lines
        self.console = Console(highlight=False)
        self._enabled = True
        self._live: Live | None = None
        self._streams: list[tuple[logging.StreamHandler[Any], Any]] = []
        self._total: int | None = None
        self._begun, self._begun_at, self._due, self._due_at = 0.0, 0, 0.0, 0

    def disable(self) -> None:
        self._enabled = False

    def enable(self) -> None:
        self._enabled = True

    def print(self, *args: Any, **kwargs: Any) -> None:
        self.console.print(*args, **kwargs)

    # ---- the run ------------------------------------------------------------------------------------------------

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._total = _batches_of(trainer)
        self._begun, self._begun_at = perf_counter(), trainer.global_step
        self._due, self._due_at = self._begun + self.seconds, self._next_line(trainer.global_step)
        self.console = Console(highlight=False, file=sys.stdout)
        if self._enabled and sys.stdout.isatty() and not self.console.is_dumb_terminal:
            self._redirect(Live(console=self.console, auto_refresh=False))

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        if trainer.global_step == self._begun_at:  # what others prepare before (a classifier to judge by) is no batch
            self._begun = perf_counter()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        now = perf_counter()
        if self._live is not None:
            if now >= self._due:
                self._draw(trainer.global_step, _figures(pl_module))
                self._due = now + self.seconds
        elif self._enabled and (
            trainer.global_step >= self._due_at if self._total is not None else now >= self._due + SILENCE
        ):
            self._say(trainer.global_step, _figures(pl_module))
            self._due, self._due_at = now, self._next_line(trainer.global_step)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._live is not None:
            self._draw(trainer.global_step, _figures(pl_module))
        self._stop()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._stop()

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self._stop()

    def _stop(self) -> None:
        for handler, stream in self._streams:
            handler.setStream(stream)
        self._streams.clear()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _redirect(self, live: Live) -> None:
        """Start the bar. Log handlers hold the terminal itself: lead them too to where their lines appear above it."""
        live.start()
        self._live = live
        for name in (None, "pytorch_lightning", "lightning.pytorch", "lightning"):
            for handler in logging.getLogger(name).handlers:
                if isinstance(handler, logging.StreamHandler) and _is_terminal(handler.stream):
                    self._streams.append((handler, handler.setStream(sys.stdout)))

    # ---- what is shown ------------------------------------------------------------------------------------------

    def _draw(self, step: int, figures: Mapping[str, float]) -> None:
        assert self._live is not None
        row = Table.grid(padding=(0, 1))
        row.add_row(_count(step, self._total), Bar(self._total, step, width=30), *self._pace(step))
        state = [Text(line, "dim", no_wrap=True, overflow="ellipsis") for line in lines_of(figures)]
        self._live.update(Group(row, *state), refresh=True)

    def _say(self, step: int, figures: Mapping[str, float]) -> None:
        print(", ".join([_count(step, self._total), *self._pace(step), *lines_of(figures)]), flush=True)

    def _pace(self, step: int) -> list[str]:
        """Batches a second since the start or the resumption, and the time left or taken."""
        seconds = perf_counter() - self._begun
        speed = (step - self._begun_at) / max(seconds, 1e-9)
        remaining = self._total - step if self._total is not None else 0
        time = f"{_clock(remaining / speed)} left" if remaining > 0 and speed > 0 else f"in {_clock(seconds)}"
        return [f"{speed:.3g} batches/s" if speed < 100 else f"{speed:.0f} batches/s", time]

    def _next_line(self, step: int) -> int:
        if self._total is None:
            return 0
        line = step * self.lines // self._total + 1
        return min(ceil(line * self._total / self.lines), self._total)  # of a fraction the batch that completes it


def lines_of(figures: Mapping[str, float]) -> list[str]:
    """One line per game: how the discriminator judges and what both players lose; without a game, a line of terms."""
    games = dict.fromkeys(game_of(key) for key in figures if word_of(key) == "adversarial")
    lines = []
    for game in games:
        known = {shown: build(player, str(game), figure) for shown, (player, figure) in FIGURES.items()}
        parts = [f"{shown} {figures[key]:.2f}" for shown, key in known.items() if key in figures]
        lines.append("  ".join([f"{game}:"] * (len(games) > 1) + parts))
    return lines or [line for line in ["  ".join(_terms(figures))] if line]


def _terms(figures: Mapping[str, float]) -> list[str]:
    """What is minimised where there is no game."""
    own = {key: value for key, value in figures.items() if is_of_all_games(key) and word_of(key) not in ASIDE}
    return [f"{word_of(key)} {value:.2f}" for key, value in own.items()]


def _figures(module: LightningModule) -> Mapping[str, float]:
    system = System.of(module)
    return {} if system is None else system.figures


def _batches_of(trainer: Trainer) -> int | None:
    """The batches of the whole run, or None for a run without an end."""
    limits = [trainer.max_steps] if trainer.max_steps > 0 else []
    if trainer.max_epochs is not None and trainer.max_epochs > 0:
        limits.append(int(trainer.max_epochs * trainer.num_training_batches))
    return min(limits, default=None)


def _count(step: int, total: int | None) -> str:
    return f"{step} batches" if total is None else f"{step}/{total} batches ({step / total:.0%})"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def _is_terminal(stream: Any) -> bool:
    """Handlers keep streams that were closed, and None once they are closed themselves."""
    return stream is not None and not stream.closed and stream.isatty()
