"""Residual blocks of one width: the CIFAR-10 players of the gradient penalty and of spectral normalisation."""

from typing import Literal

from torch import Tensor, nn, tanh
from torch.nn.functional import relu

from gan_runner.layers.conditioning import beside_image, beside_vector
from gan_runner.layers.resampling import doubled, halved
from gan_runner.networks.base import Norm, norm_of, uniform_
from gan_runner.networks.dcgan import base_and_doublings
from gan_runner.types import PositiveInt, Score, Shape

Resample = Literal["up", "down", "none"]


class Generator(nn.Module):
    """Project z to a small map, then a residual block for each doubling of the size; tanh at the end.

    Nearest upsampling, BatchNorm, ReLU, all maps of `width` channels. At 3×32×32 with z of 128: 1,204,483 parameters
    with width 128 (Gulrajani et al.), 4,276,739 with width 256 (Miyato et al.).
    Source: Gulrajani et al. 2017, §5.3 and appendix (arXiv:1704.00028); Miyato et al. 2018, table 4 (arXiv:1802.05957).
    """

    def __init__(
        self, shape: Shape, latent_dim: PositiveInt = 128, num_classes: int | None = None, width: PositiveInt = 128
    ) -> None:
        super().__init__()
        base, doublings = base_and_doublings(shape, "resnet")
        self.num_classes, self.base = num_classes, (width, *base)
        self.project = nn.Linear(latent_dim + (num_classes or 0), width * base[0] * base[1])
        self.body = nn.Sequential(*(Block(width, "up", "batch") for _ in range(doublings)))
        self.norm = nn.BatchNorm2d(width)
        self.head = nn.Conv2d(width, shape[0], 3, 1, 1)
        initialise([self.project, self.head], power=2)

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        vector = self.project(beside_vector(source, label, self.num_classes))
        maps = self.body(vector.reshape(-1, *self.base))  # (B, width·4·4) -> (B, width, 4, 4) -> (B, width, H, W)
        return tanh(self.head(relu(self.norm(maps))).float())


class Discriminator(nn.Module):
    """Halve the size to 8 or less, two more residual blocks, pool over pixels, one logit.

    No norm by default; `layer` suits a gradient penalty, which `batch` does not. `pool`: mean (Gulrajani et al.) or
    sum (Miyato et al.). At 3×32×32 with width 128: 1,053,825 parameters.
    Source: as the generator.
    """

    def __init__(
        self,
        shape: Shape,
        num_classes: int | None = None,
        width: PositiveInt = 128,
        norm: Norm = "none",
        pool: Literal["mean", "sum"] = "mean",
    ) -> None:
        super().__init__()
        base_and_doublings(shape, "resnet")  # refuses what the generator cannot reach
        self.num_classes, self.pool = num_classes, pool
        halvings = ((min(shape[1:]) - 1) // 8).bit_length()  # 32 -> 2: 16, 8
        self.body = nn.Sequential(
            First(shape[0] + (num_classes or 0), width),
            *(Block(width, "down", norm) for _ in range(halvings - 1)),
            *(Block(width, "none", norm) for _ in range(2)),
        )
        self.head = nn.Linear(width, 1)
        initialise([self.head], power=2)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        maps = relu(self.body(beside_image(image, label, self.num_classes)))  # (B, width, 8, 8)
        features = maps.mean(dim=(2, 3)) if self.pool == "mean" else maps.sum(dim=(2, 3))
        return Score(self.head(features), features)


class Block(nn.Module):
    """Twice norm, ReLU, 3×3, added to what came in; resampled on both ways, with 1×1 on the direct one."""

    def __init__(self, width: int, resample: Resample, norm: Norm) -> None:
        super().__init__()
        self.resample = resample
        self.norm1, self.norm2 = norm_of(norm, width), norm_of(norm, width)
        self.conv1, self.conv2 = nn.Conv2d(width, width, 3, 1, 1), nn.Conv2d(width, width, 3, 1, 1)
        self.direct = nn.Identity() if resample == "none" else nn.Conv2d(width, width, 1)
        initialise([self.conv1, self.conv2], power=4)
        initialise([self.direct], power=2)

    def forward(self, maps: Tensor) -> Tensor:
        residual = relu(self.norm1(maps))
        residual = self.conv1(doubled(residual) if self.resample == "up" else residual)
        residual = self.conv2(relu(self.norm2(residual)))
        # 1×1 convolutions commute with resampling: computed where there are fewer pixels.
        direct: Tensor = self.direct(halved(maps) if self.resample == "down" else maps)
        if self.resample == "up":
            direct = doubled(direct)
        return direct + (halved(residual) if self.resample == "down" else residual)


class First(nn.Module):
    """The block that meets the image: no activation before its first convolution; halves the size."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, width, 3, 1, 1), nn.Conv2d(width, width, 3, 1, 1)
        self.direct = nn.Conv2d(channels, width, 1)
        initialise([self.conv1, self.conv2], power=4)
        initialise([self.direct], power=2)

    def forward(self, image: Tensor) -> Tensor:
        residual = self.conv2(relu(self.conv1(image)))
        direct: Tensor = self.direct(halved(image))
        return direct + halved(residual)


def initialise(layers: list[nn.Module], power: float) -> None:
    """Uniform weights, zero shifts."""
    for layer in layers:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            taps = layer.weight[0, 0].numel()
            uniform_(layer.weight, layer.weight.shape[1] * taps, layer.weight.shape[0] * taps, power)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
