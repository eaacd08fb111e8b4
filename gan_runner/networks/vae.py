"""A fully connected encoder and decoder for data of any shape, points included."""

from __future__ import annotations

from math import prod

from torch import Tensor, nn

from gan_runner.layers.conditioning import beside_vector
from gan_runner.networks.base import Hidden, dense
from gan_runner.types import PositiveInt, Shape


class Encoder(nn.Module):
    """The flat sample (and the label's one-hot vector) through hidden layers to the moments of its code.

    moments: numbers for each of `latent_dim`: 1 is the code itself, 2 are mean and log variance. With one hidden layer
    of 400 and codes of 20, of 28×28 pixels, encoder and decoder have 652,824 parameters. from_zero: pixels enter in
    [0, 1], as in pytorch/examples, so that black paper moves no weight.
    Source: Kingma & Welling 2013, appendix C (arXiv:1312.6114); sizes as in pytorch/examples/vae.
    """

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 20,
        moments: PositiveInt = 1,
        num_classes: int | None = None,
        hidden: Hidden = (400,),
        from_zero: bool = False,
    ) -> None:
        super().__init__()
        self.num_classes, self.from_zero = num_classes, from_zero and len(shape) == 3
        self.body = dense([prod(shape) + (num_classes or 0), *hidden])
        self.head = nn.Linear(hidden[-1], moments * latent_dim)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        flat = image.flatten(1)
        if self.from_zero:
            flat = (flat + 1) / 2
        moments: Tensor = self.head(self.body(beside_vector(flat, label, self.num_classes)))
        return moments


class Decoder(nn.Module):
    """A code (and the label's one-hot vector) through hidden layers to what a likelihood reads, (B, *shape).

    hidden: widths as the encoder has them, from the image to the code.
    """

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 20,
        num_classes: int | None = None,
        hidden: Hidden = (400,),
    ) -> None:
        super().__init__()
        self.shape, self.num_classes = tuple(shape), num_classes
        widths = [*hidden][::-1]
        self.body = dense([latent_dim + (num_classes or 0), *widths])
        self.head = nn.Linear(widths[-1], prod(shape))

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        output: Tensor = self.head(self.body(beside_vector(source, label, self.num_classes)))
        return output.reshape(-1, *self.shape)
