"""A discriminator's last layer that sees something of the whole batch beside each sample's features."""

from typing import Any

import torch
from torch import Tensor, cat, nn


class Widened(nn.Module):
    """logits = linear([f, statistic(f)]), f the penultimate features of the batch, (N, F).

    Put in the place of `discriminator.head`, so that networks and the features they hand out stay as they are.
    """

    def __init__(self, statistic: nn.Module, linear: nn.Module) -> None:
        super().__init__()
        self.statistic, self.linear = statistic, linear

    def forward(self, features: Tensor) -> Tensor:
        wide = cat([features, self.statistic(features).to(features)], dim=1)  # (N, F) -> (N, F + added)
        logits: Tensor = self.linear(wide)
        return logits


def linear_head(discriminator: nn.Module, trick: str) -> nn.Linear:
    """The layer that turns features into logits, inside whatever widens it already.

    Raises ValueError, naming the trick, where it is not a linear one.
    """
    head: Any = getattr(discriminator, "head", None)
    while isinstance(head, Widened):
        head = head.linear
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
    head = linear_head(discriminator, trick)
    wide = nn.Linear(head.in_features + added, head.out_features, bias=head.bias is not None)
    with torch.no_grad():
        wide.weight.zero_()
        wide.weight[:, : head.in_features] = head.weight
        if head.bias is not None:
            wide.bias.copy_(head.bias)
    parent: Any = discriminator
    name = "head"
    while isinstance(getattr(parent, name), Widened):
        parent, name = getattr(parent, name), "linear"
    setattr(parent, name, Widened(statistic, wide))
