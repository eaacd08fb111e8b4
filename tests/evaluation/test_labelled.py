"""Labelled data judged through its classifier: what is good, what has collapsed, and a thousand stacked modes."""

import math

import pytest
import torch

from gan_runner.data.decks import Memory
from gan_runner.data.digits import Digits
from gan_runner.data.mnist import MNIST
from gan_runner.data.stacked_mnist import StackedMNIST
from gan_runner.evaluation.judge import Judge
from gan_runner.features.classifier import Classifier
from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.class_modes import ClassModes
from gan_runner.metrics.frechet import Frechet
from gan_runner.metrics.kid import KID
from gan_runner.metrics.prdc import PRDC


def test_labelled_data_through_its_classifier(tmp_path):
    data = Digits(image_size=8)
    features = Classifier(cache=str(tmp_path), steps=60, batch_size=64, lr=1e-2)
    asked = data.deck("train")[torch.arange(0, 170)]

    def draw(count):
        return to_unit_range(asked.real[:count]), asked.label[:count]

    metrics = {"class_modes": ClassModes(), "frechet": Frechet(), "prdc": PRDC(), "kid": KID(subsets=2)}
    scalars = Judge(metrics, features, batch_size=200).judge(draw, data, 170).scalars
    extractor = "classifier_digits"
    assert scalars[f"accuracy/{extractor}/180"] > 0.9
    assert scalars[f"classes_covered/{extractor}/170"] == 10
    assert scalars[f"class_as_asked/{extractor}/170"] > 0.9
    assert scalars[f"class_kl/{extractor}/170/real"] < 0.1
    collapsed = Judge(metrics, features).judge(lambda n: (to_unit_range(asked.real[:1]).repeat(n, 1, 1, 1), None), data)
    assert collapsed.scalars[f"classes_covered/{extractor}/180"] == 1
    assert collapsed.scalars[f"class_kl/{extractor}/180"] == pytest.approx(math.log(10))
    assert collapsed.scalars[f"recall/{extractor}/180"] < 0.1 < scalars[f"recall/{extractor}/170"]
    assert collapsed.scalars[f"frechet/{extractor}/180"] > 5 * scalars[f"frechet/{extractor}/170"]


def test_stacked_digits_are_a_thousand_modes(tmp_path, monkeypatch, from_deck):
    digits = Digits(image_size=8)
    decks = {split: digits.read(split)[torch.arange(len(digits.read(split)))] for split in ("train", "test")}
    monkeypatch.setattr(MNIST, "read", lambda self, split: Memory(*decks[split][:2]))
    data = StackedMNIST(root=str(tmp_path), image_size=8, num_samples=600, num_test_samples=500)
    judge = Judge({"class_modes": ClassModes()}, Classifier(steps=60, batch_size=64, lr=1e-2))
    scalars = judge.judge(from_deck(data, "train"), data, 500).scalars
    # 500 even draws of 1,000 cover 1000 (1 − e^−½) = 393 of them
    assert scalars["classes_covered/classifier_mnist/500"] == pytest.approx(393, abs=40)
    assert scalars["classes_covered/classifier_mnist/500/real"] == pytest.approx(393, abs=40)
