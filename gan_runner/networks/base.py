"""What several architectures share: sides that halve, norms of a critic, initial weights.

The class of a network says of itself what others must know before it is built, each false where it says nothing:

- takes_a_source: a generator that starts from an image, of `source_shape`, and not from a latent;
- judges_patches: a discriminator without a linear head, no logit of which sees a whole image;
- starts_at_zero: all weights of some layers are 0 at first, so that spectral norm has nothing to divide them by.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from gan_runner.types import PositiveInt, Shape

Norm = Literal["none", "layer", "batch"]
Activation = Literal["relu", "leaky_relu", "tanh"]
Sides = tuple[int, int]
Hidden = Annotated[Sequence[PositiveInt], Field(min_length=1)]
"""Widths of the hidden layers of a fully connected network, one or more."""


def halvings(shape: Shape, network: str, flat: str = "mlp") -> list[Sides]:
    """Sides of the maps from the image down to the first whose shorter side is at most 4, rounded up:
    28×28 -> 28, 14, 7, 4. flat: the network for points, to be named to who has them.

    Raises ValueError for points and for images of fewer than 8 pixels a side.
    """
    if len(shape) != 3:
        raise ValueError(
            f"network={network} makes images (C, H, W), the data has shape {tuple(shape)}: use network={flat}"
        )
    sides = [(shape[1], shape[2])]
    if min(sides[0]) < 8:
        raise ValueError(
            f"network={network} cannot reach {shape[1]}×{shape[2]}: sides must be at least 8; "
            f"{the_nearest((max(8, shape[1]), max(8, shape[2])))}"
        )
    while min(sides[-1]) > 4:
        height, width = sides[-1]
        sides.append(((height + 1) // 2, (width + 1) // 2))
    return sides


def the_nearest(sides: Sides) -> str:
    """The end of a sentence that refuses a size: the key, and the nearest value that works."""
    height, width = sides
    return f"the nearest is data.image_size={height if height == width else f'[{height},{width}]'}"


def rest(before: Sides, after: Sides) -> Sides:
    """What a transposed convolution that turns a side s into 2s − 1 has to add: 0 or 1 each way."""
    return after[0] - 2 * before[0] + 1, after[1] - 2 * before[1] + 1


def norm_of(kind: Norm, channels: int) -> nn.Module:
    """Over a sample's channels and pixels (layer), over the batch (batch), or nothing."""
    if kind == "none":
        return nn.Identity()
    return nn.GroupNorm(1, channels) if kind == "layer" else nn.BatchNorm2d(channels)


def dense(
    widths: Sequence[int], activation: Activation = "relu", batch_norm: bool = False, dropout: float = 0.0
) -> nn.Sequential:
    """Linear, BatchNorm?, activation, dropout? for each pair of neighbouring widths."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers.append(nn.Linear(before, after))
        if batch_norm:
            layers.append(nn.BatchNorm1d(after))
        layers.append(_activation(activation))
        if dropout:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers)


def _activation(name: Activation) -> nn.Module:
    kinds: dict[Activation, nn.Module] = {
        "relu": nn.ReLU(inplace=True),
        "leaky_relu": nn.LeakyReLU(0.2, inplace=True),
        "tanh": nn.Tanh(),
    }
    return kinds[name]


def uniform_(weight: Tensor, fan_in: float, fan_out: float, power: float) -> None:
    """Uniform of variance power / (fan_in + fan_out): 2 keeps a signal's power through a linear layer (Glorot & Bengio
    2010, eq. 16), 4 through one that a ReLU halves. Source: the code of Gulrajani et al. 2017 (arXiv:1704.00028).
    """
    bound = (3 * power / (fan_in + fan_out)) ** 0.5  # a uniform on ±b has variance b²/3
    nn.init.uniform_(weight, -bound, bound)


def keep_scale(module: nn.Module, slope: float) -> None:
    """Weights that keep a signal's power through leaky ReLUs of this slope, and 0 for shifts.

    For layers without a norm, in which weights of N(0, .02) let it fade out. Source: He et al. 2015, eq. 14
    (arXiv:1502.01852).
    """
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight, a=slope)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
