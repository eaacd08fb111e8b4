"""A run folder: what lies where. Each of its files is named here alone, and may be looked for without torch."""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_runner.config.errors import ConfigError
from gan_runner.files import expanded, read_json
from gan_runner.runs.playing import is_playing
from gan_runner.runs.seal import damage

LAST, PREVIOUS, BEST = "last.ckpt", "previous.ckpt", "best.ckpt"
"""Checkpoints: the newest, the one before it, and the one that callbacks.evaluation found best."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunFolder:
    """The files and folders of one run; they need not be there yet."""

    path: Path

    @property
    def called(self) -> str:
        """A name for people: where it lies, in short; of a job of a sweep with that of the sweep."""
        parts = self.path.absolute().parts
        return "/".join(parts[-3 if parts[-4:-3] == ("sweeps",) else -2 :])

    @property
    def record(self) -> Path:
        """The facts of the run: how it was started, on what, how it ended."""
        return self.path / "run.json"

    @property
    def resolved(self) -> Path:
        """The configuration with every value in its place."""
        return self.path / "config.yaml"

    @property
    def composed(self) -> Path:
        """The configuration as Hydra composed it, references and all: what a resumed run starts from."""
        return self.path / ".hydra" / "config.yaml"

    @property
    def metrics(self) -> Path:
        """Figures by batch."""
        return self.path / "metrics.csv"

    @property
    def evaluation(self) -> Path:
        """What gan-evaluate found."""
        return self.path / "metrics.json"

    @property
    def curves(self) -> Path:
        """The figures on one sheet."""
        return self.path / "curves.png"

    @property
    def report(self) -> Path:
        """The page to hand in."""
        return self.path / "report.html"

    @property
    def is_job(self) -> bool:
        """Whether it is a job of a sweep, whose folder Hydra has marked."""
        return (self.path.parent / "multirun.yaml").is_file()

    @property
    def tracked_by_mlflow(self) -> Path:
        """Which run of MLflow it is."""
        return self.path / "mlflow.json"

    @property
    def readme(self) -> Path:
        """What each file is, in words."""
        return self.path / "README.md"

    @property
    def samples(self) -> Path:
        """The folder of pictures."""
        return self.path / "samples"

    @property
    def reals(self) -> Path:
        """The picture of real data, which is drawn once."""
        return self.samples / "real.png"

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.path / "checkpoints"

    @property
    def last(self) -> Path:
        """The newest checkpoint."""
        return self.checkpoints / LAST

    def facts(self) -> dict[str, Any]:
        """What the record says; {} before there is one."""
        return read_json(self.record) if self.record.exists() else {}

    def config(self) -> dict[str, Any]:
        """The resolved configuration."""
        from omegaconf import OmegaConf

        return OmegaConf.to_container(OmegaConf.load(self.resolved))  # type: ignore[return-value]


def recorded(place: Path, *depths: str) -> Iterator[RunFolder]:
    """The run folders below a place that have a record. depths: where to look, "*/*" or "**" for all depths, say."""
    name = RunFolder(place).record.name
    for depth in depths:
        for record in place.glob(f"{depth}/{name}"):
            yield RunFolder(record.parent)


def named(run: str | None, ckpt: str | None) -> Path:
    """The checkpoint file that one of two keys names.

    Raises ConfigError for both or none, FileNotFoundError for what is not there; else like newest_whole.
    """
    if (run is None) == (ckpt is None):
        raise ConfigError("give either run=<run folder> or ckpt=<checkpoint file>")
    if run is not None:
        return last_of(expanded(run))
    path = expanded(str(ckpt))
    refuse_no_file(path)
    return path


def last_of(run: Path) -> Path:
    """The newest whole checkpoint of a run folder, or of the one that its figures were taken from (skip_finished).

    Raises FileNotFoundError when it is none; else like newest_whole.
    """
    refuse_no_folder(run)
    played = RunFolder(run).facts().get("same_as", run)
    return newest_whole(RunFolder(Path(played)).checkpoints)


def refuse_no_file(path: Path) -> None:
    """Raises FileNotFoundError for a checkpoint that is not there."""
    if not path.is_file():
        raise FileNotFoundError(f"checkpoint {path} does not exist")


def refuse_no_folder(run: Path) -> None:
    """Raises FileNotFoundError for a run folder that is not there."""
    if not run.is_dir():
        raise FileNotFoundError(f"{run} is no run folder: give one like outputs/runs/<model>-<data>/<time>")


def newest_whole(folder: Path) -> Path:
    """last.ckpt, or previous.ckpt where that is damaged (which is said).

    Raises FileNotFoundError when there is none, ValueError when none is whole.
    """
    present = [path for name in (LAST, PREVIOUS) if (path := folder / name).is_file()]
    if not present:
        run = RunFolder(folder.parent)
        reason = f"it is no run folder ({run.record.name} is missing too), give outputs/runs/<model>-<data>/<time>"
        if run.record.is_file():
            reason = _unsaved(run.facts())
        raise FileNotFoundError(f"{folder.parent} has no {folder.name}/{LAST}: {reason}")
    for path in present:
        problem = damage(path)
        if problem is None:
            return path
        log.warning("checkpoint %s is damaged (%s)%s", path, problem, "" if path is present[-1] else ": trying another")
    raise ValueError(f"no checkpoint in {folder} is whole ({', '.join(p.name for p in present)} damaged)")


def _unsaved(facts: Mapping[str, Any]) -> str:
    """Why a run has no checkpoint."""
    if is_playing(facts):
        return "the run is still playing and has saved nothing yet, try again after its first save"
    if facts.get("status") == "running" and facts.get("host") not in (None, platform.node()):
        return "the run was started on another machine and has saved nothing yet, or stopped before its first save"
    return "the run stopped before its first save"
