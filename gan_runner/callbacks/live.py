"""Play a game before an audience that may pause it, play it step by step, and change its rates while it plays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from time import perf_counter
from typing import Any, Protocol

from pytorch_lightning import Callback, LightningModule, Trainer

from gan_runner.callbacks.finite import scale_rates
from gan_runner.callbacks.monitor import Monitor
from gan_runner.figures import source_of, word_of
from gan_runner.systems.capabilities import Steerable
from gan_runner.types import Player

SHARE = 0.1
"""The most of the playing process's time that pictures take."""
PER_SECOND = 30.0
"""Pictures, where nobody asks for another number."""
HIGHEST_RATE, MOST_STEPS, HIGHEST_SPEED, MOST_PICTURES = 10.0, 100, 100_000.0, 60.0
SHOWN = ("adversarial", "accuracy_real", "accuracy_fake", "logit_real", "logit_fake", "variety", "gradient_norm")
"""The figures of training that an audience is told, by their words; and the terms of tricks."""


class Audience(Protocol):
    """Who watches a game and steers it."""

    def hear(self, timeout: float | None) -> Mapping[str, Any] | None:
        """The next command. None: there was none within `timeout` seconds (None: as long as it takes), or there may be
        room for another picture now. Raises where the game is over.
        """

    def has_room(self) -> bool:
        """Whether it has taken enough of the pictures so far to be shown another."""

    def begin(self, system: Steerable, told: dict[str, Any]) -> None:
        """The game is about to be played, from batch 0."""

    def show(self, system: Steerable, told: dict[str, Any]) -> None:
        """A picture of the game as it is."""

    def refuse(self, sentence: str) -> None:
        """A command that cannot be obeyed."""


class Live(Callback):
    """Ask the audience before each batch, and show it the game in between.

    A game begins paused. Commands act on the next batch: {"do": "play"}; "pause"; "step" with the `players` that move
    on one batch, after which it is paused; "speed" with `batches_per_second`, null for as fast as it goes; "rate" with
    a `player` and the `value` of its learning rate, to which its schedule is scaled; "steps" with the `value` of
    system.discriminator_steps; "frames" with the pictures `per_second` that are asked for.

    Pictures are fewer where they would take more than a share of the time (SHARE), or find no room: training never
    waits for who looks. What is played is what gan-train would play: pictures draw no random numbers of the run.
    """

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.playing = False
        self.speed: float | None = None
        self.per_second = PER_SECOND
        self._step: tuple[Player, ...] | None = None
        self._moved: tuple[Player, ...] = ()
        self._owed = True
        """Whether the game has changed since it was shown."""
        self._next_show = self._next_batch = 0.0
        self._pace = Pace()
        self._figures: dict[str, float] = {}

    # ---- when ---------------------------------------------------------------------------------------------------

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._trainer, self._system = trainer, steerable(pl_module)
        sizes = {one: sum(p.numel() for p in self._system.parameters_of(one)) for one in self._system.players}
        self.audience.begin(self._system, {"players": sizes, **self._settings(), "max_steps": trainer.max_steps})

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        while self.playing and (command := self.audience.hear(0)) is not None:
            self._obey(command)
        if self._seconds_left() != 0:
            self._wait()
        system, now = self._system, perf_counter()
        if self.speed is not None:
            self._next_batch = max(self._next_batch, now - 1 / self.speed) + 1 / self.speed
        system.steered, system.reports_next = self._step, self._step is not None
        self._moved = tuple(system.turns(trainer.global_step))

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._owed, self._step = True, None
        if self.playing and perf_counter() >= self._next_show and self.audience.has_room():
            self._show()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.playing = False
        if self.audience.has_room():
            self._show()

    def _seconds_left(self) -> float | None:
        """Until the next batch may be played; None: until a command says so."""
        if self._step is not None:
            return 0.0
        if not self.playing:
            return None
        return 0.0 if self.speed is None else max(0.0, self._next_batch - perf_counter())

    def _wait(self) -> None:
        """Obey what comes, and show what has changed, until the next batch may be played."""
        while (left := self._seconds_left()) != 0:
            timeout = left
            if self._owed and self.audience.has_room():
                until = 0.0 if left is None else max(0.0, self._next_show - perf_counter())
                if until == 0:
                    self._show()
                    continue
                timeout = until if left is None else min(left, until)
            command = self.audience.hear(timeout)
            if command is not None:
                self._obey(command)

    # ---- what is shown ------------------------------------------------------------------------------------------

    def _show(self) -> None:
        begun, batch, system = perf_counter(), self._trainer.global_step, self._system
        self._figures |= {name: value for name, value in system.figures.items() if _is_shown(name)}
        state, why = self._state()
        told = {
            "batch": batch,
            "generator_updates": system.generator_updates,
            "figures": {name: value if math.isfinite(value) else None for name, value in self._figures.items()},
            "state": state,
            "why": why,
            "batches_per_second": self._pace.at(batch, begun),
            "playing": self.playing,
            "moved": list(self._moved),
            "speed": self.speed,
            **self._settings(),
        }
        self.audience.show(system, told)
        self._owed = False
        self._next_show = begun + max(1 / self.per_second, (perf_counter() - begun) / SHARE)

    def _settings(self) -> dict[str, Any]:
        """What commands may change."""
        optimizers = zip(self._system.players, self._trainer.optimizers, strict=True)
        rates = {player: float(optimizer.param_groups[0]["lr"]) for player, optimizer in optimizers}
        return {"rates": rates, "discriminator_steps": self._system.discriminator_steps}

    def _state(self) -> tuple[str, str]:
        """The worst that the monitor says of a game, and what decided, in words."""
        for monitor in self._trainer.callbacks:  # type: ignore[attr-defined]
            if isinstance(monitor, Monitor):
                states = [state for state in monitor.states.values() if state != "healthy"]
                lines = monitor.closing_lines
                return (states[0], lines[0]) if states else ("healthy", "")
        return "", ""

    # ---- commands -----------------------------------------------------------------------------------------------

    def _obey(self, command: Mapping[str, Any]) -> None:
        """Do as told; what cannot be is refused, and changes nothing."""
        try:
            act = COMMANDS.get(command.get("do"))  # type: ignore[arg-type]
            if act is None:
                raise ValueError(f"unknown command {command.get('do')!r}; known: {', '.join(COMMANDS)}")
            act(self, command)
        except (TypeError, ValueError) as error:
            self.audience.refuse(str(error))
        else:
            self._owed = True

    def _play(self, command: Mapping[str, Any]) -> None:
        if not self.playing:
            self._pace.begin(self._trainer.global_step)
        self.playing = True

    def _pause(self, command: Mapping[str, Any]) -> None:
        self.playing = False

    def _step_once(self, command: Mapping[str, Any]) -> None:
        players, known = command.get("players"), self._system.players
        if not isinstance(players, list) or not players or not all(player in known for player in players):
            raise ValueError(f"step: players={players!r} must be a list of some of {', '.join(known)}")
        self._step, self.playing = tuple(player for player in known if player in players), False

    def _set_speed(self, command: Mapping[str, Any]) -> None:
        value = command.get("batches_per_second")
        self.speed = None if value is None else number("speed: batches_per_second", value, 0.01, HIGHEST_SPEED)
        self._next_batch = 0.0
        self._pace.begin(self._trainer.global_step)

    def _set_rate(self, command: Mapping[str, Any]) -> None:
        player, known = command.get("player"), self._system.players
        if player not in known:
            raise ValueError(f"rate: player={player!r} is none of {', '.join(known)}")
        value = number("rate: value", command.get("value"), 0.0, HIGHEST_RATE)
        optimizer = self._trainer.optimizers[known.index(player)]
        present = float(optimizer.param_groups[0]["lr"])
        if present > 0 and value > 0:
            scale_rates(self._trainer, value / present, [optimizer])
        for group in optimizer.param_groups:
            group["lr"] = value

    def _set_steps(self, command: Mapping[str, Any]) -> None:
        value = command.get("value")
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_STEPS:
            raise ValueError(f"steps: value={value!r} must be a whole number from 1 to {MOST_STEPS}")
        self._system.discriminator_steps = value

    def _set_frames(self, command: Mapping[str, Any]) -> None:
        self.per_second = number("frames: per_second", command.get("per_second"), 0.1, MOST_PICTURES)


COMMANDS = {
    "play": Live._play,
    "pause": Live._pause,
    "step": Live._step_once,
    "speed": Live._set_speed,
    "rate": Live._set_rate,
    "steps": Live._set_steps,
    "frames": Live._set_frames,
}


class Pace:
    """Batches per second, over stretches of half a second and more in which nothing was paused."""

    STRETCH = 0.5

    def __init__(self) -> None:
        self._since: tuple[int, float] | None = None
        self._found: float | None = None

    def begin(self, batch: int) -> None:
        """Count from here."""
        self._since = (batch, perf_counter())

    def at(self, batch: int, now: float) -> float | None:
        """None before there was a stretch."""
        if self._since is not None and now - self._since[1] >= self.STRETCH and batch > self._since[0]:
            self._found = (batch - self._since[0]) / (now - self._since[1])
            self._since = (batch, now)
        return self._found


def steerable(module: LightningModule) -> Steerable:
    """Raises ValueError for a system that nobody can steer."""
    system = Steerable.of(module)
    if system is None:
        raise ValueError(
            f"system={type(module).__name__} has no turns to take over: a live game is one of two players, such as "
            "system=gan"
        )
    return system


def number(what: str, value: Any, low: float, high: float) -> float:
    """Raises ValueError for what is no number, or not within these bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"{what}={value!r} must be a number from {low:g} to {high:g}")
    return float(value)


def _is_shown(name: str) -> bool:
    """Whether an audience is told a figure."""
    return source_of(name) in ("discriminator", "generator") and word_of(name) in SHOWN
