"""What is told of a round, for losses with and without a boundary."""

from math import exp, tanh
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from gan_runner.losses.hinge import Hinge
from gan_runner.losses.least_squares import LeastSquares
from gan_runner.losses.minimax import Minimax
from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.losses.wasserstein import Wasserstein
from gan_runner.systems.statistics import statistics_of


def figures(loss: Any, real: list[float], fake: list[float]) -> dict[str, float]:
    scores = (SimpleNamespace(logits=torch.tensor(logits)) for logits in (real, fake))
    samples = {"real": torch.zeros(1, 2), "fake": torch.zeros(1, 2)}
    found = of_round(loss=loss, **samples, **dict(zip(("real_score", "fake_score"), scores, strict=True)))
    return {name: value for name, value in found.items() if name != "fake_scale"}


def of_round(**contents: Any) -> dict[str, float]:
    round: Any = SimpleNamespace(**contents)
    return {name: value.item() for name, value in statistics_of(round).items()}


def compared(real: torch.Tensor, fake: torch.Tensor) -> dict[str, float]:
    score = SimpleNamespace(logits=torch.zeros(1))
    found = of_round(loss=Wasserstein(), real=real, fake=fake, real_score=score, fake_score=score)
    return {name: value for name, value in found.items() if "logit" not in name}


@pytest.mark.parametrize("loss", [Minimax(), NonSaturating(), Hinge()])
def test_zero_parts_real_from_fake(loss: Any) -> None:
    found = figures(loss, [0.0, 3.0, 0.1, -1.0], [-2.0, -0.1, 0.2, 0.3])
    assert (found["accuracy_real"], found["accuracy_fake"]) == (0.5, 0.5)
    assert found["D_real"] == pytest.approx(torch.tensor([0.0, 3.0, 0.1, -1.0]).sigmoid().mean().item())


def test_least_squares_parts_at_one_half() -> None:
    found = figures(LeastSquares(), [0.6, 0.4, 0.9, 1.2], [0.1, 0.2, 0.3, 0.6])
    assert (found["accuracy_real"], found["accuracy_fake"]) == (0.75, 0.75)
    assert figures(LeastSquares(), [0.5], [0.5]) == {
        "D_real": 0.5, "D_fake": 0.5, "accuracy_real": 0.0, "accuracy_fake": 0.0
    }  # fmt: skip


def test_a_critic_has_means_only() -> None:
    assert figures(Wasserstein(), [5.0, 7.0], [1.0, 2.0]) == {"logit_real": 6.0, "logit_fake": 1.5}


def test_variety_of_two_points() -> None:
    """Of two at distance d, 2 / (1 + exp(−(d / reach)²)) are different: less 1, that is tanh((d / reach)² / 2)."""
    real = torch.tensor([[0.0], [1.0]])  # a reach of 1/2
    assert compared(real, real)["variety"] == 1
    assert compared(real, real + 9)["variety"] == 1
    assert compared(real, torch.tensor([[0.3], [0.3]]))["variety"] == 0
    assert compared(real, torch.tensor([[0.0], [0.5]]))["variety"] == pytest.approx(tanh(0.5) / tanh(2))


def test_variety_counts_modes_where_distances_do_not() -> None:
    """Two opposite modes of eight are as far apart on average as three quarters of all pairs of a ring."""
    angles = torch.arange(8) * torch.pi / 4
    ring = torch.stack([angles.cos(), angles.sin()], 1).repeat(8, 1)
    two = ring[::4]
    chords = [2 * torch.tensor(k * torch.pi / 8).sin().item() for k in range(8)]
    reach = 0.5 * sum(chords) / 8 * 64 / 63
    different = 8 / sum(exp(-((chord / reach) ** 2)) for chord in chords)
    of_two = 2 / (1 + exp(-((2 / reach) ** 2)))
    assert compared(ring, two)["variety"] == pytest.approx((of_two - 1) / (different - 1), rel=1e-4)
    assert compared(ring, two)["variety"] < 0.25
    assert torch.cdist(two, two).mean() > 0.75 * torch.cdist(ring, ring).mean()


def test_scale_and_saturation_beyond_the_reals() -> None:
    real = torch.tensor([1.0, -1.0, 0.5, 0.0]).reshape(1, 1, 2, 2).repeat(2, 1, 1, 1)
    fake = torch.tensor([1.0, -1.0, -1.0, 0.0]).reshape(1, 1, 2, 2).repeat(2, 1, 1, 1)
    found = compared(real, fake)
    assert found["saturated"] == pytest.approx(0.5)  # 3/4 instead of 1/2
    assert found["fake_scale"] == pytest.approx((3 / 2.25) ** 0.5)
    assert compared(fake, real)["saturated"] == 0
    assert compared(fake.sign() + (fake == 0), fake.sign() + (fake == 0))["saturated"] == 0  # black and white data


def test_one_sample_has_no_variety_and_points_no_bounds() -> None:
    assert set(compared(torch.ones(1, 2), torch.ones(1, 2))) == {"fake_scale"}
    assert set(compared(torch.ones(3, 2), torch.ones(3, 2))) == {"fake_scale", "variety"}
    assert set(compared(torch.ones(3, 1, 2, 2), torch.ones(3, 1, 2, 2))) == {"fake_scale", "variety", "saturated"}
