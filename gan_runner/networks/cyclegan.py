"""From one domain's images to the other's: a stack of residual blocks at a quarter of the size."""

from typing import Literal

from torch import Tensor, nn, tanh

from gan_runner.networks.base import the_nearest
from gan_runner.networks.patchgan import initialise, nearest_translated, require_images
from gan_runner.types import NaturalInt, PositiveInt, Shape

Upsample = Literal["deconv", "resize_conv"]


class Generator(nn.Module):
    """Halve the size twice, `blocks` residual blocks of 4·width channels, double it twice; tanh at the end.

    Borders are reflected, instance norm without learned scales, ReLU. With width 64 and three channels on both sides:
    11,378,179 parameters with 9 blocks (256×256), 7,837,699 with 6 (128×128). `upsample`: deconv is the published
    transposed convolution; resize_conv repeats pixels and convolves, of as many parameters, and makes no checkerboard
    (Odena et al. 2016, Deconvolution and checkerboard artifacts).
    Source: Zhu et al. 2017, §4 and appendix (arXiv:1703.10593), after Johnson et al. 2016 (arXiv:1603.08155). Weights
    N(0, .02). Raises ValueError for sides that are no multiples of 4 or differ from the source's.
    """

    takes_a_source = True
    sides_multiple_of = 4
    """Trained at one size, it translates images of any other whose sides are multiples of this, 8 at least."""

    def __init__(
        self,
        shape: Shape,
        source_shape: Shape,
        width: PositiveInt = 64,
        blocks: NaturalInt = 9,
        upsample: Upsample = "deconv",
    ) -> None:
        super().__init__()
        require_same_sides(shape, source_shape, "cyclegan")
        if min(shape[1:]) < 8 or shape[1] % 4 or shape[2] % 4:
            raise ValueError(
                f"network=cyclegan halves both sides twice and {shape[1]}×{shape[2]} does not allow it: sides must be "
                f"multiples of 4, 8 at least; {the_nearest(nearest_translated((shape[1], shape[2])))}"
            )
        self.body = nn.Sequential(
            nn.ReflectionPad2d(3),
            _normalised(width, nn.Conv2d(source_shape[0], width, 7)),
            _normalised(2 * width, nn.Conv2d(width, 2 * width, 3, 2, 1)),
            _normalised(4 * width, nn.Conv2d(2 * width, 4 * width, 3, 2, 1)),
            *(Block(4 * width) for _ in range(blocks)),
            _normalised(2 * width, doubled(4 * width, 2 * width, upsample)),
            _normalised(width, doubled(2 * width, width, upsample)),
            nn.ReflectionPad2d(3),
        )
        self.head = nn.Conv2d(width, shape[0], 7)
        self.apply(initialise)

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        return tanh(self.head(self.body(source)).float())


class Block(nn.Module):
    """Twice 3×3 and norm, a ReLU between them, added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.ReflectionPad2d(1),
            _normalised(width, nn.Conv2d(width, width, 3)),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width),
        )

    def forward(self, maps: Tensor) -> Tensor:
        added: Tensor = maps + self.residual(maps)
        return added


def require_same_sides(shape: Shape, source_shape: Shape, network: str) -> None:
    """Raises ValueError unless both domains have images, of the same sides."""
    for one in (shape, source_shape):
        require_images(one, f"network={network}")
    if shape[1:] != source_shape[1:]:
        raise ValueError(
            f"network={network} keeps the size of an image, and the two domains have {source_shape[1]}×"
            f"{source_shape[2]} and {shape[1]}×{shape[2]}: give both the same, as data.image_size does"
        )


def doubled(before: int, after: int, upsample: Upsample) -> nn.Module:
    """Twice the size, by a transposed convolution or by repeated pixels and a convolution."""
    if upsample == "deconv":
        return nn.ConvTranspose2d(before, after, 3, 2, 1, output_padding=1)
    return nn.Sequential(
        nn.Upsample(scale_factor=2, mode="nearest"), nn.ReflectionPad2d(1), nn.Conv2d(before, after, 3)
    )


def _normalised(channels: int, convolution: nn.Module) -> nn.Sequential:
    return nn.Sequential(convolution, nn.InstanceNorm2d(channels), nn.ReLU(inplace=True))
