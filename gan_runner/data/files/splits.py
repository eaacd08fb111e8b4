"""Folders that are splits: root/train and root/val, say."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gan_runner.data.containers.inside import InsidePath, Place
from gan_runner.data.files.classes import folders_of, has_images
from gan_runner.types import Split

Splits = Literal["auto", "none"]
NAMES = {
    "train": ("train", "training"),
    "test": ("test", "testing"),
    "val": ("val", "valid", "validation"),
}
"""What the folders of a split are called, in any case."""


Covers = Callable[[Place, Place], bool]
"""Whether some image of the second folder has a class, where those of the first are trained on."""


@dataclass(frozen=True)
class Places:
    """Where the images to train on lie, and those that are held out where they have a folder of their own."""

    train: Place
    test: Place | None = None
    left_out: tuple[Place, ...] = ()
    apart: bool = False
    """Whether they are folders of the root, and not the root itself."""

    def of(self, split: Split) -> Place:
        """The folder that a split is read from, or is a part of."""
        return self.test if split == "test" and self.test else self.train

    def sentence(self, holdout: float) -> str:
        """What was taken for what."""
        train, test = f"{self.train.name}/", self.test and f"{self.test.name}/"
        told = (
            f"splits {train} and {test} are taken as training and held-out images, data.holdout is not used"
            if test
            else f"{train} is taken as training images, of which data.holdout={holdout:g} is held out"
        )
        rest = "".join(f"; {folder.name}/ is not read" for folder in self.left_out)
        return f"{told}{rest} (data.splits=none takes all folders as one set)"


def is_split(name: str) -> bool:
    """Whether a folder of that name may be a split."""
    return any(name.lower() in names for names in NAMES.values())


def is_apart(folder: Place) -> bool:
    """Whether a folder has one to train on, by its name."""
    return any(name.lower() in NAMES["train"] for name in folders_of(folder))


def find_places(root: Place, splits: Splits, covers: Covers | None = None) -> Places:
    """The splits among the folders of `root`; the root itself where it is one set.

    It is one set unless there is a folder to train on and all images lie in folders of splits. What is held out is
    test, else val, if it has images: of sets with labels, if it `covers` (train, folder) one. The classes that a
    container has for folders are no splits. Raises ValueError where two folders are the same split.
    """
    unsplit = isinstance(root, InsidePath) and not root.key and root.container.classes_first
    folders = folders_of(root) if splits == "auto" and root.is_dir() and not unsplit else []
    named = {split: [name for name in folders if name.lower() in names] for split, names in NAMES.items()}
    known = {name for names in named.values() for name in names}
    if not named["train"] or any(has_images(path) for path in root.iterdir() if path.name not in known):
        return Places(root)
    for names in named.values():
        if len(names) > 1:
            raise ValueError(
                f"{root} has the folders {' and '.join(names)}, which would be the same split: join them, or set "
                "data.splits=none to take all folders as one set"
            )
    train = root / named["train"][0]
    others = [root / name for name in (*named["test"], *named["val"])]
    usable = [folder for folder in others if has_images(folder) and (covers is None or covers(train, folder))]
    test = usable[0] if usable else None
    return Places(train, test, tuple(folder for folder in others if folder != test), apart=True)
