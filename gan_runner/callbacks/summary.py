"""What was played and what came of it, where runs are compared."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from omegaconf import OmegaConf
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import TensorBoardLogger

from gan_runner.systems.adversarial import PLAYERS, Adversarial

GROUPS = ("network", "loss", "optimizer", "schedule", "tricks", "system", "latent", "data")
"""What of the configuration decides the outcome, beside the seed and the length of the run."""
ASIDE = ("root", "cache", "download", "num_workers", "seed", "fused")
"""Keys in those groups that do not."""
Scalar = bool | int | float | str

log = logging.getLogger(__name__)


class Summary(Callback):
    """At the start: the resolved configuration and the players' sizes. At the end: settings beside final figures.

    TensorBoard shows the first as `config` and `players` under TEXT, the second as a row under HPARAMS, where the
    jobs of a sweep stand below each other. Other loggers get the settings at the start.
    """

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger) and isinstance(pl_module, Adversarial):
                # The first save of all writes hparams.yaml.
                logger.hparams.update(settings(pl_module.origin.get("config", {})))

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.is_global_zero or not isinstance(pl_module, Adversarial):
            return
        sizes = {player: sum(p.numel() for p in pl_module.parameters_of(player)) for player in PLAYERS}
        log.info(", ".join(f"{player} {size:,} parameters" for player, size in sizes.items()))
        each = trainer.datamodule.batch_size  # type: ignore[attr-defined]
        log.info(f"{trainer.world_size} rank(s) × batches of {each} = {trainer.world_size * each} samples per update")
        config = pl_module.origin.get("config", {})
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                step = trainer.global_step
                text = OmegaConf.to_yaml(OmegaConf.create(config))
                table = "\n".join(f"| {player} | {size:,} |" for player, size in sizes.items())
                logger.experiment.add_text("config", f"```yaml\n{text}```", step)
                logger.experiment.add_text("players", f"| player | parameters |\n|---|---|\n{table}", step)
            else:
                logger.log_hyperparams(settings(config))

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.is_global_zero or not isinstance(pl_module, Adversarial) or not pl_module.figures:
            return
        measured = {name: float(value) for name, value in trainer.callback_metrics.items()}
        config = pl_module.origin.get("config", {})
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                # At the batch they were taken at: the scalars' curves get no second point.
                logger.log_hyperparams(settings(config), pl_module.figures | measured, pl_module.figures_at)


def settings(config: Mapping[str, Any]) -> dict[str, Scalar]:
    """The part of a resolved configuration that runs are compared by, flat: dotted names, scalars.

    A group stands for its class (`loss: hinge.Hinge`), the tricks also for the list of their names.
    """
    flat: dict[str, Scalar] = {"seed": config.get("seed", 0), "tricks": ", ".join(config.get("tricks") or {}) or "none"}
    flat["trainer.max_steps"] = config.get("trainer", {}).get("max_steps", -1)
    for group in GROUPS:
        flat |= dict(_scalars(config.get(group), group))
    return flat


def _scalars(node: Any, path: str) -> Iterator[tuple[str, Scalar]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "_target_":
                yield path, ".".join(str(value).split(".")[-2:])
            elif not str(key).startswith("_") and key not in ASIDE:
                yield from _scalars(value, f"{path}.{key}")
    elif isinstance(node, bool | int | float | str):
        yield path, node
    elif node is not None:
        yield path, str(node)
