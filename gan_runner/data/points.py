"""Points of one's own, from a file."""

import logging
from typing import Unpack

import torch

from gan_runner.data.base import DataFamily, Dealing, family_of
from gan_runner.data.decks import Memory, Share, hold_out
from gan_runner.data.files.contents import contents
from gan_runner.data.files.tables import read_points
from gan_runner.files import expanded
from gan_runner.types import Fingerprint, Fraction, PathString, Split

log = logging.getLogger(__name__)

NEAR = (0.1, 10.0)
"""Sizes of points, as root mean squares, with which networks and rates that suit others begin well."""


class Points(DataFamily):
    """Points (2,) of a csv, npy or npz file (`gan_runner.data.files.tables.read_points`), as they are; no labels.

    holdout: share that is kept back as the test split. Points that are much smaller or larger than those of data=ring
    are dealt all the same, and it is said.
    """

    kind = "points"
    shape = (2,)

    def __init__(self, *, path: PathString, holdout: Fraction = 0.1, **dealing: Unpack[Dealing]) -> None:
        super().__init__(**dealing)
        self.path, self.holdout = expanded(path), holdout
        self._all: Memory | None = None

    @property
    def has_test_split(self) -> bool:
        return self.holdout > 0

    def check(self) -> None:
        """The file is read whole: what is wrong with it is told before anything is played."""
        self._read_whole()

    def fingerprint(self) -> Fingerprint:
        place = self.path.resolve()
        found = contents(place.parent, [place], cache=None)
        return {
            "family": family_of(self),
            "name": place.name,
            "root": str(place),
            "files": found["files"],
            "content": found["content"],
            "split": "a share" if self.holdout else "nothing",
        }

    def read(self, split: Split) -> Share:
        return hold_out(self._read_whole(), self.holdout, split)

    def _read_whole(self) -> Memory:
        if self._all is None:
            points = torch.from_numpy(read_points(self.path, "data.path"))
            size = float(points.double().square().mean().sqrt())
            if not NEAR[0] <= size <= NEAR[1]:
                log.warning(
                    "data.path=%s: the points are about %.3g from 0, and games of points go best at about 1: divide "
                    "them by %.3g if this one does not",
                    self.path,
                    size,
                    size,
                )
            self._all = Memory(points)
        return self._all
