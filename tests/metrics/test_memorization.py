"""Memorization: scipy's distances, copies found and shown, two spaces."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from gan_runner.metrics import base, studying
from gan_runner.metrics.memorization import Memorization, much


def judged(training, held_out, fake, **settings) -> Memorization:
    metric = Memorization(**settings)
    for part in training.split(50):
        metric.study(part)
    metric.update(held_out, real=True)
    metric.update(fake, real=False)
    return metric


def measured(*given, **settings) -> dict[str, float]:
    return {name: value.item() for name, value in judged(*given, **settings).compute().items()}


def clouds(*counts: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(count, 4, generator=generator) for count in counts]


@pytest.mark.parametrize("elements", [2**24, 100, 50])
def test_against_scipy_whatever_the_chunks(monkeypatch, elements):
    monkeypatch.setattr(base, "ELEMENTS", elements)
    training, held_out, fake = clouds(120, 41, 31)
    metric = judged(training, held_out, fake, quantile=0.25, pairs=3)
    found = {name: value.item() for name, value in metric.compute().items()}
    of_fakes, of_reals = (cdist(x.double(), training.double()) for x in (fake, held_out))
    assert found["memorization_ratio"] == pytest.approx(np.median(of_fakes.min(1)) / np.median(of_reals.min(1)))
    assert found["memorized"] == pytest.approx(np.mean(of_fakes.min(1) <= np.sort(of_reals.min(1))[9]))
    order = of_fakes.min(1).argsort()[:3]
    assert metric.closest.fake.tolist() == order.tolist()
    assert metric.closest.training.tolist() == of_fakes.argmin(1)[order].tolist()
    assert metric.closest.distance.tolist() == pytest.approx(of_fakes.min(1)[order].tolist())


def test_copies_and_none():
    training, held_out, fresh = clouds(300, 400, 400)
    healthy = measured(training, held_out, fresh)
    assert healthy["memorization_ratio"] == pytest.approx(1, abs=0.1)
    assert healthy["memorized"] == pytest.approx(0.01, abs=0.03)
    copies = measured(training, held_out, torch.cat([training[:100], fresh[:300]]))
    assert copies["memorized"] == pytest.approx(0.25, abs=0.03)
    assert measured(training, held_out, training)["memorization_ratio"] == 0


def test_pixels_are_bytes():
    generator = torch.Generator().manual_seed(0)
    training, held_out = (torch.randint(256, (30, 3, 8, 8), dtype=torch.uint8, generator=generator) for _ in range(2))
    metric = judged(training, held_out, training[[4, 2]], space="pixels")
    assert metric.needs == "images"
    assert metric.compute()["memorized"] == 1
    assert sorted(metric.closest.training.tolist()) == [2, 4]
    assert Memorization().needs == "features"


def test_the_training_set_does_not_hide_behind_the_mode_of_a_module():
    metric = judged(*clouds(20, 10, 10)).eval().train()
    assert len(base.heap(metric.library)) == 20
    metric.reset()
    assert metric.library == []


def test_without_held_out_reals_there_is_nothing_to_compare_with():
    training, fake = clouds(20, 10)
    with pytest.raises(ValueError, match="needs 2 samples or more, and there are 0 reals"):
        judged(training, torch.empty(0, 4), fake).compute()


def test_no_more_than_a_block_is_float64_at_a_time(monkeypatch):
    seen = []
    monkeypatch.setattr(base, "ELEMENTS", 100)
    monkeypatch.setattr(studying, "exact", lambda samples: seen.append(len(samples)) or base.exact(samples))
    measured(*clouds(120, 41, 31))
    assert max(seen) == 10


def test_it_says_of_what_and_what_is_much():
    training, held_out, fresh = clouds(300, 400, 400)
    metric = judged(training, held_out, fresh)
    assert metric.beside == {}
    metric.compute()
    assert metric.beside["memorized"] == (
        "share of samples nearer to a training image than 99% of the held-out images are; 0.01 is usual, above 0.025 "
        "is more than chance: copies"
    )
    assert metric.beside["memorization_ratio"].endswith("1 is usual, 0 once half of the samples are copies")


def test_much_is_what_chance_does_once_in_a_hundred_times():
    generator = np.random.default_rng(0)
    for share, held_out in ((0.01, 180), (0.05, 100)):
        border = np.sort(generator.random((20_000, held_out)), axis=1)[:, max(1, round(share * held_out)) - 1]
        assert np.mean(border > much(share, held_out)) == pytest.approx(0.01, abs=0.003)
    assert much(0.01, 10_000) == pytest.approx(0.0124, abs=1e-4)
