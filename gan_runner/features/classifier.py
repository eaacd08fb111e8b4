"""A classifier of the data at hand, trained once and kept: what a label looks like, learned from the data itself."""

from __future__ import annotations

import logging
import math

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.data.stacked_mnist import StackedMNIST
from gan_runner.features.base import FeatureExtractor, MakeExtractor, Seen
from gan_runner.features.classifier_file import path_in, read, stem, write
from gan_runner.features.classifier_training import Learned, Training, learn, splits
from gan_runner.features.small_cnn import SmallCNN
from gan_runner.files import expanded
from gan_runner.types import PathString, Positive, PositiveInt, Seed
from gan_runner.waiting.preparing import preparing

log = logging.getLogger(__name__)

EPOCHS, LEAST_STEPS = 3, 300  # where the settings leave the length open


class Classifier(MakeExtractor):
    """Train a small convolutional classifier on the training split, test it on the test split, keep it in `cache`.

    Its 128 penultimate activations are the features and its answers count the classes. Of stacked_mnist the
    classifier is that of single digits, asked about each channel. Training draws no random number of the run's.
    <cache>/classifiers/<data>-<shape>-<fingerprint>.pt; the fingerprint changes with the settings and with the data.
    A file that is damaged is trained again. cache=null keeps nothing.
    """

    classifies = True

    def __init__(
        self,
        cache: PathString | None = None,
        steps: PositiveInt | None = None,
        batch_size: PositiveInt = 128,
        lr: Positive = 3e-3,
        seed: Seed = 0,
    ) -> None:
        self.cache = cache
        self.steps, self.batch_size, self.lr, self.seed = steps, batch_size, lr, seed

    def meet(self, data: DataFamily) -> None:
        """Raises ValueError for data without labels, and for points."""
        labelled = single(data)
        if labelled.num_classes is None or labelled.kind != "images":
            raise ValueError(
                f"features=classifier learns from labelled images, and {type(data).__name__} gives none: set "
                "features=random_conv, or choose data with labels (digits, mnist; data=folder data.labels=true)"
            )

    @torch.inference_mode(False)  # whoever calls may be inside of it, and its tensors cannot be trained
    def extractor(self, data: DataFamily, device: torch.device) -> FeatureExtractor:
        self.meet(data)
        labelled = single(data)
        assert labelled.num_classes is not None
        learned = self._learned(labelled, labelled.num_classes, device)
        return ClassifierExtractor(f"classifier_{stem(labelled)}", learned, labelled is not data, self.cache).to(device)

    def _learned(self, data: DataFamily, classes: int, device: torch.device) -> Learned:
        """From the cache, or trained now."""
        train, test = splits(data)
        training = self._training(len(train))
        network = SmallCNN(data.shape, classes, seed=self.seed)
        folder = None if self.cache is None else expanded(self.cache) / "classifiers"
        path = None if folder is None else path_in(folder, data, classes, train, training)
        found = read(path, network) if path is not None else None
        if found is None:
            log.info("training a classifier of %s: %d batches", stem(data), training.steps)
            with preparing(f"training a classifier of {stem(data)}", training.steps, "batches") as done:
                found = learn(network, train, test, training, device, done)
            log.info("it is right on %.2f %% of %d held-out images", 100 * found.accuracy, found.tested)
            if path is not None:
                write(path, found)
        return found

    def _training(self, images: int) -> Training:
        steps = self.steps or max(LEAST_STEPS, EPOCHS * math.ceil(images / self.batch_size))
        return Training(steps, self.batch_size, self.lr, self.seed)


class ClassifierExtractor(FeatureExtractor):
    """A trained classifier, asked about each channel of stacked images: logits (N, D, K), features (N, D·F)."""

    def __init__(self, name: str, learned: Learned, stacked: bool, cache: PathString | None = None) -> None:
        super().__init__(name, learned.network, cache)
        self.accuracy, self.tested, self.stacked = learned.accuracy, learned.tested, stacked

    def look(self, image: Tensor) -> Seen:
        if not self.stacked:
            return Seen(*self.network(image))
        digits = image.shape[1]
        features, logits = self.network(image.flatten(0, 1).unsqueeze(1))  # (N·D, 1, H, W)
        return Seen(features.view(len(image), -1), logits.view(len(image), digits, -1))


def single(data: DataFamily) -> DataFamily:
    """The data that the classifier learns from: of stacked digits the digits."""
    return data.digits if isinstance(data, StackedMNIST) else data
