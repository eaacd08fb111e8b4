"""Images of any set, damaged: the source is what is left of them, `real` what they were."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Unpack

from torch import Tensor

from gan_runner.data.base import DataFamily, Dealing, Scales, family_of
from gan_runner.data.decks import Deck
from gan_runner.data.two_domains import LAYOUT
from gan_runner.images import degrading
from gan_runner.images.counter_random import Draws, Fixed, Free
from gan_runner.images.ranges import to_unit_range
from gan_runner.types import Batch, Fingerprint, NonNegative, Positive, Shape, Share, Split


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
    damage_training: false deals whole images as the sources of training (inpaint: with an empty hole), so that it can
    be told what a network has learned from damage. Those it is measured by are damaged all the same.
    batch_size, seed and num_workers are those given here, not those of the other set; only, leave_out and limit are the
    other set's.
    Source (inpaint): Pathak, Krähenbühl, Donahue, Darrell & Efros 2016, Context encoders (arXiv:1604.07379).
    """

    size_key = "data.of.image_size"
    tasks_with_holes = frozenset({"inpaint"})

    def __init__(
        self,
        *,
        of: DataFamily,
        task: degrading.Task = "inpaint",
        holes: degrading.Holes = "rectangle",
        area: tuple[Share, Share] = (0.1, 0.4),
        factor: Literal[2, 4, 8] = 4,
        upsampling: Literal["bicubic", "nearest"] = "bicubic",
        noise_sigma: tuple[NonNegative, NonNegative] = (0.05, 0.5),
        blur_sigma: tuple[Positive, Positive] = (0.5, 3.0),
        damage_training: bool | None = None,
        **dealing: Unpack[Dealing],
    ) -> None:
        super().__init__(**dealing)
        self.of, self.task, self.damage_training = of, task, damage_training
        self.damage = degrading.Damage(task, holes, area, factor, upsampling, noise_sigma, blur_sigma)
        self.shape = of.shape
        _check_kind(of)
        for key in ("leave_out", "only", "limit"):
            if getattr(self, key) is not None:
                raise ValueError(f"data=degraded takes its images from the set that it damages: set data.of.{key}")
        if of.balance:
            raise ValueError("data=degraded deals the images of the set that it damages: set data.balance=true instead")
        if task == "colorize" and damage_training is False:
            raise ValueError("data.damage_training=false: a whole image is no grey one, so data.task=colorize has none")
        self.source_shape: Shape = self.damage.source_shape(self.shape)

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
        if split not in self._whole:
            self._whole[split] = Damaged(self.of.whole(split), self)
        return self._whole[split]

    def deck(self, split: Split) -> Deck:
        if split not in self._decks:
            self._decks[split] = self.read(split)
        return self._decks[split]

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

    @property
    def depth(self) -> str | None:  # type: ignore[override]  # as the other set's, which finds out
        return self.of.depth

    def settle(self, scales: Scales | None) -> None:
        self.of.settle(scales)

    def measure_by(self, folder: Path) -> bool:
        return self.of.measure_by(folder)

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
        return Damaged(self.of.deck(split), self)

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Damage what the other set makes of a batch, on the device that plays it."""
        image, label, _ = self.of.on_after_batch_transfer(batch, dataloader_idx)
        image = self.augment(image)
        draws = Free(len(image), image.device)
        source = self.damaged(image, draws) if self.damage_training is not False else self.damage.none(image)
        return Batch(image.contiguous(memory_format=LAYOUT), label, source.contiguous(memory_format=LAYOUT))

    def damaged(self, image: Tensor, draws: Draws) -> Tensor:
        """The sources of images (B, C, H, W) in [-1, 1]."""
        return self.damage(image, draws)


def _check_kind(of: DataFamily) -> None:
    if of.kind != "images":
        raise ValueError("data=degraded damages images, and data.of deals points: choose data@data.of=digits, say")
    if of.source_shape is not None:
        raise ValueError(
            f"data.of is {type(of).__name__}, whose images have a source already: take it without data=degraded, "
            "or choose data@data.of=folder"
        )
