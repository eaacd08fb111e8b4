"""The names of files say their classes: cat_001.png."""

import re
from collections.abc import Sequence

from gan_runner.data.containers.inside import Place, below
from gan_runner.data.files.classes import as_people_count
from gan_runner.data.labelling.base import unlabelled


class Pattern:
    """A regular expression is searched in each file's name; what its one group finds there is the class.

    A pattern with a / is searched in the path below the folder of the images, whose parts a / separates.
    """

    off = "data.label_pattern=null"

    def __init__(self, pattern: str) -> None:
        self.called = f"data.label_pattern={pattern}"
        self.classes_of = f"the classes by {self.called}"
        try:
            self.pattern = re.compile(pattern)
        except re.error as error:
            reason = f"is no regular expression ({error})"
            raise ValueError(f"{self.called} {reason}: give one such as ^([a-z]+)_") from error
        if self.pattern.groups != 1:
            raise ValueError(
                f"{self.called} has {self.pattern.groups} groups, and the one in brackets is the class: give one such "
                "as ^([a-z]+)_, and write other brackets as (?:…)"
            )

    def covers(self, train: Place, folder: Place) -> bool:
        return True

    def classes(self, place: Place, paths: Sequence[Place]) -> tuple[str, ...]:
        return tuple(sorted(set(self.named(place, paths)), key=as_people_count))

    def named(self, place: Place, paths: Sequence[Place]) -> list[str]:
        texts = [below(path, place) if "/" in self.pattern.pattern else path.name for path in paths]
        found = [self.pattern.search(text) for text in texts]
        names = [match[1] if match else None for match in found]
        without = [text for text, name in zip(texts, names, strict=True) if not name]
        if without:
            raise unlabelled(without, len(texts), place, f"which {self.called} finds no class in", self.off)
        return [str(name) for name in names]

    def in_names(self) -> bool:
        return True
