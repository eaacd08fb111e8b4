"""Folders that are classes: their names, in the order of their labels."""

import re
from collections.abc import Sequence

from gan_runner.config.labels import listed_classes
from gan_runner.data.containers.inside import Place
from gan_runner.data.files.decoding import counts_as_image, find_images


def folders_of(root: Place) -> list[str]:
    """The names of the folders in `root`, hidden ones left out, sorted as characters are."""
    return sorted(path.name for path in root.iterdir() if path.is_dir() and path.name[0] != ".")


def as_people_count(name: str) -> tuple[list[str | int], str]:
    """By what to sort names so that numbers in them count as numbers: 2 before 10, a9 before a10."""
    parts = re.split(r"(\d+)", name)  # text and numbers in turn, text first
    return [int(part) if place % 2 else part for place, part in enumerate(parts)], name


def in_order_of(earlier: Sequence[str] | None, found: Sequence[str], called: str) -> tuple[str, ...]:
    """The classes `found` in the order of an earlier run, whose labels they must keep.

    earlier: that run's names; None of one that kept none: it sorted them as characters are. called: whose classes they
    are, the subfolders of photos. Raises ValueError where they are other classes.
    """
    if earlier is None:
        return tuple(sorted(found))
    if set(earlier) != set(found):
        missing, new = sorted(set(earlier) - set(found)), sorted(set(found) - set(earlier))
        told = [f"{listed_classes(missing)} missing"] if missing else []
        told += [f"{listed_classes(new)} new"] if new else []
        raise ValueError(
            f"{called} are not the classes of this run ({', '.join(told)}): it knows {listed_classes(earlier)}; set "
            "data.root to a folder of these"
        )
    return tuple(earlier)


def check_labelled(place: Place, names: Sequence[str]) -> None:
    """Raises ValueError where an image in `place` would have no label: it lies in no folder of a class."""
    inside: list[Place] = sorted(place.iterdir(), key=str)
    for path in inside:
        if path.name not in names and has_images(path):
            raise ValueError(
                f"{place} has images of {path.name}, of which there are none to train on: move them, or set "
                "data.labels=false"
                if path.is_dir()
                else f"data.labels=true needs every image in a subfolder of {place}, and {path.name} is not: move it, "
                "or set data.labels=false"
            )


def has_images(path: Place) -> bool:
    """Whether it is an image file, or a folder of some; nothing hidden is."""
    if path.name.startswith("."):
        return False
    return next(find_images(path), None) is not None if path.is_dir() else counts_as_image(path)
