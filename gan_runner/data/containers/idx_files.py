"""The IDX files of sets such as MNIST: which lie in a folder, and what their names say."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from pathlib import Path

from gan_runner.config.errors import listed
from gan_runner.data.files.idx import find_idx
from gan_runner.data.files.splits import NAMES

log = logging.getLogger(__name__)

SPLITS = {name: split for split, names in NAMES.items() for name in names} | {"t10k": "test"}
"""What names of files call a split -> what it is called here. MNIST's 10,000 images to test by are its t10k."""
OF_IMAGES = re.compile(rf"(?:(.+)-)?({'|'.join(SPLITS)})-images[-.]idx3-ubyte(?:\.gz)?", re.IGNORECASE)
"""train-images-idx3-ubyte (MNIST), emnist-letters-train-images-idx3-ubyte.gz (EMNIST): the set, and the split."""
TURNED = "emnist"
"""How the names of files begin whose images have their columns where others have rows.

Source: the readme of EMNIST (Cohen, Afshar, Tapson & van Schaik 2017, arXiv:1702.05373), on orientation.
"""


def sets_in(folder: Path) -> dict[str, dict[str, Path]]:
    """The files of images in a folder, by their sets ("" where names say none) and splits."""
    found: dict[str, dict[str, Path]] = defaultdict(dict)
    for path in sorted(folder.iterdir()):
        if parts := OF_IMAGES.fullmatch(path.name):
            found[parts[1] or ""].setdefault(SPLITS[parts[2].lower()], path)  # plain before .gz, which sorts behind it
    return {name: splits for name, splits in found.items() if "train" in splits}


def sets_called(folder: Path, name: str) -> list[str]:
    """The sets in a folder that go by a name or, as emnist-letters by letters, by the last part of it."""
    return [one for one in sets_in(folder) if name and name in (one, one.rpartition("-")[2])]


def chosen_set(folder: Path, meant: str) -> dict[str, Path]:
    """The files of images of the set that is meant, else of the one without a name or the only one. Raises ValueError
    where that leaves a choice, or there is none.
    """
    sets = sets_in(folder)
    if not sets:
        raise ValueError(
            f"{folder} holds no IDX files called as MNIST's are (train-images-idx3-ubyte; the name of a set may "
            "stand before it): set data.root to one file"
        )
    names = sets_called(folder, meant) or [name for name in sets if not name] or list(sets)
    if len(names) > 1:
        raise ValueError(f"{folder} holds {len(names)} sets ({listed(names, 8)}): set data.array={names[0]}, say")
    return sets[names[0]]


def labels_beside(images: Path) -> Path | None:
    """The file of the labels of a file of images, plain or gzipped."""
    name = re.sub(r"idx\d", "idx1", images.name.removesuffix(".gz").replace("images", "labels"))
    return find_idx(images.with_name(name)) if "images" in images.name else None


def characters(images: Path) -> tuple[str, ...] | None:
    """What EMNIST's classes show: by the mapping beside its images, of each label the codes of its characters.

    Labels that are not there are called by their number. None where there is no such file.
    """
    parts = OF_IMAGES.fullmatch(images.name)
    path = images.with_name(f"{parts[1]}-mapping.txt") if parts and parts[1] else None
    if path is None or not path.is_file():
        return None
    try:
        rows = [[int(word) for word in line.split()] for line in path.read_text(encoding="ascii").splitlines() if line]
        shown = {row[0]: "".join(map(chr, row[1:2])) for row in rows}
        return tuple(shown.get(label, f"label {label}") for label in range(max(shown) + 1))
    except (OSError, ValueError, OverflowError):
        log.warning("%s cannot be read: its classes are called by their numbers", path)
        return None
