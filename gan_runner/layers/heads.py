"""A discriminator's layer that sees something of the whole batch beside each sample's features."""

from typing import Any

import torch
from torch import Tensor, cat, nn

from gan_runner.layers.equalized import equalize_as

Layer = nn.Linear | nn.Conv2d


class Widened(nn.Module):
    """logits = linear([f, statistic(f)]), f the penultimate features of the batch, (N, F), or maps (N, F, H, W).

    Put in the place of `discriminator.head`, so that networks and the features they hand out stay as they are.
    """

    def __init__(self, statistic: nn.Module, linear: nn.Module) -> None:
        super().__init__()
        self.statistic, self.linear = statistic, linear

    def forward(self, features: Tensor) -> Tensor:
        wide = cat([features, self.statistic(features).to(features)], dim=1)  # (N, F) -> (N, F + added)
        logits: Tensor = self.linear(wide)
        return logits


def inmost(layer: nn.Module) -> nn.Module:
    """What has been widened, inside whatever widens it."""
    while isinstance(layer, Widened):
        layer = layer.linear
    return layer


def linear_head(discriminator: nn.Module, trick: str) -> nn.Linear:
    """The layer that turns features into logits, inside whatever widens it already.

    Raises ValueError, naming the trick, where it is not a linear one.
    """
    head: Any = inmost(getattr(discriminator, "head", nn.Identity()))
    if not isinstance(head, nn.Linear):
        raise ValueError(
            f"tricks.{trick} adds to the features before a linear head, and {type(discriminator).__module__}."
            f"{type(discriminator).__name__} has none: use network=mlp or network=dcgan, or remove tricks.{trick}"
        )
    return head


def widen(discriminator: nn.Module, statistic: nn.Module, added: int, trick: str) -> None:
    """Append `added` features to the head's, in place. They start with weight 0: the game begins as without them.

    A second widening sees what the first has appended.
    """
    linear_head(discriminator, trick)
    widen_layer(discriminator, "head", statistic, added)


def widen_layer(discriminator: nn.Module, name: str, statistic: nn.Module, added: int) -> None:
    """Append `added` features, or maps, to those that a linear layer or a convolution takes; otherwise like widen."""
    parent: Any = discriminator
    while isinstance(getattr(parent, name), Widened):
        parent, name = getattr(parent, name), "linear"
    setattr(parent, name, Widened(statistic, _wider(getattr(parent, name), added)))


def _wider(layer: Layer, added: int) -> Layer:
    """A layer that does the same, and takes more than it makes use of."""
    before, after = layer.weight.shape[1] + added, layer.weight.shape[0]
    bias = layer.bias
    wide: Layer = nn.Linear(before, after, bias=bias is not None)
    if isinstance(layer, nn.Conv2d):
        kernel, stride, padding = layer.kernel_size, layer.stride, layer.padding
        wide = nn.Conv2d(before, after, kernel, stride, padding, bias=bias is not None)  # type: ignore[arg-type]
    with torch.no_grad():
        wide.weight.zero_()
        wide.weight[:, : layer.weight.shape[1]] = layer.weight
        if bias is not None:
            wide.bias.copy_(bias)  # type: ignore[union-attr]
    return equalize_as(wide, layer)
