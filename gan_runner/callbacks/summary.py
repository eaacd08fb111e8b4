"""What was played and what came of it, where runs are compared."""

from __future__ import annotations

import logging

from omegaconf import OmegaConf
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import TensorBoardLogger

from gan_runner.runs.identity import name_of
from gan_runner.runs.settings import Scalar, settings
from gan_runner.systems.base import System
from gan_runner.types import Origin

log = logging.getLogger(__name__)


class Summary(Callback):
    """At the start: the resolved configuration and the players' sizes. At the end: settings beside final figures.

    TensorBoard shows the first as `config` and `players` under TEXT, the second as a row under HPARAMS, where the
    jobs of a sweep stand below each other. Other loggers get the settings at the start.
    """

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
        measured = {name: float(value) for name, value in trainer.callback_metrics.items()}
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                # At the batch they were taken at: the scalars' curves get no second point.
                logger.log_hyperparams(described(system.origin), system.figures | measured, system.figures_at)


def described(origin: Origin) -> dict[str, Scalar]:
    """What a run is told apart by: its settings, and its data by name."""
    return settings(origin.config) | ({} if origin.data is None else {"data.name": name_of(origin.data)})
