"""From an image to its counterpart, pixel by pixel: down to one pixel and up again, with a bridge at each size."""

from typing import Literal

from torch import Tensor, cat, nn, tanh
from torch.nn.functional import dropout, leaky_relu, relu

from gan_runner.networks.base import the_nearest
from gan_runner.networks.cyclegan import require_same_sides
from gan_runner.networks.patchgan import initialise, nearest_translated
from gan_runner.types import AtLeastTwo, Fraction, PositiveInt, Shape

Norm = Literal["batch", "instance"]


class Generator(nn.Module):
    """A U-Net: `levels` convolutions of 4×4 that halve the sides, as many transposed ones back, each of which also
    sees the maps of its size on the way down.

    Channels width, 2·width, 4·width, 8·width and 8·width from there on; leaky ReLU .2 down, ReLU up, tanh at the end.
    levels: null for as many as the sides can be halved. With width 64 and three channels on both sides: 54,413,955
    parameters at 256×256 (8 levels), 41,828,995 at 128×128 (7).

    There is no latent: what noise there is comes from `dropout` in the ways up between maps of 8·width channels, but
    for the innermost (three of 8 levels, none of 5 or fewer). dropout_at_test: the paper leaves it on when it
    translates, so that an image has several translations, which hardly differ; false gives the same one each time.

    norm: `instance` (with learned scales) at batch size 1, the paper's, is its BatchNorm, which takes its statistics
    from the batch at hand at test too. With larger batches that is `batch`; evaluation here uses the running ones.
    Source: Isola et al. 2016, §3.2.1 and appendix (arXiv:1611.07004). Weights N(0, .02), scales N(1, .02).
    Raises ValueError for sides that `levels` cannot halve or that differ from the source's.
    """

    takes_a_source = True

    def __init__(
        self,
        shape: Shape,
        source_shape: Shape,
        width: PositiveInt = 64,
        levels: AtLeastTwo | None = None,
        norm: Norm = "instance",
        dropout: Fraction = 0.5,
        dropout_at_test: bool = True,
    ) -> None:
        super().__init__()
        require_same_sides(shape, source_shape, "pix2pix")
        levels = levels_of(shape, levels)
        channels = [width * min(2**level, 8) for level in range(levels)]  # e.g. 64, 128, 256, 512, 512, 512, 512, 512
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, after in enumerate(channels):
            before = channels[level - 1] if level else source_shape[0]
            edge = level in (0, levels - 1)  # no norm for the image's colours, nor for a map of one pixel
            halve = nn.Conv2d(before, after, 4, 2, 1, bias=False)
            self.down.append(halve if edge else nn.Sequential(halve, norm_of(norm, after)))
        for level in reversed(range(1, levels)):
            inner = level == levels - 1
            share = dropout if not inner and channels[level - 1] == 8 * width else 0.0
            self.up.append(Up(channels[level] * (1 if inner else 2), channels[level - 1], norm, share, dropout_at_test))
        self.head = nn.ConvTranspose2d(2 * width, shape[0], 4, 2, 1)
        self.apply(initialise)

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        maps = [self.down[0](source)]
        for down in self.down[1:]:
            maps.append(down(leaky_relu(maps[-1], 0.2)))
        up = maps.pop()
        for layer in self.up:
            up = cat([maps.pop(), layer(relu(up))], dim=1)
        return tanh(self.head(relu(up)).float())


class Up(nn.Module):
    """Double the sides, norm, and dropout of a `share`, in training or at test too."""

    def __init__(self, before: int, after: int, norm: Norm, share: float, dropout_at_test: bool) -> None:
        super().__init__()
        self.enlarge, self.norm = nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), norm_of(norm, after)
        self.share, self.dropout_at_test = share, dropout_at_test

    def forward(self, maps: Tensor) -> Tensor:
        return dropout(self.norm(self.enlarge(maps)), self.share, training=self.training or self.dropout_at_test)


def levels_of(shape: Shape, wanted: int | None) -> int:
    """How often both sides are halved: as wanted, or until one is a single pixel or odd.

    Raises ValueError for fewer than twice, or more often than they can be.
    """
    _, height, width = shape
    possible = 0
    while min(height, width) > 1 and height % 2 == width % 2 == 0:
        height, width, possible = height // 2, width // 2, possible + 1
    if possible < 2:
        raise ValueError(
            f"network=pix2pix halves both sides twice or more and {shape[1]}×{shape[2]} does not allow it: sides must "
            f"be multiples of 4; {the_nearest(nearest_translated((shape[1], shape[2])))}"
        )
    if wanted is not None and wanted > possible:
        raise ValueError(
            f"network.generator.levels={wanted} cannot halve {shape[1]}×{shape[2]} as often: take {possible} or fewer, "
            "or null for as many as there can be"
        )
    return wanted or possible


def norm_of(kind: Norm, channels: int) -> nn.Module:
    """Over the batch or over each map; both learn a scale and a shift."""
    return nn.BatchNorm2d(channels) if kind == "batch" else nn.InstanceNorm2d(channels, affine=True)
