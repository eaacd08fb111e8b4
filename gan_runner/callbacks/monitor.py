"""Name the state that each game is in, from what is measured anyway."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import TensorBoardLogger

from gan_runner.callbacks.codes import Codes
from gan_runner.callbacks.equilibrium import Equilibrium, Watch, lacks_coverage
from gan_runner.callbacks.evaluation import Evaluation
from gan_runner.figures import build, word_of
from gan_runner.monitoring.diagnosis import ACTIVE, CODES, HEALTHY, Diagnosis, Finding, State
from gan_runner.monitoring.remedies import remedies, saturates
from gan_runner.systems.base import System
from gan_runner.systems.capabilities import Encodes, Plays, Variational
from gan_runner.types import PositiveInt, Share

NOTES = 20
"""Sentences that a run keeps; a run that goes to and fro would fill its record."""


CODES_GAME = "autoencoder"
"""What the states of codes are kept under, beside those of games."""

log = logging.getLogger(__name__)


class Monitor(Callback):
    """Tell when a game goes wrong and which keys help; log `monitor/<game>/state`, from 5 to 0, healthy.

    5 diverged: a loss, a gradient norm or the size of the fakes is `growth` times the run's median, as a running mean
      over the last `memory` batches; or a share of at least `saturated` of the pixels has been at ±1 for `patience`
      batches, beyond the reals' share.
    4 collapsed: the fakes' variety has been below `low` times the reals' for `patience` batches; or they have covered
      fewer than `covered` times the reals' modes or classes for as long, and do not find more.
    3 collapsing: it fell below `fall` times its own best, and falls.
    2, 1 discriminator, generator too strong: as callbacks.equilibrium has measured for `patience` batches; also 2,
      once the generator's gradient has been below `vanished` times its largest for `memory` batches, of a loss that
      saturates (minimax).

    An autoencoder is healthy or, beside the state of the game that it may play,
    5 diverged: its gradient norm, as above, where it plays none;
    4 posterior collapsed, where codes are distributions: of their numbers fewer than `active` of all, or than one, have
      depended on the data for `patience` batches, by what callbacks.codes measures on held-out samples. Before the
      first look none had.

    Variety is measured in each logged batch (`discriminator/<game>/variety`). Where there are evaluations, covered
    modes and classes, recall, distances and duplicates count too, once they have been good. A generator that has
    varied little from the start gets `patience` updates first, and longer while its variety multiplies, or while the
    discriminator hardly errs: it has not learned to. What is not finite is callbacks.finite's.

    A state lasts until its number is a quarter better than the threshold (monitoring.trends.eased), and a milder one
    is believed when it has lasted `memory` batches. Where evaluations count modes or classes, no collapse is over and
    no game healthy again before `covered` times the reals' are found.

    history: every change of state with the quantity that decided, its value and its threshold, for run.json.
    """

    def __init__(
        self,
        low: Share = 0.2,
        fall: Share = 0.5,
        covered: Share = 0.8,
        growth: Annotated[float, Field(gt=1)] = 100.0,
        saturated: Share = 0.95,
        vanished: Share = 0.01,
        patience: PositiveInt = 1000,
        memory: PositiveInt = 200,
        active: Share = 0.05,
    ) -> None:
        self.patience, self.memory = patience, memory
        self.diagnosis = Diagnosis(low, fall, covered, growth, saturated, vanished, patience, memory, active)
        self.states: dict[str, State] = {}
        self.milder_since: dict[str, int] = {}
        self.history: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self._seen_at = 0
        self._measured: Mapping[str, float] = {}
        self._codes_at = 0

    # ---- when ---------------------------------------------------------------------------------------------------

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        system = judged(pl_module)
        if system is not None:
            self._seen_at, self._measured = trainer.global_step, system.measured
            self._codes_at = trainer.global_step
            self._take_made_up(trainer, pl_module)

    def _take_made_up(self, trainer: Trainer, module: LightningModule) -> None:
        """What was cut off has been measured now; what was not is known already."""
        callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]
        made_up = [
            one
            for one in callbacks
            if isinstance(one, Evaluation | Codes) and not one.cut_off and one.acted_at == trainer.global_step
        ]
        for one in made_up:
            if isinstance(one, Evaluation):
                self._measured = {}
            else:
                self._codes_at = -1
        if made_up:
            self._look(trainer, module)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._look(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._look(trainer, pl_module)  # an evaluation may have come after the last batch

    def _look(self, trainer: Trainer, module: LightningModule) -> None:
        """Take in what is new, and judge if anything is. Without games or codes there is nothing to judge."""
        system = judged(module)
        if system is None:
            return
        has_figures, has_evaluation = system.figures_at > self._seen_at, system.measured is not self._measured
        has_codes = self._take_codes(trainer)
        if has_figures:
            self._seen_at = system.figures_at
            self.diagnosis.take_figures(system.figures, self._seen_at)
        if has_evaluation:
            self._measured = system.measured
            self.diagnosis.take_evaluation(system.measured, trainer.global_step)
        if has_figures or has_evaluation or has_codes:
            self._judge(trainer, system)

    def _take_codes(self, trainer: Trainer) -> bool:
        """Whether there is news of codes that are distributions."""
        for one in trainer.callbacks:  # type: ignore[attr-defined]
            if isinstance(one, Codes) and one.figures and one.figures_at > self._codes_at:
                self._codes_at = one.figures_at
                active = next(value for name, value in one.figures.items() if word_of(name) == ACTIVE)
                self.diagnosis.take_codes(active, one.numbers, one.figures_at)
                return True
        return False

    # ---- what ---------------------------------------------------------------------------------------------------

    def _judge(self, trainer: Trainer, system: System) -> None:
        """Settle on the worst that holds of each game, and of the codes."""
        playing = Plays.of(system)
        if playing is not None:
            self._judge_games(trainer, playing)
        if Encodes.of(system) is not None:
            held = self._held(CODES_GAME)
            found = [] if playing is not None else list(self.diagnosis.has_diverged(CODES_GAME, held))
            variational = Variational.of(system)
            collapsed = variational and self.diagnosis.has_collapsed_posterior(variational.encoded_by)
            self._settle(CODES_GAME, [*found, *([collapsed] if collapsed else [])], trainer, system)
        codes = {build("monitor", name, "state"): float(CODES[state]) for name, state in self.states.items()}
        for logger in trainer.loggers:
            logger.log_metrics(codes, trainer.global_step)

    def _judge_games(self, trainer: Trainer, system: Plays) -> None:
        vanished = self._has_vanished(system)
        blind = lacks_coverage(trainer, system.measured, self.diagnosis.covered)
        for name, game in zip(system.games, system.all_games, strict=True):
            held = self._held(name)
            watches = list(_watches(name, trainer))
            stifled = vanished is not None or any(watch.state == "discriminator" for watch, _ in watches)
            found = [*self.diagnosis.findings(name, held, game.generator_updates, stifled), *self._strong(watches)]
            if vanished is not None:
                found.insert(0, vanished)
            self._settle(name, found, trainer, system, vanished, blind)

    def _settle(
        self,
        game: str,
        found: Iterable[Finding],
        trainer: Trainer,
        system: System,
        vanished: Finding | None = None,
        blind: bool = False,
    ) -> None:
        """Tell and keep the worst, if it is news."""
        worst = max(found, key=lambda finding: finding.code, default=HEALTHY)
        if self._lasts(game, worst, trainer.global_step, blind):
            change = {"batches": trainer.global_step, "game": game, **worst._asdict()}
            self._tell(change, system.origin.config, trainer, vanished)
            self.states[game] = worst.state
            self.history.append(change)

    def _held(self, game: str) -> Finding:
        """What the state of a game goes back to."""
        self.states.setdefault(game, "healthy")
        changes = (change for change in reversed(self.history) if change["game"] == game)
        return _finding(next(changes, {"state": "healthy"}))

    def _has_vanished(self, system: Plays) -> Finding | None:
        """The generator's gradient, where nothing but the loss makes it vanish."""
        config = system.origin.config
        return self.diagnosis.has_vanished() if config and saturates(config) else None

    def _strong(self, watches: Iterable[tuple[Watch, Equilibrium]]) -> Iterator[Finding]:
        """Whether a player has been too strong for long, as callbacks.equilibrium measures it."""
        for watch, equilibrium in watches:
            if watch.at - watch.since < self.patience:
                continue
            if watch.state == "discriminator":
                yield Finding("discriminator too strong", "accuracy", watch.accuracy, equilibrium.high)
            elif watch.state == "generator":
                yield Finding("generator too strong", "accuracy on fakes", watch.fake, equilibrium.low)

    def _lasts(self, game: str, finding: Finding, batches: int, blind: bool) -> bool:
        """Whether the state is a new one: a worse one is at once, a milder one when it has lasted.

        blind: modes or classes are missing, which no healthy game lacks, and without which no collapse is over.
        """
        code = CODES[self.states[game]]
        if finding.code < code:
            if blind and (finding.state == "healthy" or (is_collapse(self.states[game]) > is_collapse(finding.state))):
                return False
            return batches - self.milder_since.setdefault(game, batches) >= self.memory
        self.milder_since.pop(game, None)
        return finding.code > code

    # ---- telling ------------------------------------------------------------------------------------------------

    @property
    def closing_lines(self) -> list[str]:
        """A line for each game that is not healthy at the end."""
        last = {change["game"]: change for change in self.history if change["state"] != "healthy"}
        return [_line(last[game]) for game, state in self.states.items() if state != "healthy"]

    def _tell(
        self, change: Mapping[str, Any], config: Mapping[str, Any], trainer: Trainer, vanished: Finding | None
    ) -> None:
        """What has changed and, the first time, what helps."""
        game, state = change["game"], change["state"]
        self.milder_since.pop(game, None)
        note = f"{'model' if game == CODES_GAME else 'game'} '{game}' is {_line(change)}"
        if vanished is not None and change["quantity"] != vanished.quantity:
            note += f", and {vanished.why}"
        if state != "healthy" and not any((past["game"], past["state"]) == (game, state) for past in self.history):
            cures = remedies(state, config, vanished is not None)
            note += ". Try one of: " + ", ".join(cures) if cures else ""
        self.notes[NOTES - 1 :] = [note]
        if trainer.is_global_zero:
            log.warning(note)
            for logger in trainer.loggers:
                if isinstance(logger, TensorBoardLogger):
                    logger.experiment.add_text(f"monitor/{game}", note, trainer.global_step)

    # ---- going on -----------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        return {
            "diagnosis": self.diagnosis.state_dict(),
            "states": dict(self.states),
            "milder_since": dict(self.milder_since),
            "history": [dict(change) for change in self.history],
            "notes": list(self.notes),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.diagnosis.load_state_dict(state_dict["diagnosis"])
        self.states, self.milder_since = dict(state_dict["states"]), dict(state_dict["milder_since"])
        self.history, self.notes = list(state_dict["history"]), list(state_dict["notes"])


def judged(module: LightningModule) -> System | None:
    """A system that there is something to judge of."""
    return Plays.of(module) or Encodes.of(module)


def _watches(game: str, trainer: Trainer) -> Iterator[tuple[Watch, Equilibrium]]:
    """What callbacks.equilibrium, if there is one, knows of a game."""
    for equilibrium in trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(equilibrium, Equilibrium) and game in equilibrium.watches:
            yield equilibrium.watches[game], equilibrium


def _line(change: Mapping[str, Any]) -> str:
    """collapsed after 2400 batches: discriminator/gan/variety 0.02 is below 0.2"""
    finding = _finding(change)
    if finding.state == "healthy":
        return f"healthy again after {change['batches']} batches"
    return f"{finding.state} after {change['batches']} batches: {finding.why}"


def _finding(change: Mapping[str, Any]) -> Finding:
    return Finding(**{name: change[name] for name in Finding._fields if name in change})


def is_collapse(state: State) -> bool:
    """Whether it is about variety."""
    return state in ("collapsing", "collapsed")
