"""Strided convolutions both ways."""

from functools import partial
from itertools import pairwise

from torch import Tensor, nn, tanh

from gan_runner.layers.conditioning import beside_image, beside_vector
from gan_runner.networks.base import Norm, Sides, keep_scale, norm_of, the_nearest
from gan_runner.types import PositiveInt, Score, Shape

BASES = (4, 5, 6, 7)
"""The shorter side of the smallest map, one of these."""


class Generator(nn.Module):
    """Project z to a small map of many channels, then double the size and halve the channels until the image.

    Transposed convolutions of 4×4, stride 2, BatchNorm, ReLU; tanh at the end. `width` is the number of channels
    before the last layer: 64 at 64×64 is the published network, 3,576,704 parameters with three channels.
    Source: Radford et al. 2015, §3 (arXiv:1511.06434). Weights N(0, .02), BatchNorm scales N(1, .02).
    """

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 100,
        num_classes: int | None = None,
        width: PositiveInt = 64,
    ) -> None:
        super().__init__()
        base, doublings = base_and_doublings(shape)
        channels = [width * 2**i for i in reversed(range(doublings))]  # e.g. 512, 256, 128, 64
        self.num_classes = num_classes
        self.project = nn.Sequential(
            nn.ConvTranspose2d(latent_dim + (num_classes or 0), channels[0], base, 1, 0, bias=False),
            nn.BatchNorm2d(channels[0]),
            nn.ReLU(inplace=True),
        )
        self.body = nn.Sequential(*(_up(*pair) for pair in pairwise(channels)))
        self.head = nn.ConvTranspose2d(channels[-1], shape[0], 4, 2, 1, bias=False)
        self.apply(initialise)

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        vector = beside_vector(source, label, self.num_classes)
        maps = self.project(vector[:, :, None, None])  # (B, Z) -> (B, Z, 1, 1) -> (B, 512, 4, 4)
        return tanh(self.head(self.body(maps)).float())


class Discriminator(nn.Module):
    """The generator's mirror: halve the size and double the channels down to a small map, then one logit.

    Convolutions of 4×4, stride 2, leaky ReLU .2; `norm` in all layers but the first. BatchNorm, the paper's, couples
    the samples of a batch, which a gradient penalty cannot bear: take `layer` or `none` there. Without norm the initial
    weights are larger, so that the layers pass a signal on.
    At 64×64 with three channels and width 64: 2,765,568 parameters.
    Source: Radford et al. 2015, §3 (arXiv:1511.06434).
    """

    def __init__(
        self, shape: Shape, num_classes: int | None = None, width: PositiveInt = 64, norm: Norm = "batch"
    ) -> None:
        super().__init__()
        base, halvings = base_and_doublings(shape)
        channels = [width * 2**i for i in range(halvings)]  # e.g. 64, 128, 256, 512
        first = nn.Conv2d(shape[0] + (num_classes or 0), width, 4, 2, 1, bias=False)
        self.num_classes = num_classes
        self.body = nn.Sequential(
            nn.Sequential(first, nn.LeakyReLU(0.2, inplace=True)),
            *(_down(before, after, norm) for before, after in pairwise(channels)),
        )
        self.head = nn.Linear(channels[-1] * base[0] * base[1], 1, bias=False)  # the 4×4 convolution of the paper
        self.apply(partial(keep_scale, slope=0.2) if norm == "none" else initialise)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        features = self.body(beside_image(image, label, self.num_classes)).flatten(1)  # (B, 512·4·4)
        return Score(self.head(features), features)


def base_and_doublings(
    shape: Shape, network: str = "dcgan", points: str = "use network=mlp"
) -> tuple[tuple[int, int], int]:
    """The smallest map and how often it doubles to reach the image: 64×64 -> ((4, 4), 4), 28×28 -> ((7, 7), 2).

    Both sides halve together until the shorter one is 4 to 7. points: what to do with data that is no image. Raises
    ValueError for that and for sizes no such stack reaches.
    """
    if len(shape) != 3:
        raise ValueError(f"network={network} makes images (C, H, W), the data has shape {tuple(shape)}: {points}")
    _, height, width = shape
    halvings = max(0, (min(height, width) // 4).bit_length() - 1)
    step = 2**halvings
    if halvings == 0 or height % step or width % step:
        squares = sorted(base * 2**doublings for base in BASES for doublings in (1, 2, 3, 4))
        longer = "" if height == width else ", the longer side so many times the same power of 2"
        raise ValueError(
            f"network={network} cannot reach {height}×{width}: sides must be 4, 5, 6 or 7 doubled at least once "
            f"({', '.join(map(str, squares[:14]))}, …){longer}; {the_nearest(nearest_reached((height, width)))}"
        )
    return (height // step, width // step), halvings


def nearest_reached(sides: Sides) -> Sides:
    """The sides that differ least, together, of those that doubled bases reach: (31, 31) -> (32, 32),
    (33, 64) -> (32, 64).
    """
    shorter, longer = sorted(sides)
    reached = []
    for step in (2**doublings for doublings in range(1, 10)):
        for base in BASES:
            other = base if shorter == longer else max(base, round(longer / step))
            reached.append((base * step, other * step))
    found = min(reached, key=lambda pair: abs(pair[0] - shorter) + abs(pair[1] - longer))
    return found if sides[0] <= sides[1] else found[::-1]


def initialise(module: nn.Module) -> None:
    """N(0, .02) for weights, N(1, .02) for BatchNorm scales, 0 for shifts."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def _up(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)
    )


def _down(before: int, after: int, norm: Norm) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 4, 2, 1, bias=norm == "none"),
        norm_of(norm, after),
        nn.LeakyReLU(0.2, inplace=True),
    )
