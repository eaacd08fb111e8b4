"""Images of any set, damaged: the source is what is left of them, `real` what they were."""

from collections.abc import Sequence
from typing import Literal, Unpack

from torch import Tensor

from gan_runner.data.base import DataFamily, Dealing, Scales, family_of
from gan_runner.data.decks import Deck
from gan_runner.data.two_domains import LAYOUT
from gan_runner.images import degrading
from gan_runner.images.counter_random import Draws, Fixed, Free
from gan_runner.images.ranges import to_unit_range
from gan_runner.types import Batch, Fingerprint, NonNegative, Positive, Shape, Share, Split

Task = Literal["inpaint", "super_resolution", "colorize", "denoise", "deblur"]


class Damaged:
    """A deck with sources: those of a sample are damaged in the same way at every look."""

    def __init__(self, deck: Deck, data: "Degraded") -> None:
        self.deck, self.data = deck, data

    def __len__(self) -> int:
        return len(self.deck)

    def __getitem__(self, positions: Tensor) -> Batch:
        batch = self.deck[positions]
        source = self.data.damaged(to_unit_range(batch.real), Fixed(positions))
        return Batch(batch.real, batch.label, source)


class Degraded(DataFamily):
    """Pairs made on the fly of the images `of` another set, drawn anew for each sample of each batch in training; a
    sample of the test split (and of the examples) is damaged in one way for ever.

    task, and what the source is:
    inpaint: the image with zeros in a hole of a random share `area` of it, and the hole (1, elsewhere 0) as one more
    channel; holes: "rectangle" | "free_form".
    super_resolution: means of factor × factor pixels, brought back to full size by `upsampling`.
    colorize: the luma of a colour image, one channel.
    denoise: the image with normal noise, its standard deviation drawn from `noise_sigma`, of a range of [-1, 1].
    deblur: the image blurred by a Gaussian, its standard deviation drawn from `blur_sigma`, pixels.
    batch_size, seed and num_workers are those given here, not those of the other set; only and leave_out are the other
    set's.
    Source (inpaint): Pathak, Krähenbühl, Donahue, Darrell & Efros 2016, Context encoders (arXiv:1604.07379).
    """

    size_key = "data.of.image_size"
    tasks_with_holes = frozenset({"inpaint"})

    def __init__(
        self,
        *,
        of: DataFamily,
        task: Task = "inpaint",
        holes: degrading.Holes = "rectangle",
        area: tuple[Share, Share] = (0.1, 0.4),
        factor: Literal[2, 4, 8] = 4,
        upsampling: Literal["bicubic", "nearest"] = "bicubic",
        noise_sigma: tuple[NonNegative, NonNegative] = (0.05, 0.5),
        blur_sigma: tuple[Positive, Positive] = (0.5, 3.0),
        **dealing: Unpack[Dealing],
    ) -> None:
        super().__init__(**dealing)
        self.of, self.task, self.holes = of, task, holes
        check_order(area=area, noise_sigma=noise_sigma, blur_sigma=blur_sigma)
        self.area, self.noise_sigma, self.blur_sigma = area, noise_sigma, blur_sigma
        self.factor, self.upsampling = factor, upsampling
        self.shape = of.shape
        self._check_shape(of)
        for key in ("leave_out", "only"):
            if getattr(self, key) is not None:
                raise ValueError(f"data=degraded takes its classes from the set that it damages: set data.of.{key}")
        channels = {"inpaint": self.shape[0] + 1, "colorize": 1}.get(task, self.shape[0])
        self.source_shape: Shape = (channels, *self.shape[1:])

    def _check_shape(self, of: DataFamily) -> None:
        if of.kind != "images":
            raise ValueError("data=degraded damages images, and data.of deals points: choose data@data.of=digits, say")
        if of.source_shape is not None:
            raise ValueError(
                f"data.of is {type(of).__name__}, whose images have a source already: take it without data=degraded, "
                "or choose data@data.of=folder"
            )
        channels, *sides = self.shape
        if self.task == "colorize" and channels != 3:
            raise ValueError(
                f"data.task=colorize needs images of 3 channels, these have {channels}: set data.of.channels=3"
            )
        if self.task == "super_resolution" and any(side % self.factor for side in sides):
            raise ValueError(
                f"data.factor={self.factor} does not divide the sides of {sides[0]} × {sides[1]} pixels: set "
                f"data.of.image_size to a multiple of {self.factor}"
            )
        if self.task == "deblur" and degrading.blur_radius(self.blur_sigma) >= min(sides):
            largest = (min(sides) - 1) * 10 // 3 / 10  # in tenths, rounded down
            raise ValueError(
                f"data.blur_sigma reaches {self.blur_sigma[1]:g} pixels, too far for sides of {sides[0]} × {sides[1]}: "
                f"end it at {largest:g} or before"
            )

    @property
    def num_classes(self) -> int | None:  # type: ignore[override]  # as the other set's, which may look at its folder
        return self.of.num_classes

    @property
    def class_names(self) -> Sequence[str] | None:  # type: ignore[override]
        return self.of.class_names

    def kept_labels(self) -> list[int] | None:
        try:
            return self.of.kept_labels()
        except ValueError as error:
            raise ValueError(str(error).replace("data.", "data.of.")) from error

    def whole(self, split: Split) -> Deck:
        return Damaged(self.of.whole(split), self)

    def deck(self, split: Split) -> Deck:
        return Damaged(self.of.deck(split), self)

    def keep_classes(self, names: Sequence[str] | None) -> None:
        self.of.keep_classes(names)

    @property
    def has_test_split(self) -> bool:
        return self.of.has_test_split

    @property
    def holdout_key(self) -> str | None:
        key = self.of.holdout_key
        return key and key.replace("data.", "data.of.", 1)

    @property
    def scales(self) -> Scales:
        return self.of.scales

    @property
    def fourth_is_band(self) -> bool:  # type: ignore[override]  # as the other set's, which finds out
        return self.of.fourth_is_band

    def settle(self, scales: Scales | None) -> None:
        self.of.settle(scales)

    def check(self) -> None:
        self.of.check()

    def fingerprint(self) -> Fingerprint:
        """That of the other set: how its images are damaged is a matter of settings and seeds."""
        of = self.of.fingerprint()
        return {**of, "family": f"{family_of(self)} of {of['family']}"}

    def prepare_data(self) -> None:
        self.of.prepare_data()

    def setup(self, stage: str) -> None:
        self.of.setup(stage)

    def dealt(self) -> Deck:
        return self.of.dealt()

    def read(self, split: Split) -> Damaged:
        return Damaged(self.of.read(split), self)

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Damage what the other set makes of a batch, on the device that plays it."""
        image, label, _ = self.of.on_after_batch_transfer(batch, dataloader_idx)
        image = self.augment(image)
        source = self.damaged(image, Free(len(image), image.device))
        return Batch(image.contiguous(memory_format=LAYOUT), label, source.contiguous(memory_format=LAYOUT))

    def damaged(self, image: Tensor, draws: Draws) -> Tensor:
        """The sources of images (B, C, H, W) in [-1, 1]."""
        if self.task == "inpaint":
            hole = degrading.rectangles if self.holes == "rectangle" else degrading.free_forms
            return degrading.with_holes(image, hole(draws, (image.shape[2], image.shape[3]), self.area))
        if self.task == "super_resolution":
            return degrading.low_resolution(image, self.factor, self.upsampling)
        if self.task == "colorize":
            return degrading.grey(image)
        if self.task == "denoise":
            return degrading.noisy(draws, image, self.noise_sigma)
        return degrading.blurred(draws, image, self.blur_sigma)


def check_order(**ranges: degrading.Range) -> None:
    """Raises ValueError, naming its key, for a range that ends before it begins."""
    for key, (low, high) in ranges.items():
        if low > high:
            raise ValueError(f"data.{key}=[{low:g}, {high:g}] ends before it begins: set data.{key}=[{high:g},{low:g}]")
