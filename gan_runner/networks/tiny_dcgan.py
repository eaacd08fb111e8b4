"""A DCGAN of a few thousand weights, whose discriminator is too small to notice collapse by itself."""

from functools import partial
from itertools import pairwise

from torch import Tensor, nn, tanh

from gan_runner.layers.conditioning import beside_image, beside_vector
from gan_runner.networks.base import Norm, Sides, halvings, keep_scale, norm_of, rest
from gan_runner.types import PositiveInt, Score, Shape


class Generator(nn.Module):
    """Project z to the smallest map, double the size and halve the channels, then a 3×3 convolution and tanh.

    Transposed convolutions of 3×3, stride 2, BatchNorm, ReLU; sides are halved and rounded up (28, 14, 7, 4).
    `width`: channels of the largest map. At 3×28×28 with z of 256 and width 8: 287,875 parameters.
    Source: Metz et al. 2016, appendix E (arXiv:1611.02163); Lin et al. 2018, PacGAN, §4.2 (arXiv:1712.04086).
    """

    def __init__(
        self, shape: Shape, latent_dim: PositiveInt = 256, num_classes: int | None = None, width: PositiveInt = 8
    ) -> None:
        super().__init__()
        sides = halvings(shape, "tiny_dcgan")[::-1]  # e.g. 4, 7, 14, 28
        channels = [width * 2**i for i in reversed(range(len(sides)))]  # e.g. 64, 32, 16, 8
        self.num_classes, self.base = num_classes, (channels[0], *sides[0])
        self.project = nn.Linear(latent_dim + (num_classes or 0), channels[0] * sides[0][0] * sides[0][1])
        self.activation = nn.Sequential(nn.BatchNorm2d(channels[0]), nn.ReLU(inplace=True))
        steps = zip(pairwise(channels), pairwise(sides), strict=True)
        self.body = nn.Sequential(*(_up(*pair, rest(*step)) for pair, step in steps))
        self.head = nn.Conv2d(width, shape[0], 3, 1, 1)
        self.apply(initialise)

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        vector = self.project(beside_vector(source, label, self.num_classes))
        maps = self.activation(vector.reshape(-1, *self.base))  # (B, 64·4·4) -> (B, 64, 4, 4)
        return tanh(self.head(self.body(maps)).float())


class Discriminator(nn.Module):
    """Halve the size and double the channels down to the smallest map, then one logit.

    Convolutions of 3×3, stride 2, `norm` in every layer, leaky ReLU .3; without norm the initial weights are larger, so
    that as narrow layers as these pass a signal on at all. `width`: channels of the first layer, 4 for
    the papers' "half the generator", 2 for "a quarter": at 3×28×28 with BatchNorm 1,889 and 585 parameters, and 108 or
    54 more for each further image packed beside the first.
    Source: as the generator.
    """

    def __init__(
        self, shape: Shape, num_classes: int | None = None, width: PositiveInt = 4, norm: Norm = "batch"
    ) -> None:
        super().__init__()
        sides = halvings(shape, "tiny_dcgan")  # e.g. 28, 14, 7, 4
        channels = [shape[0] + (num_classes or 0), *(width * 2**i for i in range(len(sides) - 1))]  # e.g. 3, 4, 8, 16
        self.num_classes = num_classes
        self.body = nn.Sequential(*(_down(before, after, norm) for before, after in pairwise(channels)))
        self.head = nn.Linear(channels[-1] * sides[-1][0] * sides[-1][1], 1)
        self.apply(partial(keep_scale, slope=0.3) if norm == "none" else initialise)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        features = self.body(beside_image(image, label, self.num_classes)).flatten(1)  # (B, 16·4·4)
        return Score(self.head(features), features)


def initialise(module: nn.Module) -> None:
    """N(0, .02) for weights, 0 for shifts."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def _up(before: int, after: int, rest: Sides) -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose2d(before, after, 3, 2, 1, output_padding=rest), nn.BatchNorm2d(after), nn.ReLU(inplace=True)
    )


def _down(before: int, after: int, norm: Norm) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, 2, 1), norm_of(norm, after), nn.LeakyReLU(0.3, inplace=True))
