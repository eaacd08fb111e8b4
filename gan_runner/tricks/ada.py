"""Augment what the discriminator sees, no more than it overfits."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, distributed

from gan_runner.images.warping import rotation, scaling, translation, warp
from gan_runner.layers.disturbed import Disturbed
from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import Make, Player, Players, Positive, PositiveInt, Round

Group = Literal["blit", "geometry", "color"]


class ADA(Trick):
    """The discriminator sees each image through random transformations, each applied with probability p.

    Every `interval` batches p ← clamp(p + sign(E[sign(D(x) − boundary)] − target) · images / (1000 kimg), 0, 1),
    images = those seen since the last time: p rises while the discriminator accepts too large a share of the reals,
    which is how it looks when it learns them by heart. As long as p is well below 1 the augmentations do not leak.
    pipe: blit (flips, quarter turns, whole-pixel shifts), geometry (scale, rotation, aspect, shift), color
    (brightness, contrast; with three channels luma flip, hue, saturation). Differentiable, fresh per image, off in
    evaluation. Resampling is bilinear, without the wavelet filters of the paper.

    Source: Karras et al. 2020, §3 and appendix B (arXiv:2006.06676).
    Raises ValueError for points, and for losses whose logits have no boundary: a critic's sign tells nothing.
    """

    scope = Scope.INPUT
    images_only = True
    p: Tensor
    tally: Tensor
    """Sum of sign(D(x) − boundary), and number of images, since p last moved."""

    def __init__(
        self,
        target: Annotated[float, Field(ge=-1, le=1)] = 0.6,
        kimg: Positive = 500.0,
        interval: PositiveInt = 4,
        pipe: Annotated[Sequence[Group], Field(min_length=1)] = ("blit", "geometry", "color"),
    ) -> None:
        super().__init__()
        self.target, self.kimg, self.interval, self.pipe = target, kimg, interval, tuple(pipe)
        self.register_buffer("p", torch.zeros(()))
        self.register_buffer("tally", torch.zeros(2))

    def wrap_discriminator(self, make: Make) -> Make:
        return lambda shape: Disturbed(make(shape), self.augment)

    def check(self, players: Players) -> None:
        if players.loss.boundary is None:
            raise ValueError(
                "tricks.ada watches the share of reals on the real side of the loss's boundary, and this loss has "
                "none: take loss=non_saturating, minimax, hinge or least_squares, or tricks.diff_augment instead"
            )

    @torch.no_grad()
    def discriminator_term(self, round: Round) -> None:
        """Adds nothing; listens here because this moment comes for every slice of an accumulated batch."""
        side = (round.real_score.logits - (round.loss.boundary or 0.0)).sign().mean()
        self.tally += torch.stack([side * len(round.real), torch.full_like(side, len(round.real))])

    @torch.no_grad()
    def after_step(self, player: Player, round: Round) -> None:
        if player != "discriminator" or (round.step + 1) % self.interval:
            return
        if distributed.is_available() and distributed.is_initialized():
            distributed.all_reduce(self.tally)  # so that p stays the same on all ranks
        accepted, images = self.tally
        self.p += (accepted / images - self.target).sign() * images / (1000 * self.kimg)
        self.p.clamp_(0, 1)
        self.tally.zero_()

    def augment(self, image: Tensor) -> Tensor:
        """Each image under transformations of its own."""
        with torch.autocast(image.device.type, enabled=False):  # places in pixels need all the digits
            image = image.float()
            sources = [blit(image, self.p)] if "blit" in self.pipe else []
            sources += [geometry(image, self.p)] if "geometry" in self.pipe else []
            if sources:
                image = warp(image, sources[0] if len(sources) == 1 else sources[0] @ sources[1])
            return color(image, self.p) if "color" in self.pipe else image


def blit(image: Tensor, p: Tensor) -> Tensor:
    """Mirror left and right, turn by quarters, shift by up to an eighth of the sides: the map to sources, (B, 3, 3)."""
    count, (height, width) = len(image), image.shape[2:]
    flip, turn = _rand(image).mul(2).floor(), _rand(image).mul(4).floor()
    flip, angle = _with(p, flip, 0.0), _with(p, turn, 0.0) * (pi / 2)
    shift = _with(p, _rand(image, 2) / 4 - 1 / 8, 0.0)
    return (
        scaling(1 - 2 * flip, flip.new_ones(count))
        @ rotation(angle.cos().round(), angle.sin().round())
        @ translation((shift[:, 0] * width).round(), (shift[:, 1] * height).round())
    )


def geometry(image: Tensor, p: Tensor) -> Tensor:
    """Scale and stretch by 2^N(0, .2²), rotate by any angle before or after, shift by N(0, .125²) of the sides."""
    height, width = image.shape[2:]
    scale, stretch = (_with(p, torch.exp2(0.2 * _randn(image)), 1.0) for _ in range(2))
    either = 1 - (1 - p).sqrt()  # so that one rotation or the other happens with probability p
    before, after = (_with(either, (2 * _rand(image) - 1) * pi, 0.0) for _ in range(2))
    shift = _with(p, 0.125 * _randn(image, 2), 0.0)
    return (
        scaling(scale, scale)
        @ rotation(before.cos(), before.sin())
        @ scaling(stretch, 1 / stretch)
        @ rotation(after.cos(), after.sin())
        @ translation(shift[:, 0] * width, shift[:, 1] * height)
    )


def color(image: Tensor, p: Tensor) -> Tensor:
    """Add N(0, .2²), times 2^N(0, .5²); of three channels flip the luma, rotate the hue, times 2^N(0, 1) saturation."""
    image = image + _beside(_with(p, 0.2 * _randn(image), 0.0))
    image = image * _beside(_with(p, torch.exp2(0.5 * _randn(image)), 1.0))
    if image.shape[1] != 3:
        return image
    flip = _beside(_with(p, _rand(image).mul(2).floor(), 0.0))
    image = image - 2 * flip * image.mean(dim=1, keepdim=True)  # mirrored at the plane of luma 0
    angle = _beside(_with(p, (2 * _rand(image) - 1) * pi, 0.0))
    luma = image.mean(dim=1, keepdim=True)
    across = (image.roll(1, dims=1) - image.roll(-1, dims=1)) / sqrt(3)  # (1, 1, 1)/√3 × image
    image = luma * (1 - angle.cos()) + image * angle.cos() + across * angle.sin()  # Rodrigues, about the luma axis
    saturation = _beside(_with(p, torch.exp2(_randn(image)), 1.0))
    return image + (saturation - 1) * (image - image.mean(dim=1, keepdim=True))


def _with(p: Tensor, value: Tensor, neutral: float) -> Tensor:
    """Each image's value (B, ...) with probability p, else the neutral one."""
    chosen = torch.rand(len(value), *[1] * (value.ndim - 1), device=value.device) < p
    return torch.where(chosen, value, neutral)


def _rand(image: Tensor, *size: int) -> Tensor:
    return torch.rand(len(image), *size, device=image.device)


def _randn(image: Tensor, *size: int) -> Tensor:
    return torch.randn(len(image), *size, device=image.device)


def _beside(value: Tensor) -> Tensor:
    return value[:, None, None, None]
