"""An encoder of any discriminator's architecture: what a GAN's network needs to become an autoencoder's."""

from __future__ import annotations

from torch import Tensor, nn

from gan_runner.layers.probing import probe
from gan_runner.types import Make, PositiveInt, Shape


class Encoder(nn.Module):
    """The penultimate features of a discriminator, and a linear layer from them to the moments of a code.

    trunk: what makes that discriminator of a shape; its head is left out. moments: numbers for each of `latent_dim`: 1
    is the code itself, 2 are mean and log variance. Labels enter as they enter the trunk. What a trick does to the
    discriminator of a game is not done to this one.
    Source: Larsen et al. 2016, table 1 (arXiv:1512.09300), whose encoder mirrors the discriminator.
    """

    def __init__(
        self,
        shape: Shape,
        trunk: Make,
        latent_dim: PositiveInt = 100,
        moments: PositiveInt = 1,
        num_classes: int | None = None,
    ) -> None:
        super().__init__()
        self.trunk = trunk(shape) if num_classes is None else trunk(shape, num_classes=num_classes)
        _, width = probe(self.trunk, shape)
        if hasattr(self.trunk, "head"):
            self.trunk.head = nn.Identity()  # nobody asks for its logits
        self.head = nn.Linear(width, moments * latent_dim)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        moments: Tensor = self.head(self.trunk(image, label).features.flatten(1))
        return moments
