"""gan-train: play a game, or continue one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_runner.cli.entry import run_command

if TYPE_CHECKING:
    from omegaconf import DictConfig
    from pytorch_lightning import Trainer

    from gan_runner.assemble import Experiment
    from gan_runner.runs.record import Record
    from gan_runner.systems.base import System

PAGE = """
gan-train: train a GAN composed as data × network × loss × tricks.

  gan-train [model=…] [data=…] [loss=…] ['tricks=[…]'] [trainer=…] [key=value …]

Choices (group=option; a model is a recipe that picks the rest):

{choices}

Examples:

  gan-train                                             DCGAN on handwritten digits, no download
  gan-train model=vanilla data=ring loss=minimax        the game of 2014 on eight points of a ring
  gan-train model=cgan data=mnist 'tricks=[ema]'        label-conditional, sampled from an averaged generator
  gan-train data=folder data.root=photos data.image_size=64 trainer.max_steps=20000
  gan-train -m loss=hinge,non_saturating seed=0,1,2     a sweep: six runs

Often set:

  seed=0  trainer.max_steps=5000 (batches)  data.batch_size=64  data.image_size=32  optimizer.lr=2e-4
  trainer.precision=auto|32-true|bf16-mixed  paths.outputs=outputs  debug=trace (show tracebacks)
  +tricks@tricks.ema=ema     add a trick to those of a recipe

  gan-train resume=<run folder>          continue a run in place
  gan-train … resume=auto                continue the newest unfinished run of the same settings, or begin one
  gan-train --cfg job                    print every key with its value
  gan-sample --help                      samples from a run
  eval "$(gan-train -sc install=bash)"   tab completion for this shell
"""


def main() -> None:
    """The console script."""
    run_command("train", train, PAGE)


def train(config: DictConfig) -> float | None:
    """Assemble the experiment, fit it, and say where everything lies. Of several ranks the first writes.

    Returns the figure that config.objective names, for a search.
    """
    from hydra.core.hydra_config import HydraConfig

    from gan_runner.config.errors import ConfigError
    from gan_runner.runs.record import Record, hardware
    from gan_runner.training.launch import rank

    folder, first = Path(config.paths.run), rank() == 0
    if folder.resolve() != Path(HydraConfig.get().runtime.output_dir).resolve():
        raise ConfigError(f"paths.run={folder} only tells where the run lies: choose it by hydra.run.dir={folder}")
    with Record(folder, config.seed, list(HydraConfig.get().overrides.task), silent=not first) as record:
        from omegaconf import OmegaConf

        from gan_runner.assemble import assemble
        from gan_runner.systems.capabilities import Samples

        quiet()
        _check_search(config.objective)
        if config.skip_finished and _is_sweep() and first and (figures := _known(config, record)) is not None:
            return _figure(config.objective, figures) if config.objective else None
        if config.resume and first:
            _check_trust(config)
        experiment = assemble(config)
        checkpoint = _continued(config, experiment.system, first) if config.resume else None
        if first:
            OmegaConf.save(config, folder / "config.yaml", resolve=True)
        trainer = experiment.trainer
        record.add(hardware=hardware(), precision=trainer.precision, ranks=trainer.num_nodes * trainer.num_devices)
        _play(experiment, checkpoint, folder, record)
    if first:
        drawn_from = Samples.of(experiment.system) is not None
        print(_closing_lines(folder, _told(experiment.trainer, "closing_lines"), drawn_from))
    return _objective(config.objective, experiment.system) if config.objective else None


def _is_sweep() -> bool:
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    return HydraConfig.get().mode is RunMode.MULTIRUN


def _known(config: DictConfig, record: Record) -> dict[str, float] | None:
    """The figures of a finished run of the same settings, if there is one."""
    import json

    from gan_runner.assemble import plain_config
    from gan_runner.runs.resuming import newest_finished

    found = newest_finished(Path(config.paths.outputs).resolve(), plain_config(config))
    if found is None:
        return None
    facts = json.loads((found / "run.json").read_text())
    record.add(same_as=str(found), batches=facts["batches"], figures=facts["figures"])
    print(f"skip_finished: {found} has these settings and is finished", flush=True)
    return dict(facts["figures"])


def _check_trust(config: DictConfig) -> None:
    """A run folder may come from anywhere; only the command line can vouch for it."""
    from hydra.core.hydra_config import HydraConfig

    from gan_runner.assemble import plain_config
    from gan_runner.config.trust import check_folder_targets

    if "trust=true" not in HydraConfig.get().overrides.task:
        check_folder_targets(plain_config(config))


def _continued(config: DictConfig, system: System, first: bool) -> Path:
    """The checkpoint to go on from, once it is known to fit."""
    from omegaconf import OmegaConf

    from gan_runner.files import replacing
    from gan_runner.runs.checkpoints import to_resume

    checkpoint = to_resume(Path(config.resume), system, system.origin.config, config.allow_changes)
    if first:  # the next part of this run, and its other ranks, begin from here
        with replacing(Path(config.paths.run) / ".hydra" / "config.yaml") as beside:
            OmegaConf.save(config, beside)
    return checkpoint


def _play(experiment: Experiment, checkpoint: Path | None, folder: Path, record: Record) -> None:
    """Fit. However it ends, the record holds how far it came."""
    from gan_runner.runs.record import Interrupted
    from gan_runner.training.launch import company, rank

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


def _check_search(objective: str | None) -> None:
    """A sweeper that searches needs to know what for, before its first job has run for nothing."""
    from hydra.core.hydra_config import HydraConfig

    from gan_runner.config.errors import ConfigError

    searches = _is_sweep() and not HydraConfig.get().sweeper["_target_"].endswith("BasicSweeper")
    if searches and objective is None:
        raise ConfigError("a search needs objective=<a figure of metrics.csv>, such as discriminator/gan/adversarial")


def _objective(name: str, system: System) -> float:
    return _figure(name, system.figures | system.measured)


def _figure(name: str, figures: Mapping[str, float]) -> float:
    from gan_runner.config.schema import nearest

    if name not in figures:
        raise ValueError(f"objective={name} is no figure of this run{nearest(name, figures)}")
    return figures[name]


def quiet() -> None:
    """Lightning's advice (device tables, tips, worker counts) is not for this trainer."""
    import logging
    import warnings

    for name in ("pytorch_lightning", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="pytorch_lightning|torch.utils.data")
    # Schedules follow batches; a generator that waits for its turn steps its schedule before its optimizer.
    warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")


def _closing_lines(folder: Path, troubles: list[str], drawn_from: bool) -> str:
    """drawn_from: whether gan-sample can draw from this run."""
    samples = sorted((folder / "samples").glob("[0-9]*.png" if drawn_from else "a2b_*.png"))
    sample = f"gan-sample run={folder} num_samples=64" if drawn_from else f"gan-translate run={folder} input=<images>"
    grid = f"  samples      {samples[-1]}\n" if samples else ""
    state = "".join(f"  state        {trouble} (what helps: run.json, notes)\n" for trouble in troubles)
    return (
        f"\nDone. Everything lies in {folder}\n{state}{grid}"
        f"  checkpoint   {folder / 'checkpoints' / 'last.ckpt'}\n"
        f"  figures      tensorboard --logdir {folder}\n"
        f"Next: {sample} output={'samples.png' if drawn_from else '<folder>'}\n"
        f"      gan-train resume={folder} trainer.max_steps=…   to train longer"
    )
