"""A run that was stopped and resumed ends where the uninterrupted one does, to the bit, with deterministic kernels."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytorch_lightning import Callback
from same_bits import DIGITS, GROWING, TRANSLATION, Compared, compare

from gan_runner.runs.interruption import Interrupted
from on_gpu.playing import Place, play
from on_gpu.rows import FAILED, LIMITED, OK, Row

BATCHES = 20
STOP = BATCHES // 2
SHORT = [f"trainer.max_steps={BATCHES}", "trainer.log_every_n_steps=2", "metrics=none", "seed=1"]
PAIRS = "data.root={data}/pairs"
SMALL = {
    "dcgan": DIGITS,
    "cyclegan": [*TRANSLATION, "network.blocks=1"],
    "progan_small": [*GROWING, "data.batch_size=8"],
}
SMALL = {model: [one for one in played if not one.startswith("features.")] for model, played in SMALL.items()}
AS_THEY_COME = {
    "dcgan": ["data=digits", "data.image_size=32"],
    "cyclegan": ["data.image_size=128", "network.blocks=6", PAIRS],
    "progan_small": ["data=digits", "data.image_size=32", "tricks.growing.stable_images=64",
                     "tricks.growing.fade_images=64"],
}  # fmt: skip
"""On a GPU. progan_small has a phase every four batches, and is stopped at 8 pixels a side."""
NO_KERNEL = re.compile(r"(\w+) does not have a deterministic implementation")


class Stop(Callback):
    """Tells this process to stop after a batch, as a cluster does."""

    def __init__(self, batch: int) -> None:
        self.batch = batch

    def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
        if trainer.global_step == self.batch:
            signal.raise_signal(signal.SIGTERM)


def rows(case: str, place: Place) -> list[Row]:
    """case: a recipe and a precision, "dcgan 32-true"."""
    model, precision = case.split()
    own = (SMALL if place.dry else AS_THEY_COME)[model]
    played = [f"model={model}", *own, *SHORT, f"trainer.precision={precision}"]
    folder = place.folder / f"{model}-{precision}"
    try:
        equal, found = whole_and_resumed(place, folder / "strict", [*played, "trainer.deterministic=true"])
    except RuntimeError as error:
        absent = NO_KERNEL.search(str(error))
        if absent is None:
            raise
        _, found = whole_and_resumed(place, folder / "warned", [*played, "trainer.deterministic=warn"])
        limit = f"torch has no deterministic {absent[1]}; with trainer.deterministic=warn: {found}"
        return [Row("resume", case, LIMITED, limit)]
    return [Row("resume", case, OK if equal else FAILED, found)]


def whole_and_resumed(place: Place, folder: Path, played: Sequence[str]) -> tuple[bool, str]:
    """Whether a run and one that was stopped and resumed are equal, and how much of them is."""
    run(place, folder / "whole", played)
    run(place, folder / "parts", played, stopped=True)
    parts = compare(folder / "whole", folder / "parts", None)
    tensors, cells = parts
    told = f"{tensors} tensors and numbers of last.ckpt equal, {cells} figures"
    found = f"{BATCHES} batches, stopped after {STOP}: {told}"
    if all_equal(parts):
        return True, found
    run(place, folder / "again", played)  # is it for the resume at all?
    alike = all_equal(compare(folder / "whole", folder / "again", None))
    found += "; two whole runs are equal" if alike else "; two whole runs are not equal either"
    return False, f"{found}; differs: {'; '.join(part.differs for part in parts if part.differs)}"


def all_equal(parts: Sequence[Compared]) -> bool:
    return all(part.equal == part.total > 0 for part in parts)


def run(place: Place, folder: Path, played: Sequence[str], stopped: bool = False) -> None:
    """Play to the end in <folder>/run, in one piece or in two."""
    checkpoint = None
    if stopped:
        try:
            play(folder / "run", place, played, Stop(STOP))
        except Interrupted:
            checkpoint = folder / "run" / "checkpoints" / "last.ckpt"
        else:
            raise RuntimeError(f"the run did not stop after {STOP} batches")
    play(folder / "run", place, played, resume=checkpoint)
    (folder / "finished").touch()  # what compare looks for
