"""A classifier of the data at hand, trained once and kept: what a label looks like, learned from the data itself."""

from __future__ import annotations

import hashlib
import json
import logging
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gan_runner import rng
from gan_runner.data.base import Deck, ImageData, hold_out, to_unit_range
from gan_runner.data.stacked_mnist import StackedMNIST
from gan_runner.features.base import Eye, FeatureNet, Seen, checksum
from gan_runner.files import replacing
from gan_runner.types import Shape

log = logging.getLogger(__name__)

FORMAT = 1  # of the files, the network and its training: a change of any trains every classifier again
FEATURES = 128
WIDTHS = (16, 32, 64, 128, 128, 128, 128)  # channels of each block: as many as the image needs
LOOKS = 512  # images by which a data set is recognised
EPOCHS, LEAST_STEPS = 3, 300  # where the settings leave the length open
HELD_OUT = 0.1  # of data without a test split
TEST_BATCH = 500

Whole = Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class Training:
    """How a classifier learns: `steps` batches of Adam under a one-cycle rate that peaks at `lr`; no augmentation."""

    steps: int
    batch_size: int
    lr: float
    seed: int


class Classifier(FeatureNet):
    """Train a small convolutional classifier on the training split, test it on the test split, keep it in `cache`.

    Its 128 penultimate activations are the features and its answers count the classes. Of stacked_mnist the
    classifier is that of single digits, asked about each channel. Training draws no random number of the run's.
    <cache>/classifiers/<data>-<shape>-<fingerprint>.pt; the fingerprint changes with the settings and with the data.
    A file that is damaged is trained again. cache=null keeps nothing.
    """

    classifies = True

    def __init__(
        self,
        cache: str | None = None,
        steps: Whole | None = None,
        batch_size: Whole = 128,
        lr: Annotated[float, Field(gt=0)] = 3e-3,
        seed: Annotated[int, Field(ge=0, lt=2**32)] = 0,
    ) -> None:
        self.cache = None if cache is None else Path(cache).expanduser() / "classifiers"
        self.steps, self.batch_size, self.lr, self.seed = steps, batch_size, lr, seed

    def meet(self, data: ImageData) -> None:
        """Raises ValueError for data without labels, and for points."""
        labelled = single(data)
        if labelled.num_classes is None or len(labelled.shape) != 3:
            raise ValueError(
                f"features=classifier learns from labelled images, and {type(data).__name__} gives none: set "
                "features=random_conv, or choose data with labels (digits, mnist; data=folder data.labels=true)"
            )

    @torch.inference_mode(False)  # whoever calls may be inside of it, and its tensors cannot be trained
    def eye(self, data: ImageData, device: torch.device) -> Eye:
        self.meet(data)
        labelled = single(data)
        assert labelled.num_classes is not None
        learned = self._learned(labelled, labelled.num_classes, device)
        return ClassifierEye(f"classifier_{_stem(labelled)}", learned, stacked=labelled is not data).to(device)

    def _learned(self, data: ImageData, classes: int, device: torch.device) -> Learned:
        """From the cache, or trained now."""
        train, test = splits(data)
        training = self._training(len(train))
        network = SmallCNN(data.shape, classes, seed=self.seed)
        path = self._path(data, classes, train, training)
        found = read(path, network) if path is not None else None
        if found is None:
            log.info("training a classifier of %s: %d batches", _stem(data), training.steps)
            found = learn(network, train, test, training, device)
            log.info("it is right on %.2f %% of %d held-out images", 100 * found.accuracy, found.tested)
            if path is not None:
                write(path, found)
        return found

    def _training(self, images: int) -> Training:
        steps = self.steps or max(LEAST_STEPS, EPOCHS * math.ceil(images / self.batch_size))
        return Training(steps, self.batch_size, self.lr, self.seed)

    def _path(self, data: ImageData, classes: int, train: Deck, training: Training) -> Path | None:
        if self.cache is None:
            return None
        facts = [FORMAT, asdict(training), type(data).__qualname__, data.shape, classes, fingerprint(train)]
        key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
        return self.cache / f"{_stem(data)}-{'x'.join(map(str, data.shape))}-{key}.pt"


def single(data: ImageData) -> ImageData:
    """The data that the classifier learns from: of stacked digits the digits."""
    return data.digits if isinstance(data, StackedMNIST) else data


def _stem(data: ImageData) -> str:
    return type(data).__module__.rpartition(".")[2]


def splits(data: ImageData) -> tuple[Deck, Deck]:
    """Training and test split; of data that keeps none back (data.holdout=0), nine tenths and one of the whole."""
    train = data.deck("train")
    if getattr(data, "holdout", None) == 0:
        return hold_out(train, HELD_OUT, "train"), hold_out(train, HELD_OUT, "test")
    return train, data.deck("test")


def fingerprint(deck: Deck) -> int:
    """Of the number of samples and of some of them with their labels, spread over all."""
    positions = torch.linspace(0, len(deck) - 1, min(LOOKS, len(deck))).long()
    image, label = deck[positions]
    assert label is not None
    return checksum({f"image of {len(deck)}": image, "label": label})


# ---- the network ----------------------------------------------------------------------------------------------------


class SmallCNN(nn.Module):
    """Blocks of convolution, pooling and ReLU down to 4 pixels or less, then 128 features, then the classes."""

    def __init__(self, shape: Shape, classes: int, seed: int = 0) -> None:
        super().__init__()
        channels, *size = shape
        layers: list[nn.Module] = []
        with rng.apart(seed):
            for width in WIDTHS:
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.MaxPool2d(2, ceil_mode=True), nn.ReLU()]
                channels, size = width, [math.ceil(side / 2) for side in size]
                if max(size) <= 4 and len(layers) >= 6:
                    break
            inputs = channels * math.prod(size)
            self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs, FEATURES), nn.ReLU())  # (N, 128)
            self.head = nn.Sequential(nn.Dropout(0.25), nn.Linear(FEATURES, classes))
        self.to(memory_format=torch.channels_last)  # twice as fast on a processor

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """features (N, 128) and logits (N, classes)."""
        features = self.body(image)
        return features, self.head(features)


@dataclass(frozen=True)
class Learned:
    """A trained network and its share of right answers on `tested` held-out images."""

    network: SmallCNN
    accuracy: float
    tested: int


class ClassifierEye(Eye):
    """A trained classifier, asked about each channel of stacked images: logits (N, D, K), features (N, D·F)."""

    def __init__(self, name: str, learned: Learned, stacked: bool) -> None:
        super().__init__(name, learned.network)
        self.accuracy, self.tested, self.stacked = learned.accuracy, learned.tested, stacked

    def look(self, image: Tensor) -> Seen:
        if not self.stacked:
            return Seen(*self.network(image))
        digits = image.shape[1]
        features, logits = self.network(image.flatten(0, 1).unsqueeze(1))  # (N·D, 1, H, W)
        return Seen(features.view(len(image), -1), logits.view(len(image), digits, -1))


# ---- its training ---------------------------------------------------------------------------------------------------


def learn(network: SmallCNN, train: Deck, test: Deck, training: Training, device: torch.device) -> Learned:
    """Train and test; the same settings give the same weights on the same device."""
    network.to(device).train()
    with (
        rng.apart(training.seed),
        torch.enable_grad(),
        torch.autocast(device.type, enabled=False),
        torch.backends.cudnn.flags(deterministic=True, benchmark=False),
    ):
        optimizer = torch.optim.Adam(network.parameters(), training.lr)
        rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, training.lr, total_steps=training.steps)
        for positions in hands(len(train), training):
            image, label = train[positions]
            assert label is not None
            optimizer.zero_grad()
            _, logits = network(to_unit_range(image.to(device)))
            cross_entropy(logits, label.to(device).clone()).backward()
            optimizer.step()
            rate.step()
    return Learned(network.eval(), accuracy(network, test, device), len(test))


def hands(count: int, training: Training) -> list[Tensor]:
    """The positions of each batch: whole shuffles of the set, one after the other."""
    generator = torch.Generator().manual_seed(training.seed)
    size = min(training.batch_size, count)
    hands: list[Tensor] = []
    while len(hands) < training.steps:
        hands += torch.randperm(count, generator=generator)[: count // size * size].split(size)
    return hands[: training.steps]


@torch.no_grad()
def accuracy(network: SmallCNN, deck: Deck, device: torch.device) -> float:
    """The share of a deck that it classifies right."""
    right = torch.zeros((), device=device)
    for positions in torch.arange(len(deck)).split(TEST_BATCH):
        image, label = deck[positions]
        assert label is not None
        right += (network(to_unit_range(image.to(device)))[1].argmax(1) == label.to(device)).sum()
    return right.item() / len(deck)


# ---- the file -------------------------------------------------------------------------------------------------------


def write(path: Path, learned: Learned) -> None:
    """Whole or not at all; a cache that cannot be written is said in the log and done without."""
    weights = {name: value.cpu() for name, value in learned.network.state_dict().items()}
    content = {
        "weights": weights,
        "accuracy": learned.accuracy,
        "tested": learned.tested,
        "crc32": seal(weights, learned),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as beside:
            torch.save(content, beside)
    except OSError as error:
        log.warning("the classifier cannot be kept in %s (%s): later runs train it again", path.parent, error)


def seal(weights: dict[str, Tensor], learned: Learned) -> int:
    facts = torch.tensor([learned.accuracy, learned.tested], dtype=torch.float64)
    return checksum({**weights, "facts": facts})


def read(path: Path, network: SmallCNN) -> Learned | None:
    """The network with what `write` left, or None if there is nothing or it is damaged (said in the log)."""
    if not path.is_file():
        return None
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        found = Learned(network, float(content["accuracy"]), int(content["tested"]))
        if seal(content["weights"], found) != content["crc32"]:
            raise ValueError("its checksum is wrong")
        network.load_state_dict(content["weights"])
    except Exception as error:  # reading a damaged file raises anything
        log.warning("the classifier in %s is damaged (%s): training it again", path, " ".join(str(error).split()))
        return None
    log.info("the classifier in %s is right on %.2f %% of %d images", path, 100 * found.accuracy, found.tested)
    return Learned(network.eval(), found.accuracy, found.tested)
