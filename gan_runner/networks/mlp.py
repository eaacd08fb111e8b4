"""Fully connected players for data of any shape, points included."""

from math import prod

from torch import Tensor, nn, tanh

from gan_runner.layers.conditioning import beside_vector
from gan_runner.networks.base import Activation, Hidden, dense
from gan_runner.types import Fraction, PositiveInt, Score, Shape


class Generator(nn.Module):
    """z (and the label's one-hot vector) through hidden layers to a flat sample, then to the data's shape.

    Images end in tanh, points are unbounded. Source: Goodfellow et al. 2014 (arXiv:1406.2661), whose MNIST players
    were of this kind; conditional: Mirza & Osindero 2014 (arXiv:1411.1784).
    """

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 100,
        num_classes: int | None = None,
        hidden: Hidden = (256, 512, 1024),
        activation: Activation = "leaky_relu",
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.shape, self.num_classes = tuple(shape), num_classes
        self.body = dense([latent_dim + (num_classes or 0), *hidden], activation, batch_norm)
        self.head = nn.Linear(hidden[-1], prod(shape))

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        flat = self.head(self.body(beside_vector(source, label, self.num_classes)))
        sample: Tensor = flat.float().reshape(-1, *self.shape)  # (B, C·H·W) -> (B, C, H, W)
        return tanh(sample) if len(self.shape) == 3 else sample


class Discriminator(nn.Module):
    """The flat sample (and the label's one-hot vector) through hidden layers to one logit."""

    def __init__(
        self,
        shape: Shape,
        num_classes: int | None = None,
        hidden: Hidden = (512, 256),
        activation: Activation = "leaky_relu",
        dropout: Fraction = 0.0,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.body = dense([prod(shape) + (num_classes or 0), *hidden], activation, dropout=dropout)
        self.head = nn.Linear(hidden[-1], 1)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        features = self.body(beside_vector(image.flatten(1), label, self.num_classes))
        return Score(self.head(features), features)
