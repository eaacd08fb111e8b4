"""The encoder, decoder and discriminator of GANomaly."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from torch import Tensor, nn

from gan_runner.layers.conditioning import beside_image, beside_vector
from gan_runner.networks.dcgan import base_and_doublings, initialise
from gan_runner.types import PositiveInt, Score, Shape

base_of = partial(
    base_and_doublings,
    network="ganomaly",
    points="choose data of images, data=digits say, or model=autoencoder, which takes points",
)


class Encoder(nn.Module):
    """Strided convolutions of 4×4 without biases, leaky ReLU .2, BatchNorm in all but the first and the last, which
    makes the moments of a code of the smallest map.

    One at 1×32×32, with codes of 100 and width 64, has 1,066,752 parameters; GANomaly's generator, two of them and a
    decoder, 3,200,384.
    Source: Akçay et al. 2018 (arXiv:1805.06725), as in its code. Weights N(0, .02), BatchNorm scales N(1, .02).
    """

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 100,
        moments: PositiveInt = 1,
        num_classes: int | None = None,
        width: PositiveInt = 64,
    ) -> None:
        super().__init__()
        base, halvings = base_of(shape)
        self.num_classes = num_classes
        self.body = _down(shape[0] + (num_classes or 0), width, halvings)
        self.head = nn.Conv2d(width * 2 ** (halvings - 1), moments * latent_dim, base, bias=False)
        self.apply(initialise)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        moments: Tensor = self.head(self.body(beside_image(image, label, self.num_classes))).flatten(1)
        return moments


class Decoder(nn.Module):
    """The way back: transposed convolutions, BatchNorm, ReLU; its answer (B, *shape) is unbounded.

    At 1×32×32, with codes of 100 and width 64, 1,066,880 parameters.
    Source: as the encoder, whose code ends in tanh; here that is the system's.
    """

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 100,
        num_classes: int | None = None,
        width: PositiveInt = 64,
    ) -> None:
        super().__init__()
        base, doublings = base_of(shape)
        channels = [width * 2**i for i in reversed(range(doublings))]
        self.num_classes = num_classes
        self.body = nn.Sequential(
            _up(latent_dim + (num_classes or 0), channels[0], base, 1, 0), *(_up(*pair) for pair in pairwise(channels))
        )
        self.head = nn.ConvTranspose2d(channels[-1], shape[0], 4, 2, 1, bias=False)
        self.apply(initialise)

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        output: Tensor = self.head(self.body(beside_vector(source, label, self.num_classes)[:, :, None, None]))
        return output


class Discriminator(nn.Module):
    """An encoder whose code is one logit; features: the maps before it.

    At 1×32×32 with width 64, 661,248 parameters. Source: as the encoder.
    """

    def __init__(self, shape: Shape, num_classes: int | None = None, width: PositiveInt = 64) -> None:
        super().__init__()
        base, halvings = base_of(shape)
        self.num_classes = num_classes
        self.body = _down(shape[0] + (num_classes or 0), width, halvings)
        self.head = nn.Conv2d(width * 2 ** (halvings - 1), 1, base, bias=False)
        self.apply(initialise)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        maps = self.body(beside_image(image, label, self.num_classes))
        return Score(self.head(maps).flatten(1), maps.flatten(1))


def _down(channels: int, width: int, halvings: int) -> nn.Sequential:
    """From the image to the smallest map: halve the size, double the channels."""
    layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
    for before, after in pairwise(width * 2**i for i in range(halvings)):
        layers += [
            nn.Conv2d(before, after, 4, 2, 1, bias=False),
            nn.BatchNorm2d(after),
            nn.LeakyReLU(0.2, inplace=True),
        ]
    return nn.Sequential(*layers)


def _up(before: int, after: int, kernel: int | tuple[int, int] = 4, stride: int = 2, padding: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose2d(before, after, kernel, stride, padding, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )
