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
from omegaconf import DictConfig, OmegaConf, open_dict

from gan_runner.config.errors import ConfigError
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import Settings, by_source, check, class_attribute
from gan_runner.figures import is_measured
from gan_runner.files import replacing
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.initial import pinned, refuse_unfinished
from gan_runner.runs.interruption import AGAIN, GO_ON, NOT_BEGUN, signals
from gan_runner.runs.naming import typed
from gan_runner.runs.readme import leave
from gan_runner.runs.record import Record, hardware
from gan_runner.training import libraries
from gan_runner.training.finished import known
from gan_runner.training.launch import company, dismiss, rank
from gan_runner.training.objective import check_objective, insist, value_of
from gan_runner.training.pruning import prune_early, tell_pruned
from gan_runner.training.resumed import Resumed, allows_changes
from gan_runner.types import Origin

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

    from gan_runner.assemble import Experiment
    from gan_runner.systems.base import System

TOLD = ("model", "data", "experiment")
"""Groups whose choice a record tells."""


def train(config: DictConfig, closing: bool = True) -> float | None:
    """Assemble the experiment, fit it, and say where everything lies. Of several ranks the first writes.

    closing: whether it ends with lines for a shell, which say where everything lies and how to go on.
    Returns the figure that config.objective names, for a search: NaN where there is none.
    """
    _complete(config)
    folder, first = Path(config.paths.run), rank() == 0
    if folder.resolve() != Path(HydraConfig.get().runtime.output_dir).resolve():
        raise ConfigError(
            f"paths.run={folder} only tells where the run lies: choose it by {shlex.quote(f'hydra.run.dir={folder}')}"
        )
    seed, overrides = config.seed, list(HydraConfig.get().overrides.task)  # a reference in it is told of by its key
    skips = config.skip_finished and not config.resume and _is_sweep() and first  # of a run to resume nothing is built
    later = bool(config.resume) or (skips and RunFolder(folder).record.exists())
    with Record(folder, seed, overrides, silent=not first, later=later, **_about(overrides)) as record:
        check(plain_config(config), by_source)
        _pin(config, first)
        if skips:
            if (figures := known(config, record)) is not None:
                return value_of(config.objective, figures) if config.objective else None
            record.begin(anew=True)
        libraries.load()
        resumed = Resumed.of(config, trusted=not first) if config.resume else None
        if resumed is not None and (why := resumed.over(plain_config(config), allows_changes(config))):
            return _nothing_left(config, resumed, why, first)
        from gan_runner.assemble import assemble

        if config.init_from and resumed is None and first and class_attribute(config.system, "inherits", ()):
            refuse_unfinished(Path(config.init_from.path))
        experiment = assemble(config)
        if config.objective:
            check_objective(config.objective, experiment)
            insist(config.objective, experiment)
            prune_early(config.objective, experiment.trainer)
        checkpoint = _begin(experiment, config, resumed, record) if first else _join(experiment, resumed)
        resumed = None  # and the contents of its checkpoint with it: they are as large as the run's own state
        _play(experiment, checkpoint, folder, record)
        lesson = _judged(config, folder, record) if first else ""
        if lesson:
            _tell_again(experiment)
        tell_pruned(experiment.trainer)
    system = experiment.system
    if first and closing:
        from gan_runner.callbacks.base import told_by
        from gan_runner.training.closing import closing_lines

        batches = experiment.trainer.global_step
        print(closing_lines(folder, told_by(experiment.trainer, "closing_lines"), system, config, batches) + lesson)
    return value_of(config.objective, system.figures | system.measured) if config.objective else None


def _complete(config: DictConfig) -> None:
    """The run folder of an earlier version lacks the keys that are newer: they have their defaults."""
    with open_dict(config):
        for key, field in Settings.model_fields.items():
            if key not in config:
                config[key] = field.default


def _about(overrides: list[str]) -> dict[str, Any]:
    """What a run was chosen to be, and in what it differs from the other jobs of its sweep. Of a run that is gone on
    with in its folder nothing is chosen: its record knows.
    """
    hydra = HydraConfig.get()
    chosen = {group: str(hydra.runtime.choices[group]) for group in TOLD if hydra.runtime.choices.get(group)}
    fixed = hydra.job.config.override_dirname.exclude_keys
    return {"choices": chosen, "swept": [key for key in typed(overrides) if key not in fixed] if _is_sweep() else []}


def _is_sweep() -> bool:
    return HydraConfig.get().mode is RunMode.MULTIRUN


def _nothing_left(config: DictConfig, resumed: Resumed, why: str, first: bool) -> float | None:
    """Leave a run that has come to its end as it is, and say so."""
    if first:
        dismiss()
        measure = shlex.join(["gan-evaluate", f"run={resumed.run.path}"])
        print(
            f"Nothing is left to play in {resumed.run.path}: {why}. It stays as it is; a longer one plays on "
            f"(trainer.max_steps=…), and {measure} measures it again",
            flush=True,
        )
    return value_of(config.objective, resumed.facts.get("figures") or {}) if config.objective else None


def _begin(experiment: Experiment, config: DictConfig, resumed: Resumed | None, record: Record) -> Path | None:
    """Note what is played, and where it begins; of a resumed run only once it is known to go on. Its checkpoint."""
    system, trainer, run = experiment.system, experiment.trainer, RunFolder(Path(config.paths.run))
    system.origin = replace(system.origin, data=experiment.data.fingerprint())
    stretches = []
    if resumed is not None:
        resumed.fit(system)  # first: what does not fit cannot be allowed
        experiment.data.settle(resumed.origin.scales)
        changed = resumed.changed_by(system)
        allowed = allows_changes(config) or resumed.agreed(changed, system)
        _keep_classes(experiment, resumed.origin, allowed)
        stretches = resumed.go_on(system, changed, allowed)
        resumed.put_aside_damaged()
        _keep(config, run)
    record.begin()
    if config.init_from and resumed is None:
        _take_weights(system, config, record)
        _keep(config, run)
    OmegaConf.save(config, run.resolved, resolve=True)
    ranks, names = trainer.num_nodes * trainer.num_devices, system.origin.class_names
    record.add(hardware=hardware(), precision=trainer.precision, ranks=ranks, data=system.origin.data)
    record.add(**{"class_names": list(names)} if names else {}, **{"stretches": stretches} if stretches else {})
    leave(run)
    return None if resumed is None else resumed.path


def _join(experiment: Experiment, resumed: Resumed | None) -> Path | None:
    """Of another rank: the first has looked at everything."""
    if resumed is None:
        return None
    resumed.fit(experiment.system)
    experiment.data.settle(resumed.origin.scales)
    _keep_classes(experiment, resumed.origin, allow_changes=True)
    return resumed.path


def _keep(config: DictConfig, run: RunFolder) -> None:
    """The next part of this run, and its other ranks, begin from here."""
    with replacing(run.composed) as beside:
        OmegaConf.save(config, beside)


def _pin(config: DictConfig, first: bool) -> None:
    """Of several ranks the first chooses the checkpoint; a run that goes on has made its choice, and reads nothing."""
    if config.init_from and first and not (config.resume and OmegaConf.is_config(config.init_from)):
        given = OmegaConf.to_container(config.init_from) if OmegaConf.is_config(config.init_from) else config.init_from
        config.init_from = pinned(given)  # type: ignore[arg-type]  # a mapping of names, which check() has seen


def _take_weights(system: System, config: DictConfig, record: Record) -> None:
    """Take those that init_from names. Other ranks are given the first one's, by trainer.strategy."""
    from gan_runner.training.initial_weights import begin

    taken = begin(system, config.init_from)
    record.add(initial_weights=taken.facts())
    print(taken.sentence(), flush=True)


def _keep_classes(experiment: Experiment, before: Origin, allow_changes: bool) -> None:
    """Labels go on to mean what they meant. Raises ConfigError where the data has other classes now."""
    from gan_runner.assemble import names_of

    data, system = experiment.data, experiment.system
    try:
        data.keep_classes(before.class_names)
    except ValueError as error:
        if not allow_changes:
            raise ConfigError(f"{error}, or set allow_changes=true to give their labels to these classes") from error
    if data.conditions is not None or before.conditions is not None:
        try:
            data.keep_conditions(before.conditions)
        except ValueError as error:  # networks are told other numbers
            raise ConfigError(str(error)) from error
    system.origin = replace(system.origin, class_names=names_of(data), conditions=data.conditions)


def _play(experiment: Experiment, checkpoint: Path | None, folder: Path, record: Record) -> None:
    """Fit. However it ends, the record holds how far it came."""
    from gan_runner.callbacks.base import told_by

    trainer, system = experiment.trainer, experiment.system
    signals.word = lambda: _stopped(trainer, folder)
    try:
        with company(trainer, folder):
            trainer.fit(system, experiment.data, ckpt_path=checkpoint, weights_only=True)
    finally:
        record.add(
            batches=trainer.global_step or record.facts.get("batches", 0),
            **_generator_updates(system, record),
            figures=_figures(record, system),
            notes=told_by(trainer, "notes"),
            states=told_by(trainer, "history"),
        )
        if trainer.is_global_zero:
            leave(RunFolder(folder))


def _judged(config: DictConfig, folder: Path, record: Record) -> str:
    """What the lesson of this configuration has come to, which is noted, in sentences; nothing where it is none."""
    if config.lesson is None:
        return ""
    from gan_runner.config.lesson import Lesson
    from gan_runner.training.lesson import facts, outcomes, sentences

    lesson = Lesson(**plain_config(config)["lesson"])
    found = outcomes(lesson, folder, record.facts["figures"])
    record.add(lesson=facts(found))
    return sentences(lesson, folder, found)


def _tell_again(experiment: Experiment) -> None:
    """The page to hand in says what the lesson has come to."""
    from gan_runner.callbacks.report import Report

    for callback in experiment.trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(callback, Report):
            callback.write_anew(experiment.trainer, experiment.system)


def _figures(record: Record, system: System) -> dict[str, float]:
    """The newest, of a resumed run also those that its earlier parts logged last."""
    before = record.facts.get("figures") or {}
    return {name: value for name, value in before.items() if not is_measured(name)} | system.figures | system.measured


def _generator_updates(system: System, record: Record) -> dict[str, int]:
    """In games of two, where they may be more or fewer than the batches."""
    from gan_runner.training.closing import generator_updates

    updates = generator_updates(system)
    return {} if updates is None else {"generator_updates": updates or record.facts.get("generator_updates", 0)}


def _stopped(trainer: Trainer, folder: Path) -> str:
    """What a run that was told to stop has kept, and how it goes on."""
    played = trainer.global_step
    saved = max((getattr(callback, "saved_at", None) or 0 for callback in trainer.checkpoint_callbacks), default=0)
    if not played and not saved:
        return NOT_BEGUN
    if not saved:
        return f"Stopped after {played} batches, none of them saved. {AGAIN}"
    kept = " and saved" if played == saved else f", the first {saved} of them saved"
    further = shlex.join(["gan-train", f"resume={folder}"])
    return f"Stopped after {played} batches{kept}. {GO_ON}{further}"
