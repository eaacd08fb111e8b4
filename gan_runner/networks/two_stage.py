"""From an image to its counterpart in two stages: a coarse answer, and what is still missing from it."""

from typing import Any, Literal

import torch
from torch import Tensor, cat, nn

from gan_runner.networks import pix2pix
from gan_runner.networks.pix2pix import Norm
from gan_runner.types import AtLeastTwo, Fraction, PositiveInt, Shape

Stage = Literal["coarse", "refine", "both"]


class Generator(nn.Module):
    """y₁ = U₁(a), then y = y₁ + 2·U₂([a, y₁]): two U-Nets of network=pix2pix.

    The second ends in tanh, so that twice its answer leads from any image to any other; its last layer starts at 0,
    the refined image from the coarse one. Arguments are those of network=pix2pix, for both.

    stage: what is learned and answered. coarse: y₁ alone; refine: y, while U₁ is held fixed, its statistics too; both:
    y, of both at once. It is saved with the weights, and who plays the stages in turn sets it (system TwoStage).
    Source: Ma et al. 2017, §3, whose networks have other layers (arXiv:1705.09368).
    """

    takes_a_source = True

    def __init__(
        self,
        shape: Shape,
        source_shape: Shape,
        width: PositiveInt = 64,
        levels: AtLeastTwo | None = None,
        norm: Norm = "instance",
        dropout: Fraction = 0.0,
        dropout_at_test: bool = False,
    ) -> None:
        super().__init__()
        both = (source_shape[0] + shape[0], *source_shape[1:])
        alike: dict[str, Any] = {
            "width": width,
            "levels": levels,
            "norm": norm,
            "dropout": dropout,
            "dropout_at_test": dropout_at_test,
        }
        self.coarse = pix2pix.Generator(shape, source_shape, **alike)
        self.refine = pix2pix.Generator(shape, both, **alike)
        nn.init.zeros_(self.refine.head.weight)
        self.stage: Stage = "both"

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.stage != "refine"):
            coarse: Tensor = self.coarse(source)
        if self.stage == "coarse":
            return coarse
        difference: Tensor = 2 * self.refine(cat([source, coarse], dim=1))
        return coarse + difference

    def set_stage(self, stage: Stage) -> None:
        self.stage = stage
        self.train(self.training)

    def train(self, mode: bool = True) -> "Generator":
        super().train(mode)
        if self.stage == "refine":
            self.coarse.eval()  # running statistics would go on moving
        return self

    def get_extra_state(self) -> dict[str, Stage]:
        return {"stage": self.stage}

    def set_extra_state(self, state: dict[str, Stage]) -> None:
        self.set_stage(state["stage"])
