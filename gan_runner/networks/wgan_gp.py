"""The convolutions without norms of the gradient penalty's MNIST and CIFAR-10 experiments."""

from itertools import pairwise

from torch import Tensor, nn, tanh

from gan_runner.layers.conditioning import beside_image, beside_vector
from gan_runner.networks.base import Norm, Sides, halvings, norm_of, rest, uniform_
from gan_runner.types import PositiveInt, Score, Shape


class Generator(nn.Module):
    """Project z to the smallest map, then double the size and halve the channels until the image; tanh at the end.

    Transposed convolutions of 5×5, stride 2, ReLU; sides are halved and rounded up (28, 14, 7, 4), so any size of 8
    and more is reached without a border. `width`: channels before the last layer. At 1×28×28 with width 64 and z of
    128: 1,554,177 parameters; at 3×32×32 with width 128 and batch_norm, the CIFAR-10 network: 5,179,907.
    The reference ends in a sigmoid on MNIST, for data in [0, 1]; here data lie in [-1, 1].
    Source: Gulrajani et al. 2017 (arXiv:1704.00028) and its code.
    """

    def __init__(
        self,
        shape: Shape,
        latent_dim: PositiveInt = 128,
        num_classes: int | None = None,
        width: PositiveInt = 64,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        sides = halvings(shape, "wgan_gp")[::-1]  # e.g. 4, 7, 14, 28
        channels = [width * 2**i for i in reversed(range(len(sides) - 1))]  # e.g. 256, 128, 64
        self.num_classes = num_classes
        self.base = (channels[0], *sides[0])
        flat = channels[0] * sides[0][0] * sides[0][1]
        self.project = nn.Sequential(
            nn.Linear(latent_dim + (num_classes or 0), flat),
            nn.BatchNorm1d(flat) if batch_norm else nn.Identity(),
            nn.ReLU(inplace=True),
        )
        steps = zip(pairwise(channels), pairwise(sides[:-1]), strict=True)
        self.body = nn.Sequential(*(_up(*pair, rest(*step), batch_norm) for pair, step in steps))
        self.head = nn.ConvTranspose2d(channels[-1], shape[0], 5, 2, 2, output_padding=rest(*sides[-2:]))
        self.apply(initialise)

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        vector = self.project(beside_vector(source, label, self.num_classes))
        maps = vector.reshape(-1, *self.base)  # (B, 256·4·4) -> (B, 256, 4, 4)
        return tanh(self.head(self.body(maps)).float())


class Discriminator(nn.Module):
    """The generator's mirror, and one logit: convolutions of 5×5, stride 2, leaky ReLU .2.

    No norm by default: the penalty holds each sample's own gradient, and BatchNorm would make it depend on the batch
    (arXiv:1704.00028, §4); `layer` may stand in all layers but the first.
    At 1×28×28 with width 64: 1,030,145 parameters; at 3×32×32 with width 128: 4,114,689.
    """

    def __init__(
        self, shape: Shape, num_classes: int | None = None, width: PositiveInt = 64, norm: Norm = "none"
    ) -> None:
        super().__init__()
        sides = halvings(shape, "wgan_gp")  # e.g. 28, 14, 7, 4
        channels = [width * 2**i for i in range(len(sides) - 1)]  # e.g. 64, 128, 256
        first = nn.Conv2d(shape[0] + (num_classes or 0), width, 5, 2, 2)
        self.num_classes = num_classes
        self.body = nn.Sequential(
            nn.Sequential(first, nn.LeakyReLU(0.2, inplace=True)),
            *(_down(before, after, norm) for before, after in pairwise(channels)),
        )
        self.head = nn.Linear(channels[-1] * sides[-1][0] * sides[-1][1], 1)
        self.apply(initialise)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        features = self.body(beside_image(image, label, self.num_classes)).flatten(1)  # (B, 256·4·4)
        return Score(self.head(features), features)


def initialise(module: nn.Module) -> None:
    """Uniform weights, shifts 0. A stride of 2 joins a pixel of the larger map to a quarter of the kernel's taps."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        taps = module.kernel_size[0] * module.kernel_size[1]
        read, written = (taps, taps / 4) if isinstance(module, nn.Conv2d) else (taps / 4, taps)
        uniform_(module.weight, module.in_channels * read, module.out_channels * written, power=4)
    elif isinstance(module, nn.Linear):
        uniform_(module.weight, module.in_features, module.out_features, power=2)
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


def _up(before: int, after: int, rest: Sides, batch_norm: bool) -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose2d(before, after, 5, 2, 2, output_padding=rest),
        norm_of("batch" if batch_norm else "none", after),
        nn.ReLU(inplace=True),
    )


def _down(before: int, after: int, norm: Norm) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 5, 2, 2), norm_of(norm, after), nn.LeakyReLU(0.2, inplace=True))
