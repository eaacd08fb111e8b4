"""What every system does that has a coder: bring images back, and show them."""

from __future__ import annotations

from torch import Tensor, nn

from gan_runner.systems.base import generate
from gan_runner.systems.capabilities import Encodes, Translates, Views, given
from gan_runner.types import Batch, Direction


class Reconstructing(Encodes, Translates, Views):
    """Images and what comes back of them through their codes, by the evaluation network (`coder`)."""

    @property
    def directions(self) -> tuple[Direction, ...]:
        return ("a2b",)

    def translator(self, direction: Direction = "a2b") -> nn.Module:
        if direction != "a2b":
            raise ValueError(
                f"direction={direction} is not learned: an autoencoder brings its input back, direction=a2b"
            )
        return self.coder()[0]

    def chosen_by(self, direction: Direction) -> str:
        return self.coder()[1]

    def views(self, batch: Batch) -> dict[str, dict[str, Tensor]]:
        if self.origin.kind == "points":
            return {}
        source = given(batch)
        back = generate(self.coder()[0], source, batch.label)
        columns = {"input": source, "reconstructed": back}
        return {"reconstruction": columns if batch.source is None else {**columns, "target": batch.real}}


def mean_square(one: Tensor, other: Tensor) -> Tensor:
    """Of the difference of each sample, (B,), float32."""
    return (one.float() - other.float()).flatten(1).square().mean(dim=1)
