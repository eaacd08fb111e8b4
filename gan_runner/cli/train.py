"""gan-train: play a game, or continue one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gan_runner.cli.entry import run_command

if TYPE_CHECKING:
    from omegaconf import DictConfig


def main() -> None:
    """The console script."""
    run_command("train", train)


def train(config: DictConfig) -> None:
    """Assemble the experiment, fit it, and say where everything lies."""
    from gan_runner.record import Record

    folder = Path(config.paths.run)
    with Record(folder, config.seed) as record:
        from omegaconf import OmegaConf

        from gan_runner.assemble import assemble
        from gan_runner.callbacks.checkpoint import Interrupted
        from gan_runner.checkpoints import to_resume
        from gan_runner.record import hardware

        _quiet()
        experiment = assemble(config)
        trainer, system = experiment.trainer, experiment.system
        checkpoint = to_resume(Path(config.resume), system) if config.resume else None
        OmegaConf.save(config, folder / "config.yaml", resolve=True)
        record.add(hardware=hardware(), precision=trainer.precision)
        try:
            trainer.fit(system, experiment.data, ckpt_path=checkpoint, weights_only=True)
        except Interrupted:
            print(
                f"Stopped after {trainer.global_step} batches and saved. Go on: gan-train resume={folder}", flush=True
            )
            raise
        finally:
            record.add(batches=trainer.global_step, figures=system.figures)
    print(_closing_lines(folder))


def _quiet() -> None:
    """Lightning's advice (device tables, tips, worker counts) is not for this trainer."""
    import logging
    import warnings

    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="pytorch_lightning|torch.utils.data")
    # Schedules follow batches; a generator that waits for its turn steps its schedule before its optimizer.
    warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")


def _closing_lines(folder: Path) -> str:
    samples = sorted((folder / "samples").glob("[0-9]*.png"))
    grid = f"  samples      {samples[-1]}\n" if samples else ""
    return (
        f"\nDone. Everything lies in {folder}\n{grid}"
        f"  checkpoint   {folder / 'checkpoints' / 'last.ckpt'}\n"
        f"  figures      tensorboard --logdir {folder}\n"
        f"Next: gan-sample run={folder} num_samples=64 output=samples.png\n"
        f"      gan-train resume={folder} trainer.max_steps=…   to train longer"
    )
