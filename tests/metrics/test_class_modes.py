"""Class modes: by hand, for plain classes and for the numbers that stacked digits make."""

import math

import pytest
import torch

from gan_runner.metrics.class_modes import ClassModes


def logits_of(classes: list, count: int, probability: float = 0.99) -> torch.Tensor:
    """(N, count), or (N, D, count) for nested lists: `probability` on the class named, the rest evenly."""
    index = torch.tensor(classes)
    other = (1 - probability) / (count - 1)
    return torch.full((*index.shape, count), other).scatter(-1, index.unsqueeze(-1), probability).log()


def measured(logits, label=None, **settings) -> dict[str, float]:
    metric = ClassModes(**settings)
    metric.update(logits, real=False, label=label)
    return {name: value.item() for name, value in metric.compute().items()}


def test_plain_classes_by_hand():
    logits = torch.cat([logits_of([0, 0, 1], 4), logits_of([3], 4, probability=0.5)])
    found = measured(logits)
    assert found["classes_covered"] == 3
    assert found["class_kl"] == pytest.approx(0.5 * math.log(4 * 0.5) + 2 * 0.25 * math.log(4 * 0.25))
    assert found["class_sure"] == pytest.approx(3 / 4)
    assert "class_as_asked" not in found


def test_stacked_digits_make_a_number():
    # 012, 012, 210 of 3³ numbers; in the last one digit is unsure
    logits = logits_of([[0, 1, 2], [0, 1, 2], [2, 1, 0]], 3)
    logits[2, 1] = torch.tensor([0.3, 0.4, 0.3]).log()
    label = torch.tensor([0 * 9 + 1 * 3 + 2, 7, 2 * 9 + 1 * 3 + 0])
    found = measured(logits, label)
    assert found["classes_covered"] == 2
    assert found["class_kl"] == pytest.approx(2 / 3 * math.log(27 * 2 / 3) + 1 / 3 * math.log(27 / 3))
    assert found["class_sure"] == pytest.approx(2 / 3)
    assert found["class_as_asked"] == pytest.approx(2 / 3)


def test_labels_gather_over_batches_and_go_with_reset():
    metric = ClassModes()
    metric.update(logits_of([0, 1], 2), real=False, label=torch.tensor([0, 0]))
    metric.update(logits_of([1], 2), real=False, label=torch.tensor([1]))
    metric.update(logits_of([1], 2), real=True, label=torch.tensor([0]))  # reals are not judged
    assert metric.compute()["class_as_asked"].item() == pytest.approx(2 / 3)
    metric.reset()
    metric.update(logits_of([0, 1], 2), real=False)
    assert "class_as_asked" not in metric.compute()


def test_a_perfect_sample_of_a_thousand_classes_pays_the_floor():
    digits = torch.randint(10, (26_000, 3), generator=torch.Generator().manual_seed(0))
    found = measured(torch.nn.functional.one_hot(digits, 10).float() * 20)
    assert found["classes_covered"] == 1000
    assert found["class_kl"] == pytest.approx(999 / (2 * 26_000), rel=0.12)
    assert found["class_sure"] == 1
