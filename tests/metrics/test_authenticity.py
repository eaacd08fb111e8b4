"""Authenticity: loops over samples, prdc-style numpy, copies, twins, held-out reals as the control."""

import math

import numpy as np
import pytest
import torch

from gan_runner.data.digits import Digits
from gan_runner.evaluation.judge import Judge
from gan_runner.evaluation.translations import dealing
from gan_runner.features.random_conv import RandomConv
from gan_runner.metrics import base
from gan_runner.metrics.authenticity import Authenticity


def metric_of(training, fake, **settings) -> Authenticity:
    metric = Authenticity(**settings)
    metric.update(fake, real=False)
    metric.study(training)
    return metric


def measured(training, fake, **settings) -> float:
    return metric_of(training, fake, **settings).compute()["authentic"].item()


def by_loops(training: np.ndarray, fake: np.ndarray) -> float:
    """As dgm-eval has it: d₁ to the nearest training point, d₂ from that to its nearest other; authentic if d₂ < d₁."""
    right = 0
    for sample in fake:
        away = [np.sqrt(((sample - one) ** 2).sum()) for one in training]
        at = int(np.argmin(away))
        others = [np.sqrt(((training[at] - one) ** 2).sum()) for i, one in enumerate(training) if i != at]
        right += min(others) < away[at]
    return right / len(fake)


@pytest.mark.parametrize("elements", [2**24, 64])
@pytest.mark.parametrize("spread", [0.3, 1.0, 2.0])
def test_against_loops_whatever_the_chunks(monkeypatch, elements, spread):
    monkeypatch.setattr(base, "ELEMENTS", elements)
    generator = torch.Generator().manual_seed(0)
    training, fake = torch.randn(37, 3, generator=generator), torch.randn(50, 3, generator=generator) * spread
    expected = by_loops(training.double().numpy(), fake.double().numpy())
    assert 0.1 < expected < 0.95
    assert measured(training, fake) == pytest.approx(expected)


def test_against_matrices_as_published():
    generator = torch.Generator().manual_seed(1)
    training, fake = torch.randn(300, 16, generator=generator), torch.randn(200, 16, generator=generator)
    among, across = (torch.cdist(training.double(), other.double()) for other in (training, fake))
    least, at = across.min(dim=0)
    apart = among.fill_diagonal_(torch.inf).min(dim=0).values[at]
    assert measured(training, fake) == pytest.approx((apart < least).double().mean().item())


def test_copies_are_not_authentic_and_what_lies_far_is():
    training = torch.randn(40, 5, generator=torch.Generator().manual_seed(0))
    assert measured(training, training[:20]) == 0
    assert measured(training, torch.cat([training[:20], training[:20] + 99])) == 0.5


def test_at_the_same_distance_a_sample_is_not_authentic():
    training = torch.tensor([[0.0], [1.0], [5.0]])
    assert measured(training, torch.tensor([[-1.0], [-1.5], [-0.5], [9.0]])) == pytest.approx(1 / 4)


def test_beside_twins_all_but_their_copies_are_authentic_and_that_is_told():
    training = torch.cat([torch.zeros(2, 3), torch.tensor([[7.0, 0, 0]])])
    metric = metric_of(training, torch.tensor([[0.0, 0, 0], [1e-3, 0, 0], [6.0, 0, 0]]))
    assert metric.compute()["authentic"].item() == pytest.approx(1 / 3)
    assert (metric.remark or "").startswith("1 of the 2 training images that are nearest to samples equal another one")
    other = metric_of(torch.tensor([[0.0], [1.0]]), torch.tensor([[0.2]]))
    other.compute()
    assert other.remark is None


def test_one_training_image_has_no_other():
    metric = metric_of(torch.zeros(1, 3), torch.randn(5, 3))
    assert math.isnan(metric.compute()["authentic"].item())
    assert metric.reason("authentic") == "there is one training image, and no other beside it"
    with pytest.raises(ValueError, match="has studied none"):
        measured(torch.zeros(0, 3), torch.randn(5, 3))


def test_images_are_compared_by_pixels_where_asked():
    generator = torch.Generator().manual_seed(0)
    training = torch.randint(0, 256, (30, 1, 4, 4), dtype=torch.uint8, generator=generator)
    fake = torch.randint(0, 256, (20, 1, 4, 4), dtype=torch.uint8, generator=generator)
    expected = by_loops(*(samples.flatten(1).double().numpy() for samples in (training, fake)))
    assert measured(training, fake, space="pixels") == pytest.approx(expected)
    assert (Authenticity().needs, Authenticity("pixels").needs) == ("features", "images")


def test_held_out_reals_are_the_control_and_the_nearest_pairs_are_kept():
    data = Digits(image_size=8)
    deck = data.deck("train")
    copies = deck[torch.randperm(len(deck), generator=torch.Generator().manual_seed(5))[:300]].real
    report = Judge({"authenticity": Authenticity(pairs=3)}, RandomConv()).judge(dealing(copies), data, 300)
    assert set(report.scalars) == {"authentic/random_conv64/300", "authentic/random_conv64/300/real"}
    assert report.scalars["authentic/random_conv64/300"] < 0.02
    assert 0.4 < report.scalars["authentic/random_conv64/300/real"] < 0.7
    assert report.pairs is not None
    assert report.pairs.fake.equal(report.pairs.training)
    assert len(report.pairs.distance) == 3
