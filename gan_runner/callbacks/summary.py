"""What was played and what came of it, where runs are compared."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from omegaconf import OmegaConf
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import TensorBoardLogger

from gan_runner.callbacks.progress import batches_of
from gan_runner.config.labels import in_a_sentence, listed_classes
from gan_runner.data.decks import Deck, labels_of
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.identity import name_of
from gan_runner.runs.settings import Scalar, settings
from gan_runner.systems.base import System
from gan_runner.systems.capabilities import Plays
from gan_runner.types import Origin, PathString

log = logging.getLogger(__name__)


FEW = 20
"""Classes that are counted one by one."""


class Summary(Callback):
    """At the start: the resolved configuration, the players' sizes, and how many samples each class has. At the end:
    settings beside final figures.

    TensorBoard shows the first as `config` and `players` under TEXT, the second as a row under HPARAMS, where the
    jobs of a sweep stand below each other; first what was swept, and the figures that matter. Other loggers get the
    settings at the start. folder: of the run, whose record says what was swept.
    """

    def __init__(self, folder: PathString | None = None) -> None:
        self.folder = None if folder is None else RunFolder(Path(folder))

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        system = System.of(pl_module)
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger) and system is not None:
                # The first save of all writes hparams.yaml.
                logger.hparams.update(described(system.origin))

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        system = System.of(pl_module)
        if not trainer.is_global_zero or system is None:
            return
        sizes = {player: sum(p.numel() for p in system.parameters_of(player)) for player in system.players}
        log.info(", ".join(f"{player} {size:,} parameters" for player, size in sizes.items()))
        each = trainer.datamodule.batch_size  # type: ignore[attr-defined]
        log.info(f"{trainer.world_size} rank(s) × batches of {each} = {trainer.world_size * each} samples per update")
        _tell_updates(trainer, pl_module)
        _tell_classes(system.origin, trainer.datamodule.dealt())  # type: ignore[attr-defined]
        config = system.origin.config
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                step = trainer.global_step
                text = OmegaConf.to_yaml(OmegaConf.create(dict(config)))
                table = "\n".join(f"| {player} | {size:,} |" for player, size in sizes.items())
                logger.experiment.add_text("config", f"```yaml\n{text}```", step)
                logger.experiment.add_text("players", f"| player | parameters |\n|---|---|\n{table}", step)
            else:
                logger.log_hyperparams(described(system.origin))

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        system = System.of(pl_module)
        if not trainer.is_global_zero or system is None or not system.figures:
            return
        logged = system.figures | {name: float(value) for name, value in trainer.callback_metrics.items()}
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                # At the batch they were taken at: the scalars' curves get no second point.
                logger.log_metrics(logged, system.figures_at)
                self._tell(logger, described(system.origin), logged | system.measured, system.figures_at)

    def _tell(
        self, logger: TensorBoardLogger, settings: dict[str, Scalar], figures: dict[str, float], step: int
    ) -> None:
        """A row of HPARAMS, which shows the last scalars of the figures' names."""
        from gan_runner.callbacks.hparams import first_of, summaries

        first = first_of({} if self.folder is None else self.folder.facts(), settings)
        logger.hparams.update(settings)
        for summary in summaries(settings | first, figures, first):
            logger.experiment._get_file_writer().add_summary(summary, step)


def _tell_updates(trainer: Trainer, module: LightningModule) -> None:
    """How often the generator moves in this run, where that is not once a batch."""
    system, batches = Plays.of(module), batches_of(trainer)
    if system is None or batches is None or (updates := system.generator_updates_in(batches)) == batches:
        return
    log.info(
        f"{batches:,} batches are {updates:,} updates of the generator: system.discriminator_steps, generator_steps "
        "and warmup say when it moves"
    )


def described(origin: Origin) -> dict[str, Scalar]:
    """What a run is told apart by: its settings, and its data by name."""
    return settings(origin.config) | ({} if origin.data is None else {"data.name": name_of(origin.data)})


def _tell_classes(origin: Origin, deck: Deck) -> None:
    """How many samples of each class training is dealt, and the classes of which it is dealt none."""
    labels, names = labels_of(deck), origin.called
    if labels is None or not names:
        return
    counts = labels.bincount(minlength=len(names)).tolist()
    log.info("training samples by class: %s", by_class(names, counts))
    absent = [name for name, count in zip(names, counts, strict=False) if not count]
    if absent and origin.conditional:
        log.warning("no training sample of %s: what is generated of it says nothing", listed_classes(absent))


def by_class(names: Sequence[str], counts: Sequence[int]) -> str:
    """cat: 90, dog: 10 (9 times as many of cat as of dog); of many classes the least, the middle and the most."""
    names = [*map(in_a_sentence, names)]
    least, most = (choose(range(len(names)), key=counts.__getitem__) for choose in (min, max))
    if len(names) > FEW:
        return (
            f"{len(names):,} classes, from {counts[least]:,} of {names[least]} to {counts[most]:,} of {names[most]}, "
            f"median {median(counts):,.0f}"
        )
    told = ", ".join(f"{name}: {count:,}" for name, count in zip(names, counts, strict=False))
    if counts[most] < 2 * counts[least] or not counts[least]:
        return told
    return f"{told} ({counts[most] / counts[least]:.2g} times as many of {names[most]} as of {names[least]})"
