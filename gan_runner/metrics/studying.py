"""What metrics share that compare samples with images of the training set."""

from __future__ import annotations

from torch import Tensor

from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.base import Closest, Measure, Space, exact, heap, nearest
from gan_runner.types import PositiveInt


class Studying(Measure):
    """Keeps at most `training_images` of the training set beside what it is given. A subclass writes `compare`.

    Distances in `space`: of features, or of pixels. `closest` keeps the `pairs` nearest for a picture.
    """

    numbers = "any"
    library: list[Tensor]

    def __init__(
        self, space: Space = "features", training_images: PositiveInt = 60_000, pairs: PositiveInt = 16
    ) -> None:
        super().__init__()
        self.needs = "features" if space == "features" else "images"
        self.training_images, self.pairs = training_images, pairs
        self.add_state("library", [], dist_reduce_fx="cat")

    def study(self, training: Tensor, label: Tensor | None = None) -> None:
        self.library.append(training)

    def studied(self) -> Tensor:
        """The training images (M, ...). Raises ValueError where there are none."""
        library = heap(self.library)
        if not len(library):
            name = type(self).__name__.lower()
            raise ValueError(f"metrics.{name} compares with training images, and has studied none")
        return library

    def nearest_to(self, fake: Tensor, library: Tensor) -> tuple[Tensor, Tensor]:
        """Of each sample the distance to the nearest training image, and which that is, (N,); `closest` is noted."""
        distance, index = nearest(fake, library, view=float64)
        self.closest = Closest.of(distance, index, self.pairs)
        return distance, index


def float64(samples: Tensor) -> Tensor:
    """Of features, or of images as bytes."""
    return exact(to_unit_range(samples))
