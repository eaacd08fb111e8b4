"""A job of a sweep that was played before: its figures are taken, or measured again from its checkpoint."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from gan_runner.config.plain import plain_config
from gan_runner.figures import is_measured
from gan_runner.runs.folder import RunFolder, last_of
from gan_runner.runs.record import Record
from gan_runner.runs.resuming import Finished, newest_finished
from gan_runner.training import libraries

if TYPE_CHECKING:
    from gan_runner.types import Fingerprint

log = logging.getLogger(__name__)


def known(config: DictConfig, record: Record) -> dict[str, float] | None:
    """The figures of a finished run of the same identity, which are noted; None where there is none to go by."""
    plain = plain_config(config)
    found = newest_finished(Path(config.paths.outputs).resolve(), plain, lambda: fingerprint(plain))
    if found is None:
        return None
    facts, played = found.facts, found.played.path
    print(f"skip_finished: {found.run.path} has these settings and this data, and is finished", flush=True)
    own = Path(config.paths.run).resolve()  # a sweep that is given its folder again has played jobs there
    if found.measured:
        figures = dict(facts["figures"])
        if found.run.path.resolve() == own:
            return figures
    else:
        print("skip_finished: it was measured otherwise, and is measured again from its checkpoint", flush=True)
        again = _measured_again(found, config)
        if again is None:
            return None
        figures = again
    record.begin()
    elsewhere = {} if played.resolve() == own else {"same_as": str(played)}
    record.add(**elsewhere, batches=facts["batches"], figures=figures, data=facts.get("data"))
    return figures


def fingerprint(config: Mapping[str, Any]) -> Fingerprint:
    """Of a configuration's data. Raises ConfigError or ValueError for what is wrong with it."""
    libraries.load()
    from gan_runner.assemble import build_data

    data = build_data(config)
    data.check()
    return data.fingerprint()


def _measured_again(found: Finished, config: DictConfig) -> dict[str, float] | None:
    """Its figures of training, and those of an evaluation as this configuration has it; None without its weights."""
    libraries.load()
    from gan_runner.assemble import assemble
    from gan_runner.callbacks.evaluation import Evaluation
    from gan_runner.runs import checkpoints

    try:
        path = last_of(found.played.path)
        contents = checkpoints.load(path)
    except (OSError, ValueError) as error:
        log.warning("it is played again, since its weights cannot be had: %s", error)
        return None
    experiment, batches, origin = assemble(config), found.facts["batches"], checkpoints.origin_of(contents, path)
    experiment.data.settle(origin.scales)
    experiment.data.keep_classes(origin.class_names)
    experiment.data.keep_conditions(origin.conditions)
    if contents["global_step"] != batches:
        log.warning("it is played again, since %s was not saved at its end", path)
        return None
    checkpoints.fit(contents, experiment.system, path)
    measured: dict[str, float] = {}
    device = experiment.trainer.strategy.root_device
    for callback in experiment.trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(callback, Evaluation):
            measured = callback.measure(experiment.system.to(device), experiment.data, batches)
    OmegaConf.save(config, RunFolder(Path(config.paths.run)).resolved, resolve=True)
    return {name: value for name, value in found.facts["figures"].items() if not is_measured(name)} | measured
