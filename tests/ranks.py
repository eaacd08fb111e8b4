"""What one rank of a test plays, in a process of its own. Run by tests/test_strategy.py; `job` says what, and where to
leave the findings."""

import hashlib
import os
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from pytorch_lightning import Callback

from gan_runner import strategy
from gan_runner.assemble import assemble
from gan_runner.cli.groups import CONFIGS
from gan_runner.cli.train import quiet


def digest(*tensors: torch.Tensor) -> str:
    return hashlib.sha256(b"".join(t.detach().cpu().contiguous().numpy().tobytes() for t in tensors)).hexdigest()


class Reals(Callback):
    """Keeps a digest of every real that this rank was dealt."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_train_batch_start(self, trainer: Any, system: Any, batch: Any, *rest: Any) -> None:
        self.seen += [digest(image) for image in batch.image]


class Planted(Callback):
    """Spoils the reals of one batch."""

    def __init__(self, batch: int) -> None:
        self.batch = batch

    def on_train_batch_start(self, trainer: Any, system: Any, batch: Any, *rest: Any) -> None:
        if trainer.global_step + 1 == self.batch:
            batch.image.fill_(float("nan"))


def share_one_stream(experiment: Any, rank: int, ranks: int) -> None:
    """Latents that do not depend on how many ranks they are dealt to: rank r takes every ranks-th from r on."""
    generator, latent_dim = torch.Generator().manual_seed(0), experiment.system.latent.latent_dim

    def sample(count: int, device: Any = None, **_: Any) -> torch.Tensor:
        return torch.randn(count * ranks, latent_dim, generator=generator)[rank::ranks].to(device)

    experiment.system.latent.sample = sample


def play(job: dict[str, Any]) -> dict[str, Any]:
    rank, ranks = job["rank"], job["ranks"]
    torch.set_num_threads(1)
    if ranks > 1:
        os.environ |= {"LOCAL_RANK": str(rank), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(job["port"])}
    if not job["average"]:
        strategy.average = lambda parameters: None
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("train", job["overrides"])
    quiet()
    experiment = assemble(config)
    if job["one_stream"]:
        share_one_stream(experiment, rank, ranks)
    sources: list[str] = []
    if hasattr(experiment.system, "latent"):
        sample = experiment.system.latent.sample
        experiment.system.latent.sample = lambda *count, **named: (
            sources.append(digest(drawn := sample(*count, **named))) or drawn
        )
    experiment.trainer.callbacks.append(reals := Reals())
    if job["planted"] and rank == ranks - 1:
        experiment.trainer.callbacks.append(Planted(job["planted"]))
    experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=job["resume"], weights_only=True)
    optimizers = [optimizer.state_dict()["state"] for optimizer in experiment.trainer.optimizers]
    moments = [value for state in optimizers for entry in state.values() for value in entry.values()]
    weights = list(experiment.system.parameters())
    figures = {name: value for name, value in experiment.system.figures.items() if name != "images_per_second"}
    return {
        "batches": experiment.trainer.global_step,
        "images_seen": experiment.system.images_seen,
        "weights": digest(*weights),
        "moments": digest(*(torch.as_tensor(value) for value in moments)),
        "moments_count": len(moments),
        "vector": torch.cat([p.detach().flatten() for p in weights]),
        "figures": figures,
        "sources": sources,
        "noise": digest(torch.rand(8)),
        "reals": reals.seen,
        "statistics": digest(*(buffer.float() for buffer in experiment.system.buffers())),
        "buffers": [bool(buffer.isfinite().all()) for buffer in experiment.system.buffers()],
        "notes": [note for callback in experiment.trainer.callbacks for note in getattr(callback, "notes", [])],
    }


given = globals()["job"]  # by the process that runs this file
torch.save(play(given), given["findings"])
