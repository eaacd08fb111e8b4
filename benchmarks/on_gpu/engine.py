"""A compiled run ends where the eager one does; where nothing was compiled, the reason."""

from __future__ import annotations

import logging
from pathlib import Path

import torch

from gan_runner.runs.checkpoints import load
from on_gpu.playing import Place, play
from on_gpu.rows import FAILED, LIMITED, OK, SKIPPED, Row

GAMES = {
    "ring": ["model=vanilla", "data=ring", "network.generator.hidden=[128]", "network.discriminator.hidden=[128]",
             "latent.latent_dim=2"],
    "dcgan": ["model=dcgan", "data=synthetic", "data.image_size=16", "data.batch_size=16", "network.width=8"],
}  # fmt: skip
PLAIN = [
    "trainer.max_steps=12", "trainer.precision=32-true", "trainer.deterministic=true", "metrics=none", "seed=1",
    "optimizer=sgd", "optimizer.lr=0.05", "trainer.log_every_n_steps=4",
]  # fmt: skip
"""SGD, whose steps are as far apart as the gradients are; Adam makes whole learning rates of rounding."""
TOLERANCE = 1e-4
"""Of weights and running statistics."""
LEFT = "trainer.engine=compile: from here on"


class Warnings(logging.Handler):
    """Keeps what is warned of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def rows(case: str, place: Place) -> list[Row]:
    """case: one of GAMES."""
    if place.dry and case != "ring":
        return [Row("engine", case, SKIPPED, "a dry run compiles one game, for minutes where the machine is busy")]
    heard = Warnings()
    logging.getLogger("gan_runner").addHandler(heard)
    try:
        for engine in ("eager", "compile"):
            play(place.folder / case / engine, place, [*GAMES[case], *PLAIN, f"trainer.engine={engine}"])
    finally:
        logging.getLogger("gan_runner").removeHandler(heard)
    apart = difference(*(place.folder / case / engine / "checkpoints" / "last.ckpt" for engine in ("eager", "compile")))
    left = next((text.partition(", because ")[2] for text in heard.texts if text.startswith(LEFT)), "")
    return [verdict(case, apart, left)]


def verdict(case: str, apart: float, left: str) -> Row:
    """left: why it was played eagerly."""
    found = f"after 12 batches weights and statistics differ from eager by {apart:.1e} at most"
    if not apart <= TOLERANCE:
        return Row("engine", case, FAILED, f"{found} ({TOLERANCE:g} allowed)")
    return Row("engine", case, LIMITED, f"played eagerly: {left}; {found}") if left else Row("engine", case, OK, found)


def difference(one: Path, other: Path) -> float:
    """The largest between two checkpoints' tensors."""
    states = [load(path)["state_dict"] for path in (one, other)]
    tensors = [{name: t.double() for name, t in state.items() if isinstance(t, torch.Tensor)} for state in states]
    return max(float((t.cpu() - tensors[1][name].cpu()).abs().max()) for name, t in tensors[0].items())
