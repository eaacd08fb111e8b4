"""What every system does whose coder has a likelihood: say what images cost, and which cost too much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from gan_runner import figures
from gan_runner.systems.base import evaluating
from gan_runner.systems.capabilities import Describes, Scores, given
from gan_runner.systems.coder import Coder
from gan_runner.systems.reconstructing import Reconstructing
from gan_runner.types import Batch


class Describing(Reconstructing, Scores, Describes):
    """Nats of images and their scores, by the evaluation network, which is a `Coder`.

    A subclass whose codes are drawn says with what and how (`draw_noise`, `code_of`), and what else it tells.
    """

    scores_given: ClassVar[tuple[str, ...]] = ()
    """What `scores_of` adds."""
    nats_given: ClassVar[tuple[str, ...]] = ("nats",)
    """What `nats` tells of an image."""

    def draw_noise(self, count: int, like: Tensor) -> Tensor:
        """What codes are drawn with, (count, Z); of codes that are not, nothing."""
        return like.new_empty(count, 0)

    def code_of(self, moments: Sequence[Tensor], noise: Tensor) -> Tensor:
        """The code that is decoded, (B, Z)."""
        return moments[0]

    # ---- how odd images are -------------------------------------------------------------------------------------

    @property
    def score_names(self) -> tuple[str, ...]:
        return ("reconstruction", *self.scores_given)

    @torch.no_grad()
    def scores(self, batch: Batch) -> dict[str, Tensor]:
        """reconstruction: the nats that an image lacks of its own best reconstruction, through the mean code."""
        coder: Any = self.coder()[0]
        with evaluating(coder):
            return self.scores_by(coder, batch)

    def scores_by(self, coder: Coder, batch: Batch) -> dict[str, Tensor]:
        """By a coder in evaluation mode."""
        moments, missing = lacking(coder, given(batch), batch)
        return {"reconstruction": missing, **self.scores_of(moments, missing)}

    def scores_of(self, moments: Sequence[Tensor], missing: Tensor) -> dict[str, Tensor]:
        """Further scores (B,), of codes and of the nats that the reconstructions lack. None by default."""
        return {}

    # ---- what they cost -----------------------------------------------------------------------------------------

    @property
    def nats_names(self) -> tuple[str, ...]:
        coder: Any = self.coder()[0]
        return tuple(figures.build(scalar, coder.likelihood.name) for scalar in self.nats_given)

    def nats(self, batch: Batch) -> dict[str, Tensor]:
        """nats: −log p(x | code), through one draw of the code where it is drawn; and what `nats_of` adds."""
        coder: Any = self.coder()[0]
        source = given(batch)
        with evaluating(coder), torch.autocast(source.device.type, enabled=False):
            moments = coder.describe(source, batch.label)
            code = self.code_of(moments, self.draw_noise(len(source), source))
            lost = coder.likelihood.nats(coder.output(code, batch.label), batch.real)
        return dict(zip(self.nats_names, self.nats_of(moments, lost), strict=True))

    def nats_of(self, moments: Sequence[Tensor], lost: Tensor) -> tuple[Tensor, ...]:
        """What `nats_given` names, (B,) each, of codes and of the nats of reconstructions."""
        return (lost,)


def lacking(coder: Coder, source: Tensor, batch: Batch) -> tuple[Sequence[Tensor], Tensor]:
    """The moments of the codes of what is encoded, and what images lack through their mean codes, (B,) nats."""
    moments = coder.describe(source, batch.label)
    return moments, coder.likelihood.excess(coder.output(moments[0], batch.label), batch.real)
