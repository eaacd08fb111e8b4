"""The recipes of configs/metrics compose, and fit the kind of data that they are for."""

import math

import pytest
from hydra.utils import instantiate

from fixtures.composing import composed
from gan_runner.config.options import CONFIGS
from gan_runner.data.digits import Digits
from gan_runner.data.gaussians import Gaussians
from gan_runner.evaluation.judge import Judge
from gan_runner.features.classifier import Classifier
from gan_runner.features.random_conv import RandomConv
from gan_runner.metrics.kid import KID

RECIPES = ("points", "cloud", "labels", "images", "none", "translation", "translation_unpaired")


@pytest.mark.parametrize(
    ("recipe", "data", "features"),
    [
        ("points", Gaussians(num_samples=100), None),
        ("labels", Digits(image_size=8), Classifier(steps=3)),
        ("images", Digits(image_size=8), RandomConv()),
    ],
)
def test_a_recipe_fits_its_kind_of_data(recipe, data, features, from_deck):
    metrics = {name: instantiate(node) for name, node in composed(f"metrics={recipe}").metrics.items()}
    for metric in metrics.values():
        if isinstance(metric, KID):
            metric.subsets = 2
    judge = Judge(metrics, features)
    judge.leave_out(data)  # what conditional runs alone are asked
    metrics = judge.metrics
    report = judge.judge(from_deck(data), data, 60)
    assert all(math.isfinite(value) for value in report.scalars.values())
    given = {name for metric in metrics.values() for name in metric.gives}
    assert {name.split("/")[0] for name in report.scalars} - {"accuracy"} == given - {"class_as_asked"}


@pytest.mark.parametrize("path", sorted((CONFIGS / "metrics").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_metric_composes_under_its_own_name(path):
    chosen = path.stem if path.stem in RECIPES else f"[{path.stem}]"
    metrics = composed(f"metrics={chosen}").metrics
    assert path.stem in metrics or path.stem in RECIPES
    assert all(node._target_.split(".")[-2] == name for name, node in metrics.items())
