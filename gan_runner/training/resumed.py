"""A run that goes on: what it was, whether it is still the same run, what becomes of it otherwise."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from gan_runner.config.plain import plain_config
from gan_runner.config.trust import check_folder_targets, vouched
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.identity import (
    Changes,
    Identity,
    changed_data,
    changed_test,
    changes,
    consequence,
)
from gan_runner.runs.resuming import refuse
from gan_runner.types import Fingerprint, Origin

if TYPE_CHECKING:
    from gan_runner.systems.base import System

Stretch = Mapping[str, Any]
"""A part of a run that was played otherwise than the part before it: from which batch, what was, what is."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resumed:
    """The state that a run goes on from, and what its record says."""

    run: RunFolder
    path: Path
    contents: Mapping[str, Any]
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, config: DictConfig, trusted: bool = False) -> Self:
        """What config.resume names. Raises FileNotFoundError or ValueError where nothing whole is to go on from, and
        for a configuration of the folder's that names classes of others; trusted: another rank has looked.
        """
        if not trusted and _is_from_folder(config) and not vouched(HydraConfig.get().overrides.task):
            check_folder_targets(plain_config(config))
        from gan_runner.runs.checkpoints import to_resume

        run = RunFolder(Path(config.resume))
        path, contents = to_resume(run.path)
        return cls(run, path, contents, run.facts())

    @property
    def origin(self) -> Origin:
        """What it told of its configuration and its data."""
        from gan_runner.runs.checkpoints import origin_of

        return origin_of(self.contents, self.path)

    @property
    def batches(self) -> int:
        return int(self.contents["global_step"])

    @property
    def stretches(self) -> list[Stretch]:
        """Those that were played up to here."""
        return [one for one in self.facts.get("stretches", []) if one["batch"] < self.batches]

    def changed(self, config: Mapping[str, Any]) -> Changes:
        """In which settings a configuration is that of another run."""
        return Changes(changes(self.contents["origin"]["config"], config))

    def over(self, config: Mapping[str, Any], allowed: bool) -> str:
        """Why nothing is left to play by a configuration; empty where something is.

        A run that has its length but was stopped before it was at its end still has that to do. Of another run, unless
        that is `allowed`, something else is to be said.
        """
        if self.changed(config) and not allowed:
            return ""
        trainer, finished = config["trainer"], self.facts.get("status") == "finished"
        progress = self.contents["loops"].get("fit_loop", {}).get("epoch_progress", {})
        epochs = progress.get("current", {}).get("processed", 0)
        for what, played, most in (("steps", self.batches, trainer.get("max_steps")),
                                   ("epochs", epochs, trainer.get("max_epochs"))):  # fmt: skip
            if most is not None and most >= 0 and (played > most or (played == most and finished)):
                unit = "batches" if what == "steps" else what
                return f"it has played {played} {unit}, trainer.max_{what}={most}"
        return ""

    def changed_by(self, system: System) -> Changes:
        """In which settings and data a system is that of another run."""
        config, data = system.origin.config, system.origin.data
        return Changes(self.changed(config).settings, self._changed_data(config, data))

    def go_on(self, system: System, changed: Changes, allowed: bool) -> list[Stretch]:
        """Returns the stretches to note; of a run that has changed the newest is the one that begins here.

        Raises ConfigError for one that has, whose weights `fit`, unless that is `allowed`.
        """
        data = system.origin.data
        if not allowed:
            refuse(changed, self.run.path)
        if not changed:
            print(f"Going on after batch {self.batches}", flush=True)
            return self.stretches
        print(f"Going on with changes after batch {self.batches}: {changed}", flush=True)
        if changed.data and self.data is not None and data is not None:
            print(f"Of other data: {consequence(self.data, data)}; {self.run.reals} is drawn anew", flush=True)
            self.run.reals.unlink(missing_ok=True)
        return [*self.stretches, self._stretch(changed, data)]

    def fit(self, system: System) -> None:
        """Load the weights. Raises ValueError where they do not fit."""
        from gan_runner.runs.checkpoints import fit

        fit(self.contents, system, self.path)

    def put_aside_damaged(self) -> None:
        """So that the next save does not take a damaged last.ckpt for the one before."""
        from gan_runner.runs.checkpoints import put_aside_damaged

        put_aside_damaged(self.run.path, self.path)

    # ---- what changed -------------------------------------------------------------------------------------------

    @property
    def data(self) -> Fingerprint | None:
        """Which it was played with; None of a run of an earlier version."""
        found: Fingerprint | None = self.contents["origin"].get("data")
        return found

    def _changed_data(self, config: Mapping[str, Any], data: Fingerprint | None) -> str:
        before = Identity.of(self.contents["origin"]["config"], self.data)
        now = Identity.of(config, data)
        if self.data is None:
            if before.places != now.places:
                log.warning("which data %s was played with is not noted: this is taken for it", self.run.path)
            return ""
        if changed_test(self.data, data):
            log.warning("what %s is measured by is other data than before: figures do not compare", self.run.path)
        return changed_data(before, now)

    def agreed(self, changed: Changes, system: System) -> bool:
        """Whether this very change was allowed before: the run was killed before it had saved itself with it."""
        data, now = system.origin.data, {key: is_now for key, (_, is_now) in changed.settings.items()}
        for one in self.facts.get("stretches", []):
            told = {key: values["is"] for key, values in one["settings"].items()}
            same_data = not changed.data or not changed_data(
                Identity({}, {}, one.get("data", {}).get("is")), Identity({}, {}, data)
            )
            if one["batch"] >= self.batches and now == told and same_data:
                return True
        return False

    def _stretch(self, changed: Changes, data: Fingerprint | None) -> Stretch:
        settings = {key: {"was": was, "is": is_now} for key, (was, is_now) in changed.settings.items()}
        stretch: dict[str, Any] = {"batch": self.batches, "settings": settings}
        return stretch | ({"data": {"was": self.data, "is": data}} if changed.data else {})


def allows_changes(config: DictConfig) -> bool:
    """By this command: what an earlier one allowed lies in the run folder's configuration."""
    said = any(one.lstrip("+").startswith("allow_changes=") for one in HydraConfig.get().overrides.task)
    return bool(config.allow_changes) and (said or not _is_from_folder(config))


def _is_from_folder(config: DictConfig) -> bool:
    """Whether the configuration is that of the run folder, which may come from anywhere, not the command line's."""
    folder = RunFolder(Path(config.resume)).composed.parent
    return any(source.path == str(folder) for source in HydraConfig.get().runtime.config_sources)
