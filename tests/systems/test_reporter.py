import math
from pathlib import Path

import torch
from pytorch_lightning import Trainer
from pytorch_lightning.loggers import CSVLogger

from gan_runner.systems.reporter import Reporter


def trainer(folder: Path, every: int) -> Trainer:
    logger = CSVLogger(folder, name="", version="")
    return Trainer(logger=logger, log_every_n_steps=every, accelerator="cpu", enable_checkpointing=False)


def test_the_first_batch_and_every_nth_are_due(tmp_path):
    reporter = Reporter(trainer(tmp_path, 50), 0)
    assert [step + 1 for step in range(151) if reporter.is_due(step)] == [1, 50, 100, 150]


def test_never_logging_is_the_same_as_always(tmp_path):
    assert Reporter(trainer(tmp_path, 0), 0).every == 1


def test_what_is_sent_reaches_the_loggers_and_comes_back(tmp_path):
    one = trainer(tmp_path, 1)
    figures = {"a": torch.tensor(0.5, requires_grad=True), "b": torch.tensor(3, dtype=torch.int64)}
    sent = Reporter(one, 100).send(figures, {"rate": 2e-4}, images_seen=164, batches=1)
    assert {name: sent[name] for name in ("a", "b", "rate")} == {"a": 0.5, "b": 3.0, "rate": 2e-4}
    assert math.isfinite(sent["images_per_second"])
    assert sent["images_per_second"] > 0
    one.logger.save()
    head, row = (tmp_path / "metrics.csv").read_text().splitlines()
    assert dict(zip(head.split(","), row.split(","), strict=True))["a"] == "0.5"
