"""The subfolders of a folder are the classes of the images below them."""

from collections.abc import Sequence
from pathlib import Path

from gan_runner.data.files.classes import as_people_count, check_labelled, folders_of, has_images


class Subfolders:
    """Every image lies in a subfolder, and every subfolder has an image. data.labels=true."""

    called = "data.labels=true"
    off = "data.labels=false"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.classes_of = f"the subfolders of {root}"

    def covers(self, train: Path, folder: Path) -> bool:
        return bool(set(folders_of(folder)) & set(folders_of(train)))

    def classes(self, place: Path, paths: Sequence[Path]) -> tuple[str, ...]:
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
        return tuple(sorted(names, key=as_people_count))

    def named(self, place: Path, paths: Sequence[Path]) -> list[str]:
        check_labelled(place, folders_of(place))
        return [path.relative_to(place).parts[0] for path in paths]

    def in_names(self) -> bool:
        return True
