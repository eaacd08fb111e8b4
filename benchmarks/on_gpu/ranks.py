"""BatchNorm over the batches of two GPUs."""

from __future__ import annotations

import subprocess

import torch
from step import GAN_TRAIN

from on_gpu.playing import Place, columns
from on_gpu.rows import FAILED, OK, SKIPPED, Row

RANKS = 2
SHORT = [
    "model=dcgan", "data=digits", "data.image_size=32", "metrics=none", "trainer=ddp", f"trainer.devices={RANKS}",
    "trainer.sync_batchnorm=true", "trainer.max_steps=10", "trainer.log_every_n_steps=1", "seed=1",
]  # fmt: skip


def rows(case: str, place: Place) -> list[Row]:
    """case: "SyncBatchNorm"."""
    count = 0 if place.dry else torch.cuda.device_count()
    if count < RANKS:
        return [Row("ranks", case, SKIPPED, f"needs {RANKS} GPUs, and there are {count}")]
    run = place.folder / case
    command = [*GAN_TRAIN, *SHORT, f"hydra.run.dir={run}"]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        return [Row("ranks", case, FAILED, (ended.stderr or ended.stdout).strip().rpartition("\n")[2])]
    return [Row("ranks", case, OK, f"{RANKS} ranks, 10 batches: finite, {len(columns(run))} columns")]
