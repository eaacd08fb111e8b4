"""A small convolutional encoder and decoder for images of any sides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, channels_last, nn

from gan_runner.layers.conditioning import beside_image, beside_vector
from gan_runner.networks.base import Sides, dense, halvings
from gan_runner.types import PositiveInt, Shape


class Encoder(nn.Module):
    """Halve the sides down to a small map, then fully connected layers to the moments of the code.

    Convolutions of 4×4, stride 2, ReLU; sides are halved and rounded up (28, 14, 7, 4), so any size of 8 and more is
    taken. moments: numbers for each of `latent_dim`: 1 is the code itself, 2 are mean and log variance. width: channels
    beside the image, doubled at each halving up to max_width. hidden: widths of the fully connected layers.
    At 1×32×32 with width and max_width 32, hidden (256, 256), two moments of 10 and no batch_norm: 235,636 parameters.
    Source: Burgess et al. 2018, appendix A.2 (arXiv:1804.03599). Labels are planes beside the image.
    """

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 10,
        moments: PositiveInt = 1,
        num_classes: int | None = None,
        width: PositiveInt = 32,
        max_width: PositiveInt = 32,
        hidden: Sequence[PositiveInt] = (256, 256),
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        sides = halvings(shape, "conv_vae", "vae")  # e.g. 32, 16, 8, 4
        channels = [shape[0] + (num_classes or 0), *_channels(len(sides) - 1, width, max_width)]
        steps = zip(pairwise(channels), sides[:-1], strict=True)
        self.body = nn.Sequential(*(_down(*pair, side, batch_norm) for pair, side in steps))
        self.hidden = dense([_numbers(channels[-1], sides[-1]), *hidden])
        self.head = nn.Linear([_numbers(channels[-1], sides[-1]), *hidden][-1], moments * latent_dim)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        maps = self.body(beside_image(image, label, self.num_classes))
        moments: Tensor = self.head(self.hidden(maps.flatten(1)))  # (B, 32, 4, 4) -> (B, 32·4·4)
        return moments


class Decoder(nn.Module):
    """The encoder's mirror, from a code to what a likelihood reads, (B, *shape), unbounded. Settings as there.

    At 1×32×32 with codes of 10: 233,537 parameters. Labels are one-hot vectors beside the code.
    """

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 10,
        num_classes: int | None = None,
        width: PositiveInt = 32,
        max_width: PositiveInt = 32,
        hidden: Sequence[PositiveInt] = (256, 256),
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        sides = halvings(shape, "conv_vae", "vae")[::-1]  # e.g. 4, 8, 16, 32
        channels = _channels(len(sides) - 1, width, max_width)[::-1]
        self.base = (channels[0], *sides[0])
        self.hidden = dense([latent_dim + (num_classes or 0), *[*hidden][::-1], _numbers(channels[0], sides[0])])
        steps = zip(pairwise(channels), sides[1:-1], strict=True)
        self.body = nn.Sequential(*(_up(*pair, side, batch_norm) for pair, side in steps))
        self.head = _doubling(channels[-1], shape[0], sides[-1])

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        flat = self.hidden(beside_vector(source, label, self.num_classes))
        maps = flat.reshape(-1, *self.base)  # (B, 32·4·4) -> (B, 32, 4, 4)
        # In the order of memory that images come in: a quarter faster on a processor.
        output: Tensor = self.head(self.body(maps.contiguous(memory_format=channels_last)))
        return output


def _channels(count: int, width: int, max_width: int) -> list[int]:
    """Of the maps from the largest to the smallest."""
    return [min(width * 2**i, max_width) for i in range(count)]


def _numbers(channels: int, sides: Sides) -> int:
    return channels * sides[0] * sides[1]


def _down(before: int, after: int, sides: Sides, batch_norm: bool) -> nn.Sequential:
    """Halves these sides; an odd one gets one more pixel of border each way, and is rounded up."""
    halving = nn.Conv2d(before, after, 4, 2, (1 + sides[0] % 2, 1 + sides[1] % 2))
    return _activated(halving, after, batch_norm)


def _up(before: int, after: int, sides: Sides, batch_norm: bool) -> nn.Sequential:
    return _activated(_doubling(before, after, sides), after, batch_norm)


def _doubling(before: int, after: int, sides: Sides) -> nn.ConvTranspose2d:
    """Comes to these sides from those that `_down` makes of them."""
    odd = (sides[0] % 2, sides[1] % 2)
    return nn.ConvTranspose2d(before, after, 4, 2, (1 + odd[0], 1 + odd[1]), output_padding=odd)


def _activated(layer: nn.Module, channels: int, batch_norm: bool) -> nn.Sequential:
    return nn.Sequential(layer, nn.BatchNorm2d(channels) if batch_norm else nn.Identity(), nn.ReLU(inplace=True))
