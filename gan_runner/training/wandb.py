"""A run in Weights & Biases: kept in the run folder, and sent nowhere unless that is asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.utilities import rank_zero_only

from gan_runner.config.errors import ConfigError
from gan_runner.runs.folder import RunFolder
from gan_runner.training.launch import rank
from gan_runner.training.tracking import how_ended, refuse_without, sweep_of
from gan_runner.types import PathString

CODES = {"finished": 0, "stopped": 130, "failed": 1}
"""How a run ended -> the exit code that the service shows it by."""
LONGEST = 128
"""Characters of a name that the service takes."""
QUIET = {"silent": True, "console": "off"}
"""It neither prints nor takes hold of what the run prints: train.log has that."""


class Wandb(WandbLogger):
    """Lightning's WandbLogger, for a run that may be one of several in a process, and may go on in another.

    All lies in <folder>/wandb; `wandb sync` sends it later. offline=False sends it at once, with an account. project:
    what runs are kept together in; entity: whose, a user or a team; name: of the run, null takes that of its folder;
    tags and notes: what to find it by. A resumed run has the id it had.
    (Lightning's own leaves a run open, and the next job of a sweep would write into it.)
    """

    def __init__(
        self,
        folder: PathString,
        project: str = "gan_runner",
        offline: bool = True,
        name: str | None = None,
        entity: str | None = None,
        tags: list[str] | None = None,
        notes: str | None = None,
        **more: Any,
    ) -> None:
        refuse_without("wandb")
        if offline:
            os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # or it tells its makers of its own errors
        elif rank() == 0:
            _refuse_without_account()
        run = RunFolder(Path(folder))
        sweep = sweep_of(run.path)
        called = run.called if sweep is None else run.path.name  # the group tells the rest
        settings = {"group": sweep, "settings": QUIET, **more}
        super().__init__(
            name=name or called[:LONGEST],
            save_dir=folder,
            project=project,
            offline=offline,
            id=id_of(run.path),
            entity=entity,
            tags=tags,
            notes=notes,
            **settings,
        )
        self._wandb_init.pop("anonymous")  # which has no meaning any more, and is warned of

    @rank_zero_only
    def show_picture(self, tag: str, path: Path, step: int) -> None:
        """A picture of the run's folder, by the batches it was drawn after."""
        import wandb

        self.experiment.log({tag: wandb.Image(str(path)), "trainer/global_step": step})

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Close the run: the next one of this process is another."""
        super().finalize(status)
        if self._experiment is not None:
            self._experiment.finish(exit_code=CODES[how_ended(status)])


def id_of(folder: Path) -> str | None:
    """The id of a run that has begun in this folder; files of wandb are called by it."""
    kept = sorted(folder.glob("wandb/*run-*/run-*.wandb"), key=lambda path: path.parent.name.partition("run-")[2])
    return kept[-1].stem.removeprefix("run-") if kept else None


def _refuse_without_account() -> None:
    """Raises ConfigError before wandb would ask for one, in the middle of a run."""
    import wandb

    if not wandb.login(prompt=False):
        raise ConfigError(
            "logger.wandb.offline=false needs an account: run `wandb login` or set WANDB_API_KEY, or leave it at true"
        )
