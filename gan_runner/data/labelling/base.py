"""What says of every image of a set which class it is of."""

from collections.abc import Sequence
from typing import Protocol

from gan_runner.config.labels import listed_classes
from gan_runner.data.containers.inside import Place


class Labelling(Protocol):
    """One way in which images have classes. It looks at a place and at the images there, `paths`."""

    called: str
    """What it is called in a sentence: data.labels=labels.csv."""
    off: str
    """What to set to do without it: data.labels=false."""
    classes_of: str
    """Whose classes they are: the subfolders of photos."""

    def covers(self, train: Place, folder: Place) -> bool:
        """Whether some image of a folder has a class, so that it may be held out. train: the place to train on."""

    def classes(self, place: Place, paths: Sequence[Place]) -> tuple[str, ...]:
        """The names of the classes of the images to train on, in the order of their labels.

        Raises ValueError where an image has no class, or a class no image.
        """

    def named(self, place: Place, paths: Sequence[Place]) -> list[str]:
        """The class of each image. Raises ValueError where one has none."""

    def in_names(self) -> bool:
        """Whether the names of files say it all, so that nothing else need be looked at to know the labels again."""


def check_known(labelling: Labelling, place: Place, paths: Sequence[Place], names: Sequence[str]) -> None:
    """Raises ValueError where an image that is held out is of none of the classes to train on."""
    foreign = [*dict.fromkeys(name for name in labelling.named(place, paths) if name not in names)]
    if foreign:
        raise ValueError(
            f"{place} has images of {listed_classes(foreign)}, of which there are none to train on: move them, or set "
            f"{labelling.off}"
        )


def unlabelled(names: Sequence[str], count: int, place: Place, which: str, off: str) -> ValueError:
    """What is wrong with images that have no class: "3 of 10 images of photos, which …"."""
    return ValueError(
        f"{len(names)} of {count} images of {place} have names {which} (the first is {names[0]}): name or move them, "
        f"or set {off}"
    )
