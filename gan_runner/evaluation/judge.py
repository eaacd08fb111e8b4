"""Runs metrics on samples: looks at each image once, asks every metric, reports figures by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from gan_runner import rng
from gan_runner.data.base import DataFamily
from gan_runner.evaluation.equal import Figure, Shown, ask, told
from gan_runner.evaluation.few import Note, Supply, lacking, of_one_class, untrusted
from gan_runner.evaluation.kept_looks import keeping
from gan_runner.evaluation.reals import draw
from gan_runner.evaluation.report import Report, found_by, pairs_of
from gan_runner.evaluation.samples import Samples, looking
from gan_runner.features.base import FeatureExtractor, MakeExtractor
from gan_runner.figures import build
from gan_runner.images.ranges import to_bytes
from gan_runner.metrics.base import Measure, Needs
from gan_runner.types import Kind

DrawFakes = Callable[[int], tuple[Tensor, Tensor | None]]
"""count -> samples (count, *shape), float images in [-1, 1] or points, and the labels they were asked to have."""


class NotFiniteError(ValueError):
    """The samples are not finite: there is nothing to measure."""


@dataclass(frozen=True)
class Bench:
    """What a judgement needs and the next one finds again: for one data set, number of samples and device."""

    data: DataFamily
    num_samples: int
    device: torch.device
    extractor: FeatureExtractor | None
    reference: Samples
    library: Samples
    taught: Samples | None  # training reals with their labels, where a metric asks for them
    held_out: bool
    supply: Supply
    metrics: dict[str, Measure]  # those that there are samples enough for
    absent: frozenset[str]  # scalars of the others
    untrusted: frozenset[str]  # scalars that choose no state
    notes: list[Note]
    constants: dict[str, Figure] = field(default_factory=dict)  # the controls and the extractor's accuracy

    @property
    def measures(self) -> bool:
        """Whether there is enough for anything."""
        return bool(self.metrics)


class Judge:
    """Asks metrics about fakes and, as the control, about other reals in their place.

    Reals are drawn, looked at and judged once for a data set and a number of samples; after that a judgement costs
    its fakes. Images of fakes are rounded to bytes, as reals are. The run's random numbers stay where they are: fakes
    are drawn under `seed`, so two judgements of the same weights agree.

    Figures are called `<scalar>/<extractor>/<samples>`: frechet/classifier_digits/180, ms_ssim2/pixels/2500,
    modes_covered/points/2500. `samples` is the number on either side: as many fakes are compared with as many held-out
    reals, and where there are more fakes, subset by subset (evaluation/equal.py; a metric says if its figures do not
    depend on the number). A control ends in /real and is found in the same way at the same number, with reals of the
    training split in the place of the fakes; where fakes are compared with nothing, with the held-out ones. A
    classifier's share of right answers is accuracy/<extractor>/<test images>. labelled: whether fakes come with labels
    that something holds them to.
    """

    def __init__(
        self,
        metrics: Mapping[str, Measure],
        features: MakeExtractor | None = None,
        seed: int = 0,
        batch_size: int = 500,
        labelled: bool = False,
    ) -> None:
        self.metrics, self.features, self.labelled = dict(metrics), features, labelled
        self.seed, self.batch_size = seed, batch_size
        self._bench: Bench | None = None

    shows = "samples"
    """What it looks at."""

    @property
    def gives(self) -> list[str]:
        """The names of the scalars, known once the data is met."""
        return [scalar for metric in self.metrics.values() for scalar in metric.gives]

    def foreseen(self) -> list[str]:
        """As a report will name them; `*` for what only the data tell."""
        return [build(scalar, "*", "*") for scalar in self.gives]

    def leave_out(self, data: DataFamily) -> dict[str, str]:
        """Drop metrics that need reals kept from training, where data.holdout=0 keeps none, and those of classes that
        no sample is held to: name -> why.
        """
        left = {name: why for name, metric in self.metrics.items() if (why := self._why_not(metric, data))}
        for name in left:
            del self.metrics[name]
        return left

    def _why_not(self, metric: Measure, data: DataFamily) -> str | None:
        if metric.training_images and not data.has_test_split:
            return "it needs reals kept from training, and data.holdout=0"
        if metric.spared and not self.labelled:
            return "it looks at each class alone, and the samples of this run are held to none"
        return None

    def meet(self, data: DataFamily) -> None:
        """Refuse metrics that do not fit the data, before anything is read. Raises ValueError naming the key."""
        points = data.kind == "points"
        for name, metric in self.metrics.items():
            if metric.needs == ("images" if points else "points") or (points and metric.needs == "logits"):
                raise ValueError(
                    f"metrics.{name} measures {metric.needs}, and {type(data).__name__} has "
                    f"{'points' if points else 'images'}: leave it out, or choose other data"
                )
            self._meet_features(name, metric.needs, points)
            metric.meet(data)
            if metric.labelled and not self.labelled:
                raise ValueError(
                    f"metrics.{name} needs samples and the classes they were asked to have, and those of this run "
                    "are held to none: choose a conditional recipe (model=cgan; or network.conditional="
                    f"generator with tricks=[auxiliary_classifier]), or leave metrics.{name} out"
                )
        if self._looks(data) and self.features is not None:
            self.features.meet(data)

    def _meet_features(self, name: str, needs: Needs, points: bool) -> None:
        if needs in ("features", "logits") and not points and self.features is None:
            raise ValueError(
                f"metrics.{name} looks through a feature extractor, and features is null: set features=classifier for "
                "data with labels, features=random_conv or efficientnet_lite0 for other images"
            )
        if needs == "logits" and self.features is not None and not self.features.classifies:
            raise ValueError(f"metrics.{name} needs a classifier: set features=classifier, or leave metrics.{name} out")

    def _looks(self, data: DataFamily) -> bool:
        """Whether anything is seen through the feature extractor; points are their own features."""
        looking = any(metric.needs in ("features", "logits") for metric in self.metrics.values())
        return looking and data.kind == "images"

    @torch.no_grad()
    def judge(
        self, draw_fakes: DrawFakes, data: DataFamily, num_samples: int = 2500, device: torch.device | str = "cpu"
    ) -> Report:
        """Draw `num_samples` fakes, in calls of `batch_size` or fewer, and ask every metric.

        Raises ValueError for metrics that do not fit the data, and for fakes that are not finite.
        """
        bench = self.prepare(data, num_samples, device)
        with rng.isolated(self.seed):
            images, label = self._draw(draw_fakes, num_samples, data.kind)
        fakes = Samples(images, looking(bench.extractor, self.batch_size), bench.device)
        figures: dict[str, Figure] = {}
        for metric in bench.metrics.values():
            studied = bench.taught if metric.labelled else bench.library
            figures |= self._ask(metric, bench, bench.reference, fakes, label, studied)
        # Points are drawn by no pair.
        pairs = pairs_of(bench.metrics.values(), fakes.images, bench.library.images) if data.kind == "images" else None
        found = found_by(bench.metrics.values(), fakes.images, data.kind)
        return Report.of(
            figures | bench.constants, len(fakes), len(bench.reference), bench.held_out, bench.notes,
            pairs=pairs, found=found, fourth_is_band=data.fourth_is_band,
        )  # fmt: skip

    @torch.no_grad()
    def prepare(
        self,
        data: DataFamily,
        num_samples: int = 2500,
        device: torch.device | str = "cpu",
        asked: int | None = None,
    ) -> Bench:
        """Read, look at and judge the reals; what the last judgement prepared is taken if it will do.

        asked: where more samples are asked for than there can be. Raises ValueError for metrics that do not fit the
        data, TooFewError where there are no reals to hold out.
        """
        bench, device = self._bench, torch.device(device)
        if bench and bench.data is data and (bench.num_samples, bench.device) == (num_samples, device):
            return bench
        self.meet(data)
        extractor = self.features.extractor(data, device) if self.features is not None and self._looks(data) else None
        studied = max([metric.training_images for metric in self.metrics.values()], default=0)
        drawn = draw(data, num_samples, studied, self.seed)
        look = keeping(extractor, self.batch_size)
        reference = Samples(drawn.reference, look, device, drawn.reference_label)
        training = Samples(drawn.training, look, device, drawn.training_label)
        library = Samples(drawn.library, look, device)
        supply = Supply(data, asked or num_samples, num_samples, *drawn.reals)
        left = lacking(self.metrics, supply) | of_one_class(self.metrics, training.label)
        metrics = {name: metric for name, metric in self.metrics.items() if name not in left}
        doubts = untrusted(metrics, supply, self._width(reference, metrics))
        notes = [*dict.fromkeys(left.values()), *dict.fromkeys(doubts.values())]
        taught = training if any(metric.labelled for metric in metrics.values()) else None
        bench = Bench(
            data, num_samples, device, extractor, reference, library, taught, drawn.held_out, supply, metrics,
            absent := frozenset(scalar for name in left for scalar in self.metrics[name].gives),
            absent | frozenset(doubts), notes,
        )  # fmt: skip
        if extractor is not None and extractor.accuracy is not None:
            bench.constants[build("accuracy", extractor.name, extractor.tested)] = Figure(extractor.accuracy)
        for metric in metrics.values():
            self._control(metric, bench, training)
        self._bench = bench
        return bench

    def _width(self, reals: Samples, metrics: Mapping[str, Measure]) -> int:
        """Of features (N, F), F; 0 where nothing looks at features."""
        looked = any(metric.needs == "features" for metric in metrics.values())
        return reals.view("features").shape[1] if looked else 0

    def _control(self, metric: Measure, bench: Bench, training: Samples) -> None:
        """What a metric finds in reals in the place of the fakes, and what it remarks of the reals it compares with."""
        if metric.controlled:
            place = training if metric.compares else bench.reference
            label = place.label if metric.labelled else None
            studied = bench.library if metric.training_images else None
            found = self._ask(metric, bench, bench.reference, place, label, studied)
            bench.constants.update({build(name, "real"): figure for name, figure in found.items()})
        if metric.remark is not None:
            bench.notes.append(Note(metric.remark))

    def _draw(self, draw_fakes: DrawFakes, num_samples: int, kind: Kind) -> tuple[Tensor, Tensor | None]:
        """Bytes or points, and labels, on the processor."""
        images, labels = [], []
        for start in range(0, num_samples, self.batch_size):
            image, label = draw_fakes(min(self.batch_size, num_samples - start))
            if not image.isfinite().all():
                raise NotFiniteError("the generator's samples are not finite: there is nothing to measure")
            images.append(to_bytes(image) if kind == "images" else image.float().cpu())
            if label is not None:
                labels.append(label.cpu())
        return torch.cat(images), torch.cat(labels) if labels else None

    def _ask(
        self,
        metric: Measure,
        bench: Bench,
        reals: Samples,
        fakes: Samples,
        label: Tensor | None = None,
        library: Samples | None = None,
    ) -> dict[str, Figure]:
        """A metric's scalars by their full names; a control has those of the figure, whatever its own number."""
        needs, count = metric.needs, bench.supply.of(metric)
        known = reals.label if metric.labelled else None
        shown = Shown(reals.view(needs), fakes.view(needs), label, real_label=known)
        if library is not None and (most := count if metric.labelled else metric.training_images):
            taught = None if library.label is None else library.label[:most]
            shown = replace(shown, training=library.view(needs)[:most], training_label=taught)
        found = ask(metric, shown, count)
        source = "pixels" if needs == "images" else "points" if bench.extractor is None else bench.extractor.name
        source = metric.source or source
        number = told(metric, bench.num_samples, count)
        return {build(name, source, number): figure for name, figure in found.items()}
