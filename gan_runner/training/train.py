"""One run: assembled, played, and said where everything lies. Nothing slow is imported before its settings are known
to be good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from gan_runner.config.errors import ConfigError, nearest
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import by_source, check
from gan_runner.figures import is_measured
from gan_runner.files import replacing
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.record import Interrupted, Record, hardware
from gan_runner.training import libraries
from gan_runner.training.finished import known
from gan_runner.training.launch import company, dismiss, rank
from gan_runner.training.resumed import Resumed, allows_changes

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

    from gan_runner.assemble import Experiment
    from gan_runner.systems.base import System


def train(config: DictConfig) -> float | None:
    """Assemble the experiment, fit it, and say where everything lies. Of several ranks the first writes.

    Returns the figure that config.objective names, for a search.
    """
    folder, first = Path(config.paths.run), rank() == 0
    if folder.resolve() != Path(HydraConfig.get().runtime.output_dir).resolve():
        raise ConfigError(f"paths.run={folder} only tells where the run lies: choose it by hydra.run.dir={folder}")
    seed, overrides = config.seed, list(HydraConfig.get().overrides.task)  # a reference in it is told of by its key
    with Record(folder, seed, overrides, silent=not first, later=bool(config.resume)) as record:
        _check_search(config.objective)
        check(plain_config(config), by_source)
        if config.skip_finished and _is_sweep() and first and (figures := known(config, record)) is not None:
            return _figure(config.objective, figures) if config.objective else None
        libraries.load()
        resumed = Resumed.of(config, trusted=not first) if config.resume else None
        if resumed is not None and (why := resumed.over(plain_config(config), allows_changes(config))):
            return _nothing_left(config, resumed, why, first)
        from gan_runner.assemble import assemble

        experiment = assemble(config)
        checkpoint = _begin(experiment, config, resumed, record) if first else _join(experiment, resumed)
        _play(experiment, checkpoint, folder, record)
    if first:
        print(_closing_lines(folder, _told(experiment.trainer, "closing_lines"), experiment.system))
    return _objective(config.objective, experiment.system) if config.objective else None


def _is_sweep() -> bool:
    return HydraConfig.get().mode is RunMode.MULTIRUN


def _nothing_left(config: DictConfig, resumed: Resumed, why: str, first: bool) -> float | None:
    """Leave a run that has come to its end as it is, and say so."""
    if first:
        dismiss()
        print(
            f"Nothing is left to play in {resumed.run.path}: {why}. It stays as it is; a longer one plays on "
            f"(trainer.max_steps=…), and gan-evaluate run={resumed.run.path} measures it again",
            flush=True,
        )
    return _figure(config.objective, resumed.facts.get("figures") or {}) if config.objective else None


def _begin(experiment: Experiment, config: DictConfig, resumed: Resumed | None, record: Record) -> Path | None:
    """Note what is played, and where it begins; of a resumed run only once it is known to go on. Its checkpoint."""
    system, trainer, run = experiment.system, experiment.trainer, RunFolder(Path(config.paths.run))
    system.origin = replace(system.origin, data=experiment.data.fingerprint())
    stretches = [] if resumed is None else resumed.go_on(system, allows_changes(config))
    if resumed is not None:  # the next part of this run, and its other ranks, begin from here
        resumed.put_aside_damaged()
        with replacing(run.composed) as beside:
            OmegaConf.save(config, beside)
    record.begin()
    OmegaConf.save(config, run.resolved, resolve=True)
    ranks = trainer.num_nodes * trainer.num_devices
    record.add(hardware=hardware(), precision=trainer.precision, ranks=ranks, data=system.origin.data)
    if stretches:
        record.add(stretches=stretches)
    return None if resumed is None else resumed.path


def _join(experiment: Experiment, resumed: Resumed | None) -> Path | None:
    """Of another rank: the first has looked at everything."""
    if resumed is None:
        return None
    resumed.fit(experiment.system)
    return resumed.path


def _play(experiment: Experiment, checkpoint: Path | None, folder: Path, record: Record) -> None:
    """Fit. However it ends, the record holds how far it came."""
    trainer, system = experiment.trainer, experiment.system
    try:
        with company(trainer, folder):
            trainer.fit(system, experiment.data, ckpt_path=checkpoint, weights_only=True)
    except Interrupted:
        if rank() == 0:
            print(
                f"Stopped after {trainer.global_step} batches and saved. Go on: gan-train resume={folder}", flush=True
            )
        raise
    finally:
        record.add(
            batches=trainer.global_step or record.facts.get("batches", 0),
            figures=_figures(record, system),
            notes=_told(trainer, "notes"),
            states=_told(trainer, "history"),
        )


def _figures(record: Record, system: System) -> dict[str, float]:
    """The newest, of a resumed run also those that its earlier parts logged last."""
    before = record.facts.get("figures") or {}
    return {name: value for name, value in before.items() if not is_measured(name)} | system.figures | system.measured


def _told(trainer: Trainer, what: str) -> list[Any]:
    """What callbacks have to say about a run, all of them in turn."""
    return [told for callback in trainer.callbacks for told in getattr(callback, what, [])]  # type: ignore[attr-defined]


def _check_search(objective: str | None) -> None:
    """A sweeper that searches needs to know what for, before its first job has run for nothing."""
    searches = _is_sweep() and not HydraConfig.get().sweeper["_target_"].endswith("BasicSweeper")
    if searches and objective is None:
        raise ConfigError("a search needs objective=<a figure of metrics.csv>, such as discriminator/gan/adversarial")


def _objective(name: str, system: System) -> float:
    return _figure(name, system.figures | system.measured)


def _figure(name: str, figures: Mapping[str, float]) -> float:
    if name not in figures:
        raise ValueError(f"objective={name} is no figure of this run{nearest(name, figures)}")
    return figures[name]


def _closing_lines(folder: Path, troubles: list[str], system: System) -> str:
    """What the run came to, and what can be done with it."""
    from gan_runner.systems.capabilities import Samples, Translates

    run, pictures, further = RunFolder(folder), "*.png", []
    if Samples.of(system):
        pictures = "[0-9]*.png"
        further = [f"gan-sample run={folder} num_samples=64 output=samples.png"]
    elif Translates.of(system):
        pictures = "a2b_*.png"
        further = [f"gan-translate run={folder} input=<images> output=<folder>"]
    further.append(f"gan-train resume={folder} trainer.max_steps=…   to train longer")
    advice = "\n      ".join(further)
    samples = sorted(run.samples.glob(pictures))
    grid = f"  samples      {samples[-1]}\n" if samples else ""
    state = "".join(f"  state        {trouble} (what helps: run.json, notes)\n" for trouble in troubles)
    return (
        f"\nDone. Everything lies in {folder}\n{state}{grid}"
        f"  checkpoint   {run.last}\n"
        f"  figures      tensorboard --logdir {folder}\n"
        f"Next: {advice}"
    )
