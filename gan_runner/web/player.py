"""The process that plays live games, one after the other."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from gan_runner.config.errors import ConfigError
from gan_runner.config.options import CONFIGS
from gan_runner.web.line import GONE, Line

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from gan_runner.assemble import Experiment
    from gan_runner.systems.capabilities import Steerable
    from gan_runner.web.frames import View

Explain = Callable[[BaseException, Sequence[str]], str]
"""The sentence that an error of a configuration is told in; the overrides are those that it was composed of."""

ENDLESS = 1_000_000
"""Batches of a game whose length nobody chose."""
AHEAD = 2
"""Pictures that are sent before the first of them is taken."""
CALLBACKS = ("finite", "equilibrium", "monitor")
"""What else of a run is done beside a live game: nothing that saves or draws."""


class GameOver(Exception):  # noqa: N818  # no error
    """Something else is to be played, or nothing any more."""


def one_line(error: BaseException, overrides: Sequence[str]) -> str:
    """An error in its own words."""
    text = " ".join(str(error).split()) or "no further explanation"
    return text if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: {text}"


def serve(connection: Connection, explain: Explain = one_line) -> None:
    """Play what is asked for until the other end is gone. To be started as a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started it
    signal.signal(signal.SIGTERM, _leave)
    if hasattr(signal, "SIGHUP"):  # of a terminal that is closed, which the line to the server tells as well
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    line = Line(connection)
    logging.getLogger().addHandler(logging.NullHandler())  # the page tells what the monitor says
    with TemporaryDirectory(prefix="gan-play-") as folder:
        import_ahead()
        table = Table(line, Path(folder), explain)
        while table.plays():
            pass


def _leave(number: int, frame: Any) -> None:
    raise SystemExit(0)


def import_ahead() -> None:
    """What takes seconds to import is imported while nobody waits."""
    from gan_runner.training import libraries

    libraries.load()
    import torch

    import gan_runner.assemble
    import gan_runner.callbacks.live
    import gan_runner.training.trainer
    import gan_runner.web.frames  # noqa: F401

    # Networks of a page are small: more threads win nothing there, and wait for each other where browsers draw.
    torch.set_num_threads(1)


class Table:
    """Where one game after the other is played: the audience of callbacks.live, at the end of a line."""

    def __init__(self, line: Line, folder: Path, explain: Explain) -> None:
        self.line, self.folder, self.explain = line, folder, explain
        self.game = 0
        self._ahead = 0
        self._next: Mapping[str, Any] | None = None
        self._view: View | None = None

    def plays(self) -> bool:
        """Play the next game; False where none will come."""
        while self._next is None:
            message = self.line.hear()
            self._sort(message)
            if self._next is None and message.get("do") != "taken":
                self.refuse("no game is on: its settings were refused, or it has ended")
        asked, self._next = self._next, None
        if asked.get("do") != "new":
            return False
        self.game = asked["game"]
        self._play(list(asked["overrides"]))
        return True

    def _play(self, overrides: Sequence[str]) -> None:
        """To the end, or until another is asked for."""
        from gan_runner.callbacks.live import Live

        try:
            experiment = prepare(overrides, self.folder)
        except Exception as error:
            self.refuse(self.explain(error, overrides))
            return
        self._experiment = experiment
        experiment.trainer.callbacks.append(Live(self))  # type: ignore[attr-defined]
        try:
            experiment.trainer.fit(experiment.system, experiment.data)
        except GameOver:
            return
        except Exception as error:
            began, self._view = self._view is not None, None
            told = self.explain(error, overrides)
            self._say({"event": "ended", "reason": told} if began else {"event": "refused", "sentence": told})
        else:
            batches = experiment.trainer.global_step
            self._say({"event": "ended", "reason": f"{batches:,} batches are played (trainer.max_steps)"})
        finally:
            self._view = None

    # ---- as callbacks.live has it -------------------------------------------------------------------------------

    def hear(self, timeout: float | None) -> Mapping[str, Any] | None:
        while True:
            message: Mapping[str, Any] | None = self.line.hear(timeout)
            if message is None or not self._sort(message):
                return message
            if self._next is not None:
                raise GameOver
            if timeout != 0:
                return None

    def _sort(self, message: Mapping[str, Any]) -> bool:
        """Whether it was for the table: a picture was taken, or another game is to be played, or none."""
        do = message.get("do")
        if do == "taken":
            self._ahead -= 1
        elif do in ("new", "close") or message is GONE:
            self._next = message
        else:
            return False
        return True

    def has_room(self) -> bool:
        return self._ahead < AHEAD

    def begin(self, system: Steerable, told: dict[str, Any]) -> None:
        from gan_runner.web.frames import View

        self._view = View(self._experiment.data, system, system.origin.config["seed"])  # type: ignore[arg-type]
        header, arrays = self._view.began()
        self._say({"event": "began", **header, **told}, arrays)

    def show(self, system: Steerable, told: dict[str, Any]) -> None:
        assert self._view is not None
        header, arrays = self._view.frame(system, now=not told["playing"])
        system.measured = self._view.measured  # what callbacks.monitor counts modes by
        self._ahead += 1
        self._say({"event": "frame", **told, **header}, arrays)

    def refuse(self, sentence: str) -> None:
        self._say({"event": "refused", "sentence": sentence})

    def _say(self, header: dict[str, Any], arrays: Sequence[bytes] = ()) -> None:
        self.line.say(({"game": self.game, **header}, list(arrays)))


def prepare(overrides: Sequence[str], folder: Path) -> Experiment:
    """A live game of what gan-train would play with these overrides. Raises what says why there is none."""
    from gan_runner.assemble import assemble
    from gan_runner.systems.capabilities import Samples, Steerable

    experiment = assemble(settled(composed(overrides, folder), overrides))
    data, system = experiment.data, experiment.system
    if data.kind != "points" or tuple(data.shape) != (2,):
        raise ConfigError(
            "a live game is about points in the plane: choose data=ring, data=points data.path=… or another set of "
            "points; gan-play run=… shows the run of images"
        )
    if Steerable.of(system) is None or Samples.of(system) is None:
        raise ConfigError(
            f"a live game is one of two players that starts from latents, which {type(system).__name__} is not: set "
            "system=gan"
        )
    return experiment


def composed(overrides: Sequence[str], folder: Path) -> DictConfig:
    """As gan-train composes, without a run folder of its own."""
    from hydra import compose, initialize_config_dir

    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return compose("train", overrides=[*overrides, f"paths.run={folder}"])


def settled(config: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """Without what saves, draws and measures a run. A length or a schedule that nobody asked for is none."""
    from omegaconf import open_dict

    keys = {override.lstrip("+~").partition("=")[0] for override in overrides}
    with open_dict(config):
        given = config.callbacks or {}
        config.callbacks = {name: given[name] for name in CALLBACKS if name in given}
        config.logger, config.metrics = {}, {}
        config.trainer.update({"log_every_n_steps": 10, "engine": "eager", "devices": 1, "num_nodes": 1})
        config.trainer.strategy = "auto"
        if not keys & {"experiment", "trainer.max_steps"}:
            config.trainer.max_steps = ENDLESS
        if not any(key == "experiment" or key.partition(".")[0] == "schedule" for key in keys):
            config.schedule = dict.fromkeys(config.schedule)
    return config
