"""What callbacks share: acting every so often and at the end, pictures for loggers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from PIL import Image
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import TensorBoardLogger
from torch import nn

from gan_runner import rng
from gan_runner.files import replacing
from gan_runner.images.fields import notes_of
from gan_runner.runs.interruption import signals
from gan_runner.waiting.clock import aside

COMPRESSION = 3
"""Of PNG files, 0 to 9: three fifths of the time of Pillow's 6, and a sixth more bytes."""


@runtime_checkable
class ShowsPictures(Protocol):
    """A logger that is handed the pictures of a run."""

    def show_picture(self, tag: str, path: Path, step: int) -> None:
        """path: of a file in the run folder; tag: what it is called in TensorBoard; step: batches."""


class Periodic(Callback, ABC):
    """Acts every `every` batches and at the end of the run, once at each of them."""

    every: int
    acted_at: int = -1
    """The batches of the run when it last did."""

    @abstractmethod
    def act(self, trainer: Trainer, system: LightningModule) -> None:
        """What it does."""

    def act_once(self, trainer: Trainer, system: LightningModule) -> None:
        """Act, unless that was done at this batch."""
        if self.acted_at != trainer.global_step:
            self.acted_at = trainer.global_step
            self.act(trainer, system)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step % self.every == 0 or trainer.global_step == trainer.max_steps:
            self.act_once(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.act_once(trainer, pl_module)  # ended by its epochs, or by another callback


class Interruptible(Periodic, ABC):
    """Acts for long, and does not keep a run that is told to stop: what was cut off is made up for when it goes on.

    A subclass does so by `came_through`, on the first rank, and calls `make_up` at the start, once it can act.
    """

    cut_off: bool = False
    """Whether what it last did was."""

    def act_once(self, trainer: Trainer, system: LightningModule) -> None:
        with aside.spent():
            super().act_once(trainer, system)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Of a run that ends by its epochs: before the last state is saved, which keeps what is found."""
        if trainer.current_epoch + 1 == trainer.max_epochs:
            self.act_once(trainer, pl_module)

    def came_through(self, system: nn.Module, work: Callable[[], object]) -> bool:
        """Do what can be done again; False when it was cut off. The run's random numbers and modes are left alone."""
        self.cut_off = not done_whole(system, work)
        return not self.cut_off

    def make_up(self, trainer: Trainer, system: LightningModule) -> None:
        """Act on the state that was saved when it was cut off, before another batch is played."""
        if self.cut_off:
            self.act_once(trainer, system)

    def state_dict(self) -> dict[str, Any]:
        return {"cut_off": self.cut_off}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.cut_off = state_dict.get("cut_off", False)


class Fits(Callback, ABC):
    """Fits what samples are drawn from, which is not trained."""

    @abstractmethod
    def fit_now(self, trainer: Trainer, system: LightningModule) -> bool:
        """To the present weights, unless that was done; False when it was cut off. All ranks come here together."""


def fit_first(trainer: Trainer, system: LightningModule) -> None:
    """Before samples are drawn, judged or saved: on all ranks, whoever of them then goes on."""
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(callback, Fits):
            callback.fit_now(trainer, system)


def done_whole(system: nn.Module, work: Callable[[], object]) -> bool:
    """Do what can be done again; False when it was cut off. The run's random numbers and modes are left alone."""
    drawn, modes = rng.state(), [(module, module.training) for module in system.modules()]
    done = signals.came_through(work)
    if not done:  # cut off anywhere, where it puts these back itself too
        rng.restore(drawn)
        for module, training in modes:
            module.training = training
    return done


def told_by(trainer: Trainer, what: str) -> list[Any]:
    """What all callbacks have to say about a run, in turn, under a name: "history" of states, "notes"."""
    callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]
    return [told for callback in callbacks for told in getattr(callback, what, [])]


def keep(picture: Image.Image, path: Path) -> None:
    """To a file, whole or not at all."""
    _write(_encoded(picture), path)


def keep_and_show(picture: Image.Image, path: Path, trainer: Trainer, tag: str, step: int) -> None:
    """To a file and to the loggers that show pictures, TensorBoard's among them; encoded once.

    (TensorBoard's own add_image decodes, scales and encodes it anew.)
    """
    png = _encoded(picture)
    _write(png, path)
    for logger in trainer.loggers:
        if isinstance(logger, TensorBoardLogger):
            logger.experiment._get_file_writer().add_summary(_shown(tag, picture, png), step)
        elif isinstance(logger, ShowsPictures):
            logger.show_picture(tag, path, step)


def _shown(tag: str, picture: Image.Image, png: bytes) -> Any:
    """As TensorBoard keeps it."""
    from tensorboard.compat.proto.summary_pb2 import Summary  # type: ignore[import-untyped]

    size = {"height": picture.height, "width": picture.width, "colorspace": len(picture.getbands())}
    return Summary(value=[Summary.Value(tag=tag, image=Summary.Image(encoded_image_string=png, **size))])


def _encoded(picture: Image.Image) -> bytes:
    """As a PNG file, with what the picture notes of itself."""
    held = BytesIO()
    picture.save(held, "png", compress_level=COMPRESSION, pnginfo=notes_of(picture))
    return held.getvalue()


def _write(png: bytes, path: Path) -> None:
    """To a file, whole or not at all."""
    with replacing(path) as beside:
        beside.write_bytes(png)
