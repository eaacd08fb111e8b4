"""Networks of the shapes that PyTorch-GAN's scripts have, for benchmarks/peers.py. Written anew, no peer's code."""

from itertools import pairwise
from math import prod

from torch import Tensor, nn, tanh

from gan_runner.networks import mlp
from gan_runner.types import PositiveInt, Score, Shape

EPS = 0.8
"""Of BatchNorm in those scripts."""


class NormFromTheSecond(mlp.Generator):
    """A fully connected generator whose first hidden layer has no BatchNorm."""

    def __init__(self, shape: Shape, latent_dim: PositiveInt = 100) -> None:
        super().__init__(shape, latent_dim, hidden=(128, 256, 512, 1024), batch_norm=True)
        del self.body[1]


class Upsampled(nn.Module):
    """z to 128 maps of a quarter of the size, enlarged twice by their neighbours, a convolution of 3×3 after each."""

    def __init__(self, shape: Shape, latent_dim: PositiveInt = 100) -> None:
        super().__init__()
        self.base = (128, shape[1] // 4, shape[2] // 4)
        self.project = nn.Linear(latent_dim, prod(self.base))
        self.body = nn.Sequential(nn.BatchNorm2d(128), *_up(128, 128), *_up(128, 64), nn.Conv2d(64, shape[0], 3, 1, 1))

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        maps: Tensor = self.body(self.project(source).reshape(-1, *self.base))
        return tanh(maps.float())


class Dropped(nn.Module):
    """Four convolutions of 3×3, stride 2, to 128 maps; a quarter of the maps are dropped after each."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        widths = (shape[0], 16, 32, 64, 128)
        self.body = nn.Sequential(*(nn.Sequential(*_down(*pair, norm=pair[1] != 16)) for pair in pairwise(widths)))
        self.head = nn.Linear(128 * (shape[1] // 16) * (shape[2] // 16), 1)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        features = self.body(image).flatten(1)
        return Score(self.head(features), features)


def _up(before: int, after: int) -> tuple[nn.Module, ...]:
    return (
        nn.Upsample(scale_factor=2),
        nn.Conv2d(before, after, 3, 1, 1),
        nn.BatchNorm2d(after, EPS),
        nn.LeakyReLU(0.2, inplace=True),
    )


def _down(before: int, after: int, norm: bool) -> list[nn.Module]:
    layers: list[nn.Module] = [nn.Conv2d(before, after, 3, 2, 1), nn.LeakyReLU(0.2, inplace=True), nn.Dropout2d(0.25)]
    return [*layers, nn.BatchNorm2d(after, EPS)] if norm else layers
