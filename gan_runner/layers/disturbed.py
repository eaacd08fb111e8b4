"""A discriminator behind what a trick draws for each image it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from gan_runner.types import Score


class Disturbed(nn.Module):
    """A discriminator that sees changed images, in training alone."""

    def __init__(self, discriminator: nn.Module, change: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.discriminator, self.change = discriminator, change

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        score: Score = self.discriminator(self.change(image) if self.training else image, label)
        return score


@contextmanager
def undisturbed(discriminator: nn.Module) -> Iterator[None]:
    """Within, a discriminator sees images as they are: two of them are compared by the same eyes. What lies behind
    stays in its mode.
    """
    drawing = [module for module in discriminator.modules() if isinstance(module, Disturbed) and module.training]
    for module in drawing:
        module.training = False
    try:
        yield
    finally:
        for module in drawing:
            module.training = True
