"""Precision, recall, density, coverage: the papers' sums as loops, and cases with known answers."""

import operator

import numpy as np
import pytest
import torch

from gan_runner.metrics import base, prdc
from gan_runner.metrics.prdc import PRDC, reach


def measured(real, fake, k=5) -> dict[str, float]:
    metric = PRDC(k=k)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return {name: value.item() for name, value in metric.compute().items()}


def by_loops(real: np.ndarray, fake: np.ndarray, k: int, within=operator.le) -> dict[str, float]:
    def distances(samples, x):  # by the same sums wherever it is asked, so that ties are ties
        return np.sqrt(((samples - x) ** 2).sum(1))

    def radius(samples, i):
        return np.sort(distances(np.delete(samples, i, 0), samples[i]))[k - 1]

    real_radius = [radius(real, i) for i in range(len(real))]
    fake_radius = [radius(fake, j) for j in range(len(fake))]
    inside = [within(distances(fake, x), r) for x, r in zip(real, real_radius, strict=True)]
    reached = [within(distances(fake, x), fake_radius) for x in real]
    return {
        "precision": np.mean([any(row[j] for row in inside) for j in range(len(fake))]),
        "recall": np.mean([any(row) for row in reached]),
        "density": np.sum(inside) / (k * len(fake)),
        "coverage": np.mean([any(row) for row in inside]),
    }


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("elements", [2**24, 100])
def test_against_loops_whatever_the_chunks(monkeypatch, k, elements):
    monkeypatch.setattr(base, "ELEMENTS", elements)
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randn(41, 3, generator=generator), torch.randn(29, 3, generator=generator) * 0.7 + 0.5
    expected = by_loops(real.double().numpy(), fake.double().numpy(), k)
    assert measured(real, fake, k) == pytest.approx(expected, rel=1e-6)
    assert len(set(expected.values())) > 2  # a case that tells them apart


def test_a_ball_reaches_to_the_kth_other_sample_squared():
    samples = torch.tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0], [3.0, 4.0]]).double()
    assert reach(samples, 1).tolist() == [9, 9, 9, 9]
    assert reach(samples, 2).tolist() == [16, 16, 16, 16]
    assert reach(samples, 3).tolist() == [25, 25, 25, 25]


def test_the_same_distribution_and_collapse():
    generator = torch.Generator().manual_seed(0)
    real, same = (torch.randn(800, 4, generator=generator) for _ in range(2))
    found = measured(real, same)
    assert found["precision"] > 0.85
    assert found["recall"] > 0.85
    assert found["density"] == pytest.approx(1, abs=0.1)
    assert found["coverage"] == pytest.approx(1 - 2**-5, abs=0.03)  # Naeem et al. 2020: 1 − 2⁻ᵏ
    collapsed = measured(real, real[:1].expand(800, -1) + 1e-3 * torch.randn(800, 4, generator=generator))
    assert collapsed["precision"] == 1
    assert collapsed["recall"] < 0.01
    assert collapsed["coverage"] < 0.05


def test_fakes_elsewhere():
    real = torch.randn(50, 4)
    assert measured(real, real + 100) == {"precision": 0, "recall": 0, "density": 0, "coverage": 0}


def test_too_few_samples_are_refused_and_a_lower_k_is_known():
    with pytest.raises(ValueError, match="PRDC needs 6 samples or more, and there are 9 reals and 4 fakes"):
        measured(torch.randn(9, 2), torch.randn(4, 2))
    assert PRDC(k=5).lower(4) == "metrics.prdc.k=3"
    assert measured(torch.randn(4, 2), torch.randn(4, 2), k=3)["density"] >= 0
    assert PRDC(k=1).lower(1) is None


def test_of_few_reals_the_balls_are_as_wide_as_the_set():
    generator = torch.Generator().manual_seed(0)
    real, inside = torch.randn(6, 4, generator=generator), 0.1 * torch.randn(6, 4, generator=generator)
    assert measured(real, inside)["precision"] == measured(real, inside)["coverage"] == 1
    assert PRDC().trusted(4) == 100  # fewer reals choose no state, and that is said


def test_collapse_among_the_fakes_is_a_matter_of_recall_alone():
    """Fakes that equal k others or more have balls of radius 0, in which no other real lies."""
    real = torch.randn(300, 4, generator=torch.Generator().manual_seed(0))
    found = measured(real, (real[:30] + 0.01).repeat(10, 1))
    assert (found["precision"], found["recall"]) == (1, 0)
    assert found["density"] == pytest.approx(1, abs=0.35)


# ---- ties -----------------------------------------------------------------------------------------------------------


def test_the_reals_in_the_place_of_the_fakes():
    """Each lies in its own ball, on whose edge is its k-th neighbour: k + 1 of them. Beyond the edge alone, k."""
    real = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
    assert measured(real, real) == pytest.approx({"precision": 1, "recall": 1, "density": 6 / 5, "coverage": 1})
    points = real.double().numpy()
    assert by_loops(points, points, 5, operator.lt)["density"] == pytest.approx(1)  # the package prdc


@pytest.mark.parametrize("far", [0, 1000])
def test_copies_of_duplicated_reals_count_also_where_products_of_matrices_round(far):
    generator = torch.Generator().manual_seed(0)
    once, other = torch.randn(8, 96, generator=generator), torch.randn(12, 96, generator=generator)
    real = torch.cat([once.repeat(6, 1), other]) + far  # 48 of 60 equal five others
    fake = torch.cat([once, once, other + 0.01]) + far
    expected = by_loops(real.double().numpy(), fake.double().numpy(), 5)
    assert measured(real, fake) == pytest.approx(expected, rel=1e-6)
    assert expected["precision"] == 1
    beyond = by_loops(real.double().numpy(), fake.double().numpy(), 5, operator.lt)
    assert beyond["precision"] == pytest.approx(12 / 28)  # the package prdc: a copy of a duplicate is in no ball


def test_one_duplicated_image_again_and_again():
    real = torch.cat([torch.zeros(30, 3), torch.randn(70, 3, generator=torch.Generator().manual_seed(0)) + 9])
    found = measured(real, torch.zeros(100, 3))
    assert found["precision"] == 1
    assert found["density"] == pytest.approx(30 / 5)
    assert found["coverage"] == pytest.approx(0.3, abs=0.01)


def three_valued(count, size):
    generator = torch.Generator().manual_seed(0)
    return [torch.randint(0, 3, (count, size), generator=generator).float() for _ in range(2)]


def test_few_values_make_density_larger_where_distributions_agree():
    real, fake = three_valued(80, 3)
    found = measured(real, fake)
    assert found == pytest.approx(by_loops(real.double().numpy(), fake.double().numpy(), 5), rel=1e-6)
    assert found["density"] > 1.3


def by_package(real, fake, k=5) -> dict[str, float]:
    package = pytest.importorskip("prdc")
    return package.compute_prdc(real.double().numpy(), fake.double().numpy(), k)


def test_without_ties_the_package_finds_the_same_and_nothing_is_said():
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randn(300, 8, generator=generator), torch.randn(300, 8, generator=generator) * 0.8
    metric = told_of(real, fake)
    assert measured(real, fake) == pytest.approx(by_package(real, fake), rel=1e-6)
    assert (metric.remark, metric.beside) == (None, {})


def test_with_ties_it_finds_far_less():
    """Three values, four features: nothing lies strictly inside a ball of radius 0 or beyond an edge that all share."""
    real, fake = three_valued(180, 4)
    found, other = measured(real, fake), by_package(real, fake)
    assert (found["density"], other["density"]) == (pytest.approx(2.64, abs=0.01), pytest.approx(0.37, abs=0.01))
    copies = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
    assert measured(copies, copies)["density"] == pytest.approx(1.2)
    assert by_package(copies, copies)["density"] == pytest.approx(1.0)


def told_of(real, fake, k=5) -> PRDC:
    metric = PRDC(k=k)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    metric.compute()
    return metric


@pytest.mark.parametrize("size", [2, 4, 8, 16])
@pytest.mark.parametrize("elements", [2**24, 1000])
def test_of_ties_the_density_is_told_that_good_samples_have(monkeypatch, size, elements):
    monkeypatch.setattr(base, "ELEMENTS", elements)
    real, fake = three_valued(180, size)
    remark = told_of(real, fake).remark or ""
    told = float(remark.partition("density is about ")[2].split()[0])
    assert told == pytest.approx(measured(real, fake)["density"], rel=0.07)
    assert remark.endswith(", and all four figures say little") == (size < 8)
    assert ("reals equal 5 others or more" in remark) == (size < 8)
    assert ("neighbours at equal distances on the edge" in remark) == (size >= 8)


def test_a_tie_or_two_is_not_told():
    real = torch.randn(400, 6, generator=torch.Generator().manual_seed(0))
    real[1] = real[0]
    assert told_of(real, real + 1).remark is None


def test_samples_that_equal_a_real_are_told_beside_density():
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randn(40, 6, generator=generator) + 1000, torch.randn(40, 6, generator=generator) + 1000
    fake[:7] = real[7:14]
    beside = {"density": "7 of 40 samples equal a real, and lie in the ball of that one too"}
    assert told_of(real, fake).beside == beside


def test_as_many_reals_as_a_ball_takes_have_no_edge_beyond():
    real = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    assert told_of(real, real).remark is None
    assert (told_of(torch.ones(6, 3), real).remark or "").startswith("6 of 6 reals equal 5 others or more")


def test_duplicates_among_the_reals_are_told():
    metric = PRDC(k=2)
    for real, remark in [
        (torch.cat([torch.ones(3, 4), torch.randn(7, 4)]), "3 of 10 reals equal 2 others or more"),
        (torch.randn(10, 4), None),
    ]:
        metric.reset()
        metric.update(real, real=True)
        metric.update(real, real=False)
        metric.compute()
        assert metric.remark is None if remark is None else metric.remark.startswith(remark)


def test_no_more_than_a_block_is_float64_at_a_time(monkeypatch):
    """So memory grows with the samples as they are kept, and not with their square."""
    seen = []
    monkeypatch.setattr(base, "ELEMENTS", 100)
    monkeypatch.setattr(prdc, "exact", lambda samples: seen.append(len(samples)) or base.exact(samples))
    monkeypatch.setattr(prdc, "distances", lambda a, b: seen.append(max(len(a), len(b))) or base.distances(a, b))
    measured(torch.randn(41, 3), torch.randn(29, 3))
    assert max(seen) == 10
