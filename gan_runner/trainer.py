"""Lightning's trainer with the defaults of a two-player game."""

from typing import Annotated, Any, Literal

import pytorch_lightning as pl
from pydantic import Field
from pytorch_lightning.callbacks import ProgressBar

from gan_runner.precision import Precision, choose
from gan_runner.types import Shape

Limit = Annotated[int, Field(ge=1)] | Literal[-1]


class Trainer(pl.Trainer):
    """pytorch_lightning.Trainer whose precision may be `auto`, and whose max_steps counts batches seen.

    Every other argument is Lightning's.
    """

    def __init__(
        self,
        *,
        shape: Shape,
        max_steps: Limit = -1,
        precision: Precision = "auto",
        accelerator: str = "auto",
        log_every_n_steps: Annotated[int, Field(ge=1)] = 50,
        **kwargs: Any,
    ) -> None:
        shown = any(isinstance(callback, ProgressBar) for callback in kwargs.get("callbacks") or [])
        kwargs.setdefault("enable_progress_bar", shown)  # callbacks.progress=null means none, not Lightning's own
        super().__init__(
            max_steps=max_steps,
            precision=choose(precision, accelerator, shape),
            accelerator=accelerator,
            log_every_n_steps=log_every_n_steps,
            **kwargs,
        )
