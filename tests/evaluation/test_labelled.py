"""Labelled data judged: through its classifier what is good and what has collapsed, a thousand stacked modes, and by
what its samples teach.
"""

import math

import pytest
import torch

from gan_runner.data.decks import Memory
from gan_runner.data.digits import Digits
from gan_runner.data.mnist import MNIST
from gan_runner.data.stacked_mnist import StackedMNIST
from gan_runner.evaluation.judge import Judge
from gan_runner.features.classifier import Classifier
from gan_runner.features.random_conv import RandomConv
from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics import usefulness
from gan_runner.metrics.class_modes import ClassModes
from gan_runner.metrics.frechet import Frechet
from gan_runner.metrics.kid import KID
from gan_runner.metrics.prdc import PRDC
from gan_runner.metrics.usefulness import Usefulness


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


# ---- what samples teach ---------------------------------------------------------------------------------------------

SHORT = {"updates": 80, "lr": 1e-2, "repeats": 2}


def by_heart(data, wrong=0):
    """Training images in a random order of their own, each with its label, or `wrong` more."""
    deck = data.deck("train")
    order = torch.randperm(len(deck), generator=torch.Generator().manual_seed(5)).repeat(2)
    at = 0

    def draw(count):
        nonlocal at
        at += count
        batch = deck[order[at - count : at]]
        return to_unit_range(batch.real), (batch.label + wrong) % 10

    return draw


def test_what_samples_teach_stands_beside_what_as_many_reals_teach(monkeypatch):
    taught, learn = [], usefulness.learn

    def counting(network, train, *rest):
        taught.append(len(train))
        return learn(network, train, *rest)

    monkeypatch.setattr(usefulness, "learn", counting)
    data, metric = Digits(image_size=8), Usefulness(**SHORT)
    judge = Judge({"usefulness": metric}, labelled=True)
    report = judge.judge(by_heart(data), data, 600)
    name, both = "usefulness/tested_on_180/600", "usefulness_both/tested_on_180/600"
    assert set(report.scalars) == set(report.spreads) == {name, f"{name}/real", both}
    assert report.scalars[f"{name}/real"] > 0.9
    assert report.scalars[name] == pytest.approx(report.scalars[f"{name}/real"], abs=0.04)
    assert report.scalars[both] > 0.9
    wrong = judge.judge(by_heart(data, wrong=1), data, 600).scalars
    assert wrong[name] < 0.1
    assert wrong[f"{name}/real"] == report.scalars[f"{name}/real"]
    assert taught == [600] * 4 + [1200] * 2 + [600] * 2 + [1200] * 2  # what reals teach is found out once


def test_of_more_samples_than_training_reals_as_many_teach():
    data = Digits(image_size=8, holdout=0.5)
    report = Judge({"usefulness": Usefulness(updates=2, repeats=1)}, labelled=True).judge(by_heart(data), data, 1000)
    assert {name.split("/")[1:3] == ["tested_on_898", "899"] for name in report.scalars} == {True}


def test_what_samples_teach_is_not_asked_where_nothing_holds_them_to_a_class():
    data = Digits(image_size=8)
    with pytest.raises(ValueError, match=r"those of this run are held to none: choose a conditional recipe"):
        Judge({"usefulness": Usefulness()}).meet(data)
    assert not data._decks


def test_reals_of_one_class_teach_nothing_and_the_rest_is_measured(from_deck):
    data = Digits(image_size=8)
    deck = data.deck("train")
    threes = deck[torch.arange(len(deck))]
    data._decks["train"] = Memory(threes.real[threes.label == 3], threes.label[threes.label == 3])
    judge = Judge({"usefulness": Usefulness(), "frechet": Frechet()}, RandomConv(), labelled=True)
    report = judge.judge(from_deck(data), data, 50)
    assert {name.split("/")[0] for name in report.scalars} == {"frechet"}
    assert str(report.notes[0]).startswith("metrics.usefulness is left out: all 50 training reals are of one class")
    assert {"usefulness", "usefulness_both"} <= judge.prepare(data, 50).untrusted


def test_classes_without_training_reals_are_told_of():
    data = Digits(image_size=8)
    deck = data.deck("train")
    whole = deck[torch.arange(len(deck))]
    kept = whole.label != 3
    data._decks["train"] = Memory(whole.real[kept], whole.label[kept])
    judge = Judge({"usefulness": Usefulness(updates=2, repeats=1)}, labelled=True)
    (note,) = judge.prepare(data, 600).notes
    assert "metrics.usefulness asks nothing about" in note.fact
