"""The fully connected players on which mode collapse is counted."""

from itertools import pairwise
from math import prod

from torch import Tensor, nn, tanh

from gan_runner.layers.conditioning import beside_vector
from gan_runner.networks.base import Hidden
from gan_runner.types import PositiveInt, Score, Shape


class Generator(nn.Module):
    """z through hidden layers of linear, BatchNorm, ReLU to a flat sample, then to the data's shape.

    Images end in tanh, points are unbounded. For points in the plane from z of 2: 484,802 parameters.
    Source: Lin et al. 2018, PacGAN, §4.1 (arXiv:1712.04086), after the synthetic experiments of Srivastava et al.
    2017, VEEGAN (arXiv:1705.07761).
    """

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 2,
        num_classes: int | None = None,
        hidden: Hidden = (400, 400, 400, 400),
    ) -> None:
        super().__init__()
        self.shape, self.num_classes = tuple(shape), num_classes
        widths = [latent_dim + (num_classes or 0), *hidden]
        self.body = nn.Sequential(*(_layer(before, after) for before, after in pairwise(widths)))
        self.head = nn.Linear(hidden[-1], prod(shape))
        self.apply(initialise)

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        flat = self.head(self.body(beside_vector(source, label, self.num_classes)))
        sample: Tensor = flat.float().reshape(-1, *self.shape)  # (B, C·H·W) -> (B, C, H, W)
        return tanh(sample) if len(self.shape) == 3 else sample


class Discriminator(nn.Module):
    """The flat sample through hidden layers of maxout units, each the largest of `pieces` linear functions, to one
    logit. For points in the plane: 405,201 parameters, and 2,000 more for each further sample packed beside them.

    Source: as the generator; maxout: Goodfellow et al. 2013 (arXiv:1302.4389).
    """

    def __init__(
        self, shape: Shape, num_classes: int | None = None, hidden: Hidden = (200, 200, 200), pieces: PositiveInt = 5
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        widths = [prod(shape) + (num_classes or 0), *hidden]
        self.body = nn.Sequential(*(Maxout(before, after, pieces) for before, after in pairwise(widths)))
        self.head = nn.Linear(hidden[-1], 1)
        self.apply(initialise)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        features = self.body(beside_vector(image.flatten(1), label, self.num_classes))
        return Score(self.head(features), features)


class Maxout(nn.Module):
    """h_j = max over k of (W_jk x + b_jk): (B, before) -> (B, after)."""

    def __init__(self, before: int, after: int, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces
        self.linear = nn.Linear(before, after * pieces)

    def forward(self, vector: Tensor) -> Tensor:
        flat: Tensor = self.linear(vector)
        return flat.reshape(len(flat), self.pieces, -1).amax(dim=1)  # (B, pieces·after) -> (B, pieces, after)


def initialise(module: nn.Module) -> None:
    """N(0, .02) for weights, 0 for shifts."""
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def _layer(before: int, after: int) -> nn.Sequential:
    # BatchNorm shifts, so the linear map does not; its running statistics move by a twentieth, as in the experiments.
    return nn.Sequential(
        nn.Linear(before, after, bias=False), nn.BatchNorm1d(after, momentum=0.05), nn.ReLU(inplace=True)
    )
