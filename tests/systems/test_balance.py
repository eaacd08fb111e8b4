"""Who skips a batch, by what the discriminator's judgement costs."""

import math

import pytest
import torch

from gan_runner.systems.balance import Balance


def test_costs_are_those_of_a_judge_by_probabilities() -> None:
    real, fake = torch.tensor([0.0, 2.0]), torch.tensor([-1.0, 0.0])
    costs = Balance().costs(real, fake, 0.0)
    expected = [-(real.sigmoid().log()).mean(), -(1 - fake.sigmoid()).log().mean()]
    assert costs.tolist() == pytest.approx([float(one) for one in expected])
    assert Balance().costs(real + 3, fake + 3, 3.0).tolist() == pytest.approx(costs.tolist())


@pytest.mark.parametrize(
    ("costs", "still"),
    [
        ((math.log(2), math.log(2)), set()),
        ((0.32, 0.7), {"discriminator"}),  # below .68 − .35
        ((0.7, 0.32), {"discriminator"}),
        ((0.34, 1.02), set()),
        ((0.7, 1.04), {"generator"}),  # above .68 + .35
        ((0.1, 1.5), set()),  # one too certain and one fooled: both move
    ],
)
def test_the_stronger_player_stands_still(costs: tuple[float, float], still: set[str]) -> None:
    assert Balance().still(torch.tensor(costs)) == still


def test_a_wider_margin_lets_more_move() -> None:
    assert Balance(margin=0.6).still(torch.tensor([0.2, 0.7])) == set()
    assert Balance(margin=0.1, equilibrium=0.5).still(torch.tensor([0.55, 0.61])) == {"generator"}
