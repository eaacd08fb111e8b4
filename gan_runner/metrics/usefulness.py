"""Whether samples teach a classifier what reals teach it."""

from typing import ClassVar

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.data.decks import Memory
from gan_runner.features.classifier_training import Training, learn
from gan_runner.features.small_cnn import SmallCNN
from gan_runner.metrics.base import Measure, heap, labels_known
from gan_runner.types import Positive, PositiveInt, Seed


class Usefulness(Measure):
    """How often a small classifier is right about held-out reals that has learned from labelled samples.

    usefulness: it learned from samples and the classes they were asked to have; usefulness_both: from these and as many
    training reals. With those reals in the place of the samples it is the control: what reals alone teach. All have the
    network and the training of features.classifier, in `updates` batches of `batch_size`, so that twice the images are
    not twice the training. Each is the mean of `repeats` classifiers, whose first weights, order and dropout begin at
    `seed`, seed + 1, …; their spread says nothing of other samples. Held-out reals of a class that no training real has
    are not asked about. Below the control, samples lack variety, quality or the classes they were asked to have.
    Source: Ravuri & Vinyals 2019, Classification accuracy score (arXiv:1905.10887), where both is "augmented"; Esteban,
    Hyland & Rätsch 2017, §4.2, train on synthetic, test on real (arXiv:1706.02633).
    """

    needs = "images"
    gives = ("usefulness", "usefulness_both")
    numbers = "training"
    labelled = True
    least = 2
    reasons: ClassVar = dict.fromkeys(gives, "no held-out real has a class of the training reals")
    real_label: list[Tensor]
    fake_label: list[Tensor]
    library: list[Tensor]
    library_label: list[Tensor]

    def __init__(
        self,
        repeats: PositiveInt = 3,
        updates: PositiveInt = 300,
        batch_size: PositiveInt = 64,
        lr: Positive = 3e-3,
        seed: Seed = 0,
    ) -> None:
        super().__init__()
        self.repeats, self.updates, self.batch_size, self.lr, self.seed = repeats, updates, batch_size, lr, seed
        for name in ("real_label", "fake_label", "library", "library_label"):
            self.add_state(name, [], dist_reduce_fx="cat")

    def meet(self, data: DataFamily) -> None:
        """Raises ValueError for data without labels, of one class, or that keeps nothing back to test on."""
        if data.num_classes is None:
            raise ValueError(
                f"metrics.usefulness teaches a classifier the labels of the data, and {type(data).__name__} gives "
                "none: choose data with labels (digits, mnist; data=folder data.labels=true), or leave "
                "metrics.usefulness out"
            )
        if data.num_classes < 2:
            raise ValueError(
                "metrics.usefulness teaches a classifier to tell classes apart, and this data has one class: choose "
                "data of two classes or more, or leave metrics.usefulness out"
            )
        if not data.has_test_split:
            raise ValueError(
                f"metrics.usefulness tests on reals kept from training, and {data.holdout_key}=0 keeps none: set "
                f"{data.holdout_key}=0.1, or leave metrics.usefulness out"
            )
        self.classes = data.num_classes

    def update(self, samples: Tensor, real: bool, label: Tensor | None = None) -> None:
        super().update(samples, real)
        (self.real_label if real else self.fake_label).append(labels_known(label, "metrics.usefulness"))

    def study(self, training: Tensor, label: Tensor | None = None) -> None:
        self.library.append(training)
        self.library_label.append(labels_known(label, "metrics.usefulness"))

    @torch.inference_mode(False)  # whoever calls may be inside of it, and its tensors cannot be trained
    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        samples = Memory(fake.cpu(), heap(self.fake_label))
        reals = Memory(heap(self.library).cpu(), heap(self.library_label)) if self.library else None
        test = self._asked(Memory(real.cpu(), heap(self.real_label)), samples if reals is None else reals)
        self.source = f"tested_on_{len(test)}"
        found = {"usefulness": self._right(samples, test, fake.device)}
        if reals is not None:
            found["usefulness_both"] = self._right(joined(reals, samples), test, fake.device)
        return found

    def _asked(self, held_out: Memory, taught: Memory) -> Memory:
        """The held-out reals of classes that were taught."""
        assert held_out.labels is not None
        assert taught.labels is not None
        positions = torch.isin(held_out.labels, taught.labels).nonzero().flatten()
        left = len(held_out) - len(positions)
        self.remark = (
            f"metrics.usefulness asks nothing about {left} of {len(held_out)} held-out reals: none of {len(taught)} "
            "training reals has their class"
            if left
            else None
        )
        return Memory(held_out.images[positions], held_out.labels[positions])

    def _right(self, train: Memory, test: Memory, device: torch.device) -> Tensor:
        """The share of right answers of each repeat (repeats,)."""
        if not len(test):
            return torch.full((self.repeats,), torch.nan)
        right = []
        for seed in range(self.seed, self.seed + self.repeats):
            network = SmallCNN(tuple(test.images.shape[1:]), self.classes, seed)
            training = Training(self.updates, self.batch_size, self.lr, seed)
            right.append(learn(network, train, test, training, device).accuracy)
        return torch.tensor(right)


def joined(a: Memory, b: Memory) -> Memory:
    """One labelled set of two."""
    assert a.labels is not None
    assert b.labels is not None
    return Memory(torch.cat([a.images, b.images]), torch.cat([a.labels, b.labels]))
