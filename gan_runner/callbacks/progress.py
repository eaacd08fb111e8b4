"""How far a run is, how fast it goes and how the game stands."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from threading import Timer
from time import perf_counter
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ProgressBar
from rich.console import Console
from rich.progress_bar import ProgressBar as Bar
from rich.table import Table
from rich.text import Text

from gan_runner.figures import build, game_of, is_of_all_games, word_of
from gan_runner.report.pictures import html_of_file, newest
from gan_runner.runs.folder import RunFolder
from gan_runner.systems.base import System
from gan_runner.systems.capabilities import Plays
from gan_runner.types import Positive, PositiveInt
from gan_runner.waiting.clock import aside, clock
from gan_runner.waiting.inline import Inline, bar, in_notebook
from gan_runner.waiting.screen import Screen, has_terminal

FIRST = 5.0
"""Seconds of a run after which a batch that ends is told of, if no plain line was said yet."""
PATIENCE = 10.0
"""Seconds after which a first batch that has not ended yet is told of."""
SILENCE = 60.0
"""Seconds between plain lines of a run without an end."""
FIGURES = {
    "D(real)": ("discriminator", ("D_real",)),
    "D(fake)": ("discriminator", ("D_fake",)),
    "accuracy": ("discriminator", ("accuracy_real", "accuracy_fake")),
    "critic(real)": ("discriminator", ("logit_real",)),
    "critic(fake)": ("discriminator", ("logit_fake",)),
    "loss D": ("discriminator", ("adversarial",)),
    "loss G": ("generator", ("adversarial",)),
}
"""What a line shows of a game: a figure, or the mean of two."""


ASIDE = ("gradient_norm", "learning_rate", "loss_scale")
"""Figures of a player that a line leaves out."""


class Progress(ProgressBar):
    """Count batches against the whole run, with speed, time left and the newest logged figures of each game.

    In a terminal a bar, drawn anew every `seconds` at most; what others print or log appears above it. Below the cell
    of a notebook that calls gan_runner.train a bar too, and the newest picture of the run. Anywhere else, commands that
    a notebook starts included, `lines` plain lines, evenly over the run, and one as soon as it has played for some
    seconds, whether its first batch has ended or not. A batch costs one look at the clock. Speed and time left are
    those of playing: evaluations and pictures do not count. Where the generator has had another number of updates than
    there were batches, that is told too.
    """

    def __init__(self, seconds: Positive = 0.5, lines: PositiveInt = 10) -> None:
        super().__init__()
        self.seconds, self.lines = seconds, lines
        self.console = Console(highlight=False)
        self._enabled = True
        self._screen: Screen | None = None
        self._inline: tuple[Inline, Inline] | None = None
        """Of a notebook: the places of the bar and of the picture."""
        self._pictured: Path | None = None
        """The picture that is shown there: it is encoded once."""
        self._total: int | None = None
        self._begun, self._begun_at, self._due, self._due_at = 0.0, 0, 0.0, 0
        self._aside, self._is_said = 0.0, False
        self._waits: Timer | None = None

    def disable(self) -> None:
        self._enabled = False

    def enable(self) -> None:
        self._enabled = True

    def print(self, *args: Any, **kwargs: Any) -> None:
        self.console.print(*args, **kwargs)

    # ---- the run ------------------------------------------------------------------------------------------------

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._total = batches_of(trainer)
        self._begin(trainer)
        self._due, self._due_at = self._begun + self.seconds, self._next_line(trainer.global_step)
        self._is_said = False
        if self._enabled and has_terminal():
            self._screen = Screen()
            self.console = self._screen.console
            self._screen.start()
            self._draw(trainer.global_step, pl_module)  # a first batch may take long
        elif self._enabled and in_notebook():
            self._inline = Inline(), Inline()
            self._draw_inline(trainer, pl_module)
        else:
            self.console = Console(highlight=False, file=sys.stdout)

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        if trainer.global_step == self._begun_at:  # what others prepare before (a classifier to judge by) is no batch
            self._begin(trainer)
            self._wait(trainer.global_step)

    def _wait(self, step: int) -> None:
        """Say that the first batch goes on, should it take long: from a thread, since it blocks this one."""
        self._stop_waiting()
        if self._enabled and self._screen is None and self._inline is None:
            self._waits = Timer(PATIENCE, self._say_it_plays, [step])
            self._waits.daemon = True
            self._waits.start()

    def _say_it_plays(self, step: int) -> None:
        told = f"the first batch of this command takes more than {PATIENCE:.0f} s"
        print(f"{_count(step, self._total)}, {told}", flush=True)

    def _stop_waiting(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None

    def _begin(self, trainer: Trainer) -> None:
        self._begun, self._begun_at, self._aside = perf_counter(), trainer.global_step, aside.seconds

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        now = perf_counter()
        self._stop_waiting()
        if self._screen is not None:
            if now >= self._due:
                self._draw(trainer.global_step, pl_module)
                self._due = now + self.seconds
        elif self._inline is not None:
            if now >= self._due:
                self._draw_inline(trainer, pl_module)
                self._due = now + self.seconds
        elif self._enabled and self._is_due(trainer.global_step, now):
            self._say(trainer.global_step, pl_module)
            self._due, self._due_at = now, self._next_line(trainer.global_step)

    def _is_due(self, step: int, now: float) -> bool:
        """Whether a plain line is."""
        if not self._is_said and now >= self._begun + FIRST:
            return True
        return step >= self._due_at if self._total is not None else now >= self._due + SILENCE

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._screen is not None:
            self._draw(trainer.global_step, pl_module)
        self._stop()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._stop()

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if self._inline is not None:  # after those that draw at the end
            self._draw_inline(trainer, pl_module)
            self._inline = None
        self._stop()

    def _stop(self) -> None:
        self._stop_waiting()
        if self._screen is not None:
            self._screen.stop()
            self._screen = None

    # ---- what is shown ------------------------------------------------------------------------------------------

    def _draw(self, step: int, module: LightningModule) -> None:
        assert self._screen is not None
        row = Table.grid(padding=(0, 1))
        row.add_row(_count(step, self._total), Bar(self._total, step, width=30), *self._pace(step))
        told = [*_updates(module, step), *lines_of(_figures(module))]
        self._screen.show(row, *(Text(line, "dim", no_wrap=True, overflow="ellipsis") for line in told))

    def _draw_inline(self, trainer: Trainer, module: LightningModule) -> None:
        assert self._inline is not None
        place, below = self._inline
        step = trainer.global_step
        told = [_count(step, self._total), *self._pace(step)]
        more = [*_updates(module, step), *lines_of(_figures(module))]
        place.show(bar(step, self._total, told, more), ", ".join([*told, *more]))
        found = newest(RunFolder(Path(trainer.default_root_dir)).samples)
        if found is not None and found[1] != self._pictured:
            batches, self._pictured = found
            below.show(html_of_file(found[1], f"after {batches} batches"), f"[{found[1].name}]")

    def _say(self, step: int, module: LightningModule) -> None:
        told = [_count(step, self._total), *_updates(module, step), *self._pace(step), *lines_of(_figures(module))]
        print(", ".join(told), flush=True)
        self._is_said = True

    def _pace(self, step: int) -> list[str]:
        """Batches a second of playing since the start or the resumption, and the time left or taken."""
        if step == self._begun_at:
            return []
        taken = perf_counter() - self._begun
        speed = (step - self._begun_at) / max(taken - (aside.seconds - self._aside), 1e-9)
        remaining = self._total - step if self._total is not None else 0
        time = f"{clock(remaining / speed)} left" if remaining > 0 and speed > 0 else f"in {clock(taken)}"
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
        parts = []
        for shown, (player, names) in FIGURES.items():
            keys = [build(player, str(game), name) for name in names]
            if all(key in figures for key in keys):
                parts.append(f"{shown} {sum(figures[key] for key in keys) / len(keys):.2f}")
        lines.append("  ".join([f"{game}:"] * (len(games) > 1) + parts))
    return lines or [line for line in ["  ".join(_terms(figures))] if line]


def _terms(figures: Mapping[str, float]) -> list[str]:
    """What is minimised where there is no game."""
    own = {key: value for key, value in figures.items() if is_of_all_games(key) and word_of(key) not in ASIDE}
    return [f"{word_of(key)} {value:.2f}" for key, value in own.items()]


def _figures(module: LightningModule) -> Mapping[str, float]:
    system = System.of(module)
    return {} if system is None else system.figures


def _updates(module: LightningModule, step: int) -> list[str]:
    """How many of the generator's, where that is not the number of batches."""
    system = Plays.of(module)
    updates = step if system is None else system.generator_updates
    return [] if updates == step else [f"{updates} generator update{'s' * (updates != 1)}"]


def batches_of(trainer: Trainer) -> int | None:
    """The batches of the whole run, or None for a run without an end."""
    limits = [trainer.max_steps] if trainer.max_steps > 0 else []
    if trainer.max_epochs is not None and trainer.max_epochs > 0:
        limits.append(int(trainer.max_epochs * trainer.num_training_batches))
    return min(limits, default=None)


def _count(step: int, total: int | None) -> str:
    return f"{step} batches" if total is None else f"{step}/{total} batches ({step / total:.0%})"
