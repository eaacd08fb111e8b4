"""The Fréchet distance of each class: whether samples that were asked to be of a class lie where its reals lie."""

from itertools import islice
from statistics import fmean
from typing import NamedTuple

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.figures import words_of
from gan_runner.metrics.base import Measure, exact, heap, labels_known, nearest
from gan_runner.metrics.frechet import Cloud, distance

OVERALL = ("class_frechet_mean", "class_frechet_worst", "nearest_as_asked")
MOST = 100
"""Classes up to which each has a figure of its own."""
SUBSETS = 20
"""Subsets of a class's fakes that are compared, at most: its reals are the same for all of them."""
LEAST = 2
"""Samples of which there is a covariance."""


class ClassFrechet(Measure):
    """Fréchet distance between the reals of a class and the samples that were asked to be of it, class by class.

    A conditional generator that swaps classes makes the right images in the right numbers, and the distance of all of
    them together does not see it. class_frechet_<class>, of each of up to 100 classes; class_frechet_mean and
    class_frechet_worst over all of them; beside them, through the same features, nearest_as_asked: the share of samples
    whose nearest real has the class that was asked for (of the first of several that are as near).

    A class is compared at n samples on either side, as many as it has reals or samples, whichever are fewer; of more
    samples, the mean over subsets of n, 20 at most. With n from a few to a few times the number of features the
    distance is mostly bias, which the control has too, and `beside` says what n is. Classes with fewer than 2 reals or
    samples are not finite, count in neither mean nor worst, and `remark` names them. Equal sets are at 0. Samples asked
    for a class without reals count in no share. Classes that are kept from training are not asked about.
    Source: Miyato & Koyama 2018, intra FID (arXiv:1802.05637); the distance: metrics/frechet.py.
    """

    needs = "features"
    gives: tuple[str, ...] = OVERALL
    numbers = "its own"
    labelled = True
    spared = True
    least = LEAST
    real_label: list[Tensor]
    fake_label: list[Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.add_state("real_label", [], dist_reduce_fx="cat")
        self.add_state("fake_label", [], dist_reduce_fx="cat")
        self.words: dict[int, str] = {}

    def meet(self, data: DataFamily) -> None:
        """Raises ValueError for data without labels."""
        if data.num_classes is None:
            raise ValueError(
                f"metrics.class_frechet compares class by class, and {type(data).__name__} gives no labels: choose "
                "data with labels (digits, mnist; data=folder data.labels=true), or leave metrics.class_frechet out"
            )
        kept = data.kept_labels()
        labels = list(range(data.num_classes)) if kept is None else sorted(kept)
        names = [*(data.class_names or map(str, range(data.num_classes)))]
        self.words = dict(zip(labels, words_of(names, labels), strict=True))
        each = self.words.values() if len(labels) <= MOST else ()
        self.gives = (*OVERALL, *(f"class_frechet_{word}" for word in each))

    def reason(self, scalar: str) -> str | None:
        if scalar == "nearest_as_asked":
            return "no class that was asked for has reals"
        if scalar in ("class_frechet_mean", "class_frechet_worst"):
            return f"no class has {LEAST} reals and {LEAST} samples"
        return f"fewer than {LEAST} reals or samples of this class"

    def update(self, samples: Tensor, real: bool, label: Tensor | None = None) -> None:
        super().update(samples, real)
        (self.real_label if real else self.fake_label).append(labels_known(label, "metrics.class_frechet"))

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        is_label, asked = heap(self.real_label).to(real.device), heap(self.fake_label).to(fake.device)
        found = {label: of_class(real[is_label == label], fake[asked == label]) for label in self.words}
        known = {label: one for label, one in found.items() if one.samples >= LEAST}
        self.remark = self._left_out(known)
        self.beside = {"class_frechet_mean": read(known, fake.shape[1])} if known else {}
        distances = [one.distance for one in known.values()] or [torch.nan]
        scalars = {
            "class_frechet_mean": fmean(distances),
            "class_frechet_worst": max(distances),
            "nearest_as_asked": as_asked(real, is_label, fake, asked),
            **{f"class_frechet_{self.words[label]}": one.distance for label, one in found.items()},
        }
        return {name: torch.tensor(scalars[name]) for name in self.gives}

    def _left_out(self, known: dict[int, "OfClass"]) -> str | None:
        without = [word for label, word in self.words.items() if label not in known]
        if not without:
            return None
        named = ", ".join(without[:10]) + (", …" if len(without) > 10 else "")
        return (
            f"metrics.class_frechet leaves out {len(without)} of {len(self.words)} classes, with fewer than {LEAST} "
            f"reals or samples: {named}"
        )


class OfClass(NamedTuple):
    """The distance of a class, NaN of fewer than 2, and at how many samples on either side it was found."""

    distance: float
    samples: int


def of_class(real: Tensor, fake: Tensor) -> OfClass:
    """Reals (N, F) and fakes (M, F) of a class."""
    count = min(len(real), len(fake))
    if count < LEAST:
        return OfClass(torch.nan, count)
    cloud = Cloud(real[:count])
    parts = islice(fake.split(count), min(len(fake) // count, SUBSETS))
    return OfClass(fmean(distance(cloud, Cloud(part)).item() for part in parts), count)


def read(known: dict[int, OfClass], width: int) -> str:
    """What the mean is of, and where it is mostly bias."""
    least = min(one.samples for one in known.values())
    few = f", mostly bias: fewer than the {width} dimensions" if least <= width else ""
    return f"{len(known)} classes at {least} samples or more each{few}"


def as_asked(real: Tensor, is_label: Tensor, fake: Tensor, asked: Tensor) -> float:
    """The share of fakes (M, F) whose nearest real (N, F) has the class asked for, of those whose class has reals."""
    known = torch.isin(asked, is_label)
    if not known.any():
        return torch.nan
    _, index = nearest(fake[known], real, view=exact)
    return (is_label[index] == asked[known]).float().mean().item()
