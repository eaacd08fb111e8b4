"""The subfolders of a folder are the classes of the images below them."""

from collections.abc import Sequence

from gan_runner.data.containers.inside import InsidePath, Place, below
from gan_runner.data.files.classes import as_people_count, check_labelled, folders_of, has_images


class Subfolders:
    """Every image lies in a subfolder, and every subfolder has an image. data.labels=true."""

    called = "data.labels=true"
    off = "data.labels=false"

    def __init__(self, root: Place) -> None:
        self.root = root
        self.classes_of = f"the subfolders of {root}"

    def covers(self, train: Place, folder: Place) -> bool:
        return bool(set(folders_of(folder)) & set(folders_of(train)))

    def classes(self, place: Place, paths: Sequence[Place]) -> tuple[str, ...]:
        self.classes_of = f"the subfolders of {place}"
        names = folders_of(place)
        if not names:
            taken_apart = "" if place == self.root else ", or data.splits=none if the folders of data.root are classes"
            raise ValueError(
                f"{self.called} takes the subfolders of {place} as classes, and it has none: "
                f"set {self.off}{taken_apart}"
            )
        check_labelled(place, names)
        for name in names:
            if not has_images(place / name):
                raise ValueError(
                    f"{self.called} makes the subfolders of {place} classes, and {name} has no images: remove it, "
                    f"or set {self.off}"
                )
        own = place.container.class_names if isinstance(place, InsidePath) else None
        if own is not None:  # the order that the container gives them
            return tuple(name for name in own if name in names)
        return tuple(sorted(names, key=as_people_count))

    def named(self, place: Place, paths: Sequence[Place]) -> list[str]:
        check_labelled(place, folders_of(place))
        return [below(path, place).partition("/")[0] for path in paths]

    def in_names(self) -> bool:
        return True
