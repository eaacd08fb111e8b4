"""Collecting, and distances that are exact where it matters."""

import math
from typing import ClassVar

import pytest
import torch

from gan_runner.data.decks import TooFewError
from gan_runner.metrics import base
from gan_runner.metrics.base import Measure, Probe, distances, exact, heap, nearest


class Sums(Measure):
    needs = "points"
    compares = False

    def compare(self, real, fake):
        return {"real": real.sum(), "fake": fake.sum()}


def test_reals_and_fakes_are_kept_apart_until_reset():
    metric = Sums()
    metric.update(torch.ones(2, 1), real=True)
    metric.update(torch.ones(3, 1), real=False)
    metric.update(torch.ones(4, 1), real=False)
    assert {name: value.item() for name, value in metric.compute().items()} == {"real": 2, "fake": 7}
    metric.reset()
    metric.update(torch.ones(1, 1), real=False)
    assert {name: value.item() for name, value in metric.compute().items()} == {"real": 0, "fake": 1}


def test_fewer_samples_than_it_can_do_with_are_refused():
    class Pairs(Sums):
        compares, least = True, 2

    for compares, real, refused in [(True, 1, True), (True, 2, False), (False, 0, False)]:
        metric = Pairs()
        metric.compares = compares
        metric.update(torch.ones(real, 1), real=True)
        metric.update(torch.ones(3, 1), real=False)
        if refused:
            with pytest.raises(TooFewError, match="Pairs needs 2 samples or more, and there are 1 reals and 3 fakes"):
                metric.compute()
        else:
            metric.compute()


def test_what_compares_with_reals_trusts_a_hundred_of_them():
    assert Sums().trusted(64) == 1
    metric = Sums()
    metric.compares = True
    assert metric.trusted(64) == 100


def test_one_process_judges_without_waiting_for_the_others():
    assert Sums().sync_on_compute is False


def test_heap_takes_what_synchronising_leaves():
    whole = torch.ones(2, 3)
    assert heap(whole) is whole
    assert heap([whole]) is whole
    assert heap([whole, whole]).shape == (4, 3)
    assert len(heap([])) == 0


@pytest.mark.parametrize("itself", [False, True])
def test_nearest_by_brute_force_whatever_the_chunks(monkeypatch, itself):
    monkeypatch.setattr(base, "ELEMENTS", 20)  # rows in chunks of 1 or 2
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(n, 3, generator=generator, dtype=torch.float64) for n in (11, 17))
    b = a if itself else b
    table = (a[:, None] - b).square().sum(2).sqrt()
    if itself:
        table.fill_diagonal_(torch.inf)
    distance, index = nearest(a, b, itself)
    assert index.equal(table.argmin(1))
    torch.testing.assert_close(distance, table.min(1).values)
    torch.testing.assert_close(distances(a, b)[0], (a[0] - b).norm(dim=1), atol=1e-6, rtol=0)


def test_equal_samples_far_from_the_origin_are_at_distance_zero():
    images = 1000 + torch.rand(5, 3, 4, 4)
    distance, index = nearest(exact(images), exact(images.flip(0)))
    assert distance.tolist() == [0.0] * 5
    assert index.tolist() == [4, 3, 2, 1, 0]


def test_a_probe_has_a_way_out_where_no_system_answers():
    class Quiet(Probe):
        asks: ClassVar = {"scores": {}}

        def meet(self, data, names): ...
        def prepare(self, data, device): ...
        def probe(self, answers, device): ...

    probe = Quiet()
    assert probe.hint == "choose another model, or leave it out"
    assert (probe.gives, probe.best, probe.remark, probe.looks_at) == ((), "min", None, 0)
    assert (probe.doubts, probe.keeps) == ({}, {})
    assert probe.best_of("mean/answer") == "min"


@pytest.mark.parametrize("elements", [2**24, 25])
def test_the_nearest_other_of_some_by_brute_force_whatever_the_chunks(monkeypatch, elements):
    monkeypatch.setattr(base, "ELEMENTS", elements)
    samples = torch.randn(23, 3, generator=torch.Generator().manual_seed(0)).double()
    samples[4] = samples[19]
    at = torch.tensor([19, 0, 22, 4, 7, 0, 11])
    table = torch.cdist(samples, samples).fill_diagonal_(torch.inf)
    assert base.nearest_others(samples, at).tolist() == pytest.approx(table.min(1).values[at].tolist(), abs=1e-12)
    assert base.nearest_others(samples, at)[0] == 0
    assert base.nearest_others(samples[:1], torch.tensor([0])).tolist() == [math.inf]
