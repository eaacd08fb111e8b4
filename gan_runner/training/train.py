"""One run: assembled, played, and said where everything lies. Nothing slow is imported before its settings are known
to be good.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from gan_runner.config.errors import ConfigError, nearest
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import by_source, check
from gan_runner.config.trust import check_folder_targets
from gan_runner.files import replacing
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.interruption import AGAIN, NOT_BEGUN, signals
from gan_runner.runs.record import Record, hardware
from gan_runner.runs.resuming import newest_finished
from gan_runner.training import libraries
from gan_runner.training.launch import company, rank

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
    with Record(folder, config.seed, list(HydraConfig.get().overrides.task), silent=not first) as record:
        _check_search(config.objective)
        check(plain_config(config), by_source)
        if config.skip_finished and _is_sweep() and first and (figures := _known(config, record)) is not None:
            return _figure(config.objective, figures) if config.objective else None
        libraries.load()
        if config.resume and first:
            _check_trust(config)
        from gan_runner.assemble import assemble

        experiment = assemble(config)
        checkpoint = _continued(config, experiment.system, first) if config.resume else None
        if first:
            OmegaConf.save(config, RunFolder(folder).resolved, resolve=True)
        trainer = experiment.trainer
        record.add(hardware=hardware(), precision=trainer.precision, ranks=trainer.num_nodes * trainer.num_devices)
        _play(experiment, checkpoint, folder, record)
    if first:
        print(_closing_lines(folder, _told(experiment.trainer, "closing_lines"), experiment.system))
    return _objective(config.objective, experiment.system) if config.objective else None


def _is_sweep() -> bool:
    return HydraConfig.get().mode is RunMode.MULTIRUN


def _known(config: DictConfig, record: Record) -> dict[str, float] | None:
    """The figures of a finished run of the same settings, if there is one."""
    found = newest_finished(Path(config.paths.outputs).resolve(), plain_config(config))
    if found is None:
        return None
    facts = RunFolder(found).facts()
    record.add(same_as=str(found), batches=facts["batches"], figures=facts["figures"])
    print(f"skip_finished: {found} has these settings and is finished", flush=True)
    return dict(facts["figures"])


def _check_trust(config: DictConfig) -> None:
    """A run folder may come from anywhere; only the command line can vouch for it."""
    if "trust=true" not in HydraConfig.get().overrides.task:
        check_folder_targets(plain_config(config))


def _continued(config: DictConfig, system: System, first: bool) -> Path:
    """The checkpoint to go on from, once it is known to fit."""
    from gan_runner.runs.checkpoints import to_resume

    checkpoint = to_resume(Path(config.resume), system, system.origin.config, config.allow_changes)
    if first:  # the next part of this run, and its other ranks, begin from here
        with replacing(RunFolder(Path(config.paths.run)).composed) as beside:
            OmegaConf.save(config, beside)
    return checkpoint


def _play(experiment: Experiment, checkpoint: Path | None, folder: Path, record: Record) -> None:
    """Fit. However it ends, the record holds how far it came."""
    trainer, system = experiment.trainer, experiment.system
    signals.word = lambda: _stopped(trainer, folder)
    try:
        with company(trainer, folder):
            trainer.fit(system, experiment.data, ckpt_path=checkpoint, weights_only=True)
    finally:
        figures = system.figures | system.measured
        record.add(
            batches=trainer.global_step,
            figures=figures,
            notes=_told(trainer, "notes"),
            states=_told(trainer, "history"),
        )


def _stopped(trainer: Trainer, folder: Path) -> str:
    """What a run that was told to stop has kept, and how it goes on."""
    played = trainer.global_step
    saved = max((getattr(callback, "saved_at", None) or 0 for callback in trainer.checkpoint_callbacks), default=0)
    if not played and not saved:
        return NOT_BEGUN
    if not saved:
        return f"Stopped after {played} batches, none of them saved. {AGAIN}"
    kept = " and saved" if played == saved else f", the first {saved} of them saved"
    return f"Stopped after {played} batches{kept}. Go on: gan-train resume={folder}"


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
