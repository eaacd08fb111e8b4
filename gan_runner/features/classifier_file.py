"""The file of a learned classifier: what it is called, how it is written whole, and how damage is told."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.data.decks import Deck
from gan_runner.features.base import checksum
from gan_runner.features.classifier_training import Learned, Training
from gan_runner.features.small_cnn import SmallCNN
from gan_runner.files import replacing
from gan_runner.runs.interruption import signals

log = logging.getLogger(__name__)

FORMAT = 1  # of the files, the network and its training: a change of any trains every classifier again
LOOKS = 512  # images by which a data set is recognised


def path_in(folder: Path, data: DataFamily, classes: int, train: Deck, training: Training) -> Path:
    """<folder>/<data>-<shape>-<fingerprint>.pt; the fingerprint is of the settings and of the data."""
    facts = [FORMAT, asdict(training), type(data).__qualname__, data.shape, classes, fingerprint(train)]
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
    return folder / f"{stem(data)}-{'x'.join(map(str, data.shape))}-{key}.pt"


def stem(data: DataFamily) -> str:
    """What the data is called: the name of its module."""
    return type(data).__module__.rpartition(".")[2]


def fingerprint(deck: Deck) -> int:
    """Of the number of samples and of some of them with their labels, spread over all."""
    positions = torch.linspace(0, len(deck) - 1, min(LOOKS, len(deck))).long()
    image, label, _ = deck[positions]
    assert label is not None
    return checksum({f"image of {len(deck)}": image, "label": label})


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
        with signals.whole(), replacing(path) as beside:
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
