"""What is told of a round, for losses with and without a boundary."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from gan_runner.losses.hinge import Hinge
from gan_runner.losses.least_squares import LeastSquares
from gan_runner.losses.minimax import Minimax
from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.losses.wasserstein import Wasserstein
from gan_runner.systems.figures import figures_of_round


def figures(loss: Any, real: list[float], fake: list[float]) -> dict[str, float]:
    scores = (SimpleNamespace(logits=torch.tensor(logits)) for logits in (real, fake))
    round: Any = SimpleNamespace(loss=loss, **dict(zip(("real_score", "fake_score"), scores, strict=True)))
    found = figures_of_round("discriminator", {"gan": round})
    assert figures_of_round("generator", {"gan": round}) == {}
    return {name.removeprefix("discriminator/gan/"): value.item() for name, value in found.items()}


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
