"""Residual players without any normalisation: what keeps them steady is their initial weights, and the penalties."""

from math import prod, sqrt

import torch
from torch import Tensor, nn

from gan_runner.layers.conditioning import beside_image, beside_vector
from gan_runner.layers.resampling import DoubleBilinear, HalveBilinear
from gan_runner.networks.dcgan import base_and_doublings
from gan_runner.types import PositiveInt, Score, Shape

SLOPE = 0.2
"""Of the leaky ReLU below 0."""


class Generator(nn.Module):
    """A learned small map scaled by a linear function of z, then residual blocks and a bilinear doubling, in turn,
    until the image; no tanh, values are unbounded.

    Each of the sizes (4, 8, 16, 32) has `blocks` residual blocks of `width` channels. Published for 3×32×32: width
    768, 2 blocks, z of 64, 20,732,160 parameters; a processor affords a width of 32 to 64.
    Source: Huang et al. 2025, §3 and appendix, R3GAN (arXiv:2501.05441).
    """

    starts_at_zero = True

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 64,
        num_classes: int | None = None,
        width: PositiveInt = 32,
        blocks: PositiveInt = 1,
        expansion: PositiveInt = 2,
        group_width: PositiveInt | None = 16,
    ) -> None:
        super().__init__()
        base, doublings = base_and_doublings(shape, "r3gan")
        self.num_classes = num_classes
        self.project = nn.Linear(latent_dim + (num_classes or 0), width, bias=False)
        self.basis = nn.Parameter(torch.randn(width, *base))
        depth = blocks * (doublings + 1)
        stages = [_stage(width, blocks, expansion, group_width, depth) for _ in range(doublings + 1)]
        self.body = nn.Sequential(stages[0], *(nn.Sequential(DoubleBilinear(), stage) for stage in stages[1:]))
        self.head = nn.Conv2d(width, shape[0], 1, bias=False)
        for layer in (self.project, self.head):
            initialise(layer, gain=1.0)

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        scale = self.project(beside_vector(source, label, self.num_classes))
        maps = self.body(self.basis * scale[:, :, None, None])  # (width, 4, 4) · (B, width, 1, 1) -> (B, width, 4, 4)
        image: Tensor = self.head(maps).float()
        return image


class Discriminator(nn.Module):
    """The generator's mirror: residual blocks and a bilinear halving, in turn, down to the smallest map, one weight per
    channel and pixel there, then one logit.

    Published for 3×32×32: width 768, 2 blocks, 20,683,776 parameters. Conditional: the label stands beside the image,
    where the paper projects on an embedding.
    Source: as the generator.
    """

    starts_at_zero = True

    def __init__(
        self,
        shape: Shape,
        num_classes: int | None = None,
        width: PositiveInt = 32,
        blocks: PositiveInt = 1,
        expansion: PositiveInt = 2,
        group_width: PositiveInt | None = 16,
    ) -> None:
        super().__init__()
        base, halvings = base_and_doublings(shape, "r3gan")
        self.num_classes = num_classes
        first = nn.Conv2d(shape[0] + (num_classes or 0), width, 1, bias=False)
        depth = blocks * (halvings + 1)
        stages = [_stage(width, blocks, expansion, group_width, depth) for _ in range(halvings + 1)]
        self.body = nn.Sequential(first, *(nn.Sequential(stage, HalveBilinear()) for stage in stages[:-1]), stages[-1])
        self.basis = nn.Conv2d(width, width, base, groups=width, bias=False)
        self.head = nn.Linear(width, 1, bias=False)
        for layer in (first, self.basis, self.head):
            initialise(layer, gain=1.0)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        maps = self.body(beside_image(image, label, self.num_classes))
        features = self.basis(maps).flatten(1)  # (B, width, 4, 4) -> (B, width, 1, 1) -> (B, width)
        return Score(self.head(features), features)


class Block(nn.Module):
    """x + contract(φ(mix(φ(expand(x))))), φ the leaky ReLU: 1×1 to more channels, 3×3 within groups of them, 1×1 back.

    The last weights are 0, so that every block begins as the identity; the others are smaller the more blocks
    (depth) there are, by depth^(−1/4). Source: Zhang et al. 2019, Fixup, §3 (arXiv:1901.09321).
    """

    def __init__(self, width: int, expansion: int, group_width: int | None, depth: int) -> None:
        super().__init__()
        hidden = width * expansion
        groups, remainder = divmod(hidden, group_width or hidden)
        if remainder:
            raise ValueError(
                f"network.group_width={group_width} must divide width · expansion = {hidden}: "
                "take a divisor, or null for one group"
            )
        self.expand = nn.Conv2d(width, hidden, 1)
        self.mix = nn.Conv2d(hidden, hidden, 3, 1, 1, groups=groups)
        self.contract = nn.Conv2d(hidden, width, 1, bias=False)
        self.activation = nn.LeakyReLU(SLOPE, inplace=True)
        for layer in (self.expand, self.mix):
            initialise(layer, gain=sqrt(2 / (1 + SLOPE**2)) * depth**-0.25)
        nn.init.zeros_(self.contract.weight)

    def forward(self, maps: Tensor) -> Tensor:
        hidden = self.activation(self.mix(self.activation(self.expand(maps))))
        residual: Tensor = self.contract(hidden)
        return maps + residual


def initialise(layer: nn.Conv2d | nn.Linear, gain: float) -> None:
    """N(0, gain²/fan in) for weights, 0 for shifts."""
    nn.init.normal_(layer.weight, 0.0, gain / sqrt(prod(layer.weight.shape[1:])))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def _stage(width: int, blocks: int, expansion: int, group_width: int | None, depth: int) -> nn.Sequential:
    return nn.Sequential(*(Block(width, expansion, group_width, depth) for _ in range(blocks)))
