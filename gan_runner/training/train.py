"""One run: assembled, played, and said where everything lies. Nothing slow is imported before its settings are known
to be good.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from gan_runner.config.errors import ConfigError
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import by_source, check
from gan_runner.config.trust import check_folder_targets, vouched
from gan_runner.files import replacing
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.initial import pinned
from gan_runner.runs.record import Interrupted, Record, hardware
from gan_runner.runs.resuming import newest_finished
from gan_runner.training import libraries
from gan_runner.training.launch import company, rank
from gan_runner.training.objective import check_objective, insist, value_of
from gan_runner.training.pruning import prune_early, tell_pruned
from gan_runner.types import Origin

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

    from gan_runner.assemble import Experiment
    from gan_runner.systems.base import System


def train(config: DictConfig) -> float | None:
    """Assemble the experiment, fit it, and say where everything lies. Of several ranks the first writes.

    Returns the figure that config.objective names, for a search: NaN where there is none.
    """
    folder, first = Path(config.paths.run), rank() == 0
    if folder.resolve() != Path(HydraConfig.get().runtime.output_dir).resolve():
        raise ConfigError(
            f"paths.run={folder} only tells where the run lies: choose it by {shlex.quote(f'hydra.run.dir={folder}')}"
        )
    with Record(folder, config.seed, list(HydraConfig.get().overrides.task), silent=not first) as record:
        check(plain_config(config), by_source)
        _pin(config, first)
        if config.skip_finished and _is_sweep() and first and (figures := _known(config, record)) is not None:
            return value_of(config.objective, figures) if config.objective else None
        libraries.load()
        if config.resume and first:
            _check_trust(config)
        from gan_runner.assemble import assemble

        experiment = assemble(config)
        if config.objective:
            check_objective(config.objective, experiment)
            insist(config.objective, experiment)
            prune_early(config.objective, experiment.trainer)
        checkpoint = _continued(config, experiment, first) if config.resume else None
        if config.init_from and first and checkpoint is None:
            _begin(config, experiment.system, record)
        if first:
            OmegaConf.save(config, RunFolder(folder).resolved, resolve=True)
        trainer = experiment.trainer
        record.add(hardware=hardware(), precision=trainer.precision, ranks=trainer.num_nodes * trainer.num_devices)
        if names := experiment.system.origin.class_names:
            record.add(class_names=list(names))
        _play(experiment, checkpoint, folder, record)
        tell_pruned(experiment.trainer)
    if first:
        from gan_runner.training.closing import closing_lines

        print(closing_lines(folder, _told(trainer, "closing_lines"), experiment.system, plain_config(config)))
    system = experiment.system
    return value_of(config.objective, system.figures | system.measured) if config.objective else None


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
    if not vouched(HydraConfig.get().overrides.task):
        check_folder_targets(plain_config(config))


def _continued(config: DictConfig, experiment: Experiment, first: bool) -> Path:
    """The checkpoint to go on from, once it is known to fit."""
    from gan_runner.runs.checkpoints import origin_of, to_resume

    system = experiment.system
    checkpoint, contents = to_resume(Path(config.resume), system, system.origin.config, config.allow_changes)
    _keep_classes(experiment, origin_of(contents, checkpoint), config.allow_changes)
    if first:
        _keep(config)
    return checkpoint


def _keep(config: DictConfig) -> None:
    """The next part of this run, and its other ranks, begin from here."""
    with replacing(RunFolder(Path(config.paths.run)).composed) as beside:
        OmegaConf.save(config, beside)


def _pin(config: DictConfig, first: bool) -> None:
    """Of several ranks the first chooses the checkpoint; a run that goes on has made its choice, and reads nothing."""
    if config.init_from and first and not (config.resume and OmegaConf.is_config(config.init_from)):
        given = OmegaConf.to_container(config.init_from) if OmegaConf.is_config(config.init_from) else config.init_from
        config.init_from = pinned(given)  # type: ignore[arg-type]  # a mapping of names, which check() has seen


def _begin(config: DictConfig, system: System, record: Record) -> None:
    """Take the weights that init_from names. Other ranks are given the first one's, by trainer.strategy."""
    from gan_runner.training.initial_weights import begin

    taken = begin(system, config.init_from)
    record.add(initial_weights=taken.facts())
    print(taken.sentence(), flush=True)
    _keep(config)


def _keep_classes(experiment: Experiment, before: Origin, allow_changes: bool) -> None:
    """Labels go on to mean what they meant. Raises ConfigError where the data has other classes now."""
    from gan_runner.assemble import names_of

    data, system = experiment.data, experiment.system
    try:
        data.keep_classes(before.class_names)
    except ValueError as error:
        if not allow_changes:
            raise ConfigError(f"{error}, or set allow_changes=true to give their labels to these classes") from error
    system.origin = replace(system.origin, class_names=names_of(data))


def _play(experiment: Experiment, checkpoint: Path | None, folder: Path, record: Record) -> None:
    """Fit. However it ends, the record holds how far it came."""
    trainer, system = experiment.trainer, experiment.system
    try:
        with company(trainer, folder):
            trainer.fit(system, experiment.data, ckpt_path=checkpoint, weights_only=True)
    except Interrupted:
        if rank() == 0:
            further = shlex.join(["gan-train", f"resume={folder}"])
            print(f"Stopped after {trainer.global_step} batches and saved. Go on: {further}", flush=True)
        raise
    finally:
        figures = system.figures | system.measured
        record.add(
            batches=trainer.global_step,
            figures=figures,
            notes=_told(trainer, "notes"),
            states=_told(trainer, "history"),
        )


def _told(trainer: Trainer, what: str) -> list[Any]:
    """What callbacks have to say about a run, all of them in turn."""
    return [told for callback in trainer.callbacks for told in getattr(callback, what, [])]  # type: ignore[attr-defined]
