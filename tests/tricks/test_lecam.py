"""LeCam: anchors and terms worked out by hand over a few batches."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from gan_runner.losses.hinge import Hinge
from gan_runner.tricks.lecam import LeCam
from gan_runner.types import Round, Score


class Scale(nn.Module):
    """D(x) = w x for points of one coordinate."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(()))

    def forward(self, image, label=None):
        return Score(self.w * image, image)


def round_at(step: int, real: list[float], fake: list[float], discriminator: nn.Module | None = None) -> Round:
    real, fake = torch.tensor(real)[:, None], torch.tensor(fake)[:, None]
    return Round(nn.Identity(), discriminator or Scale(), Hinge(), real, real, fake, None, step)


def test_anchors_and_terms_by_hand():
    trick = LeCam(weight=0.5, decay=0.75, start=2)
    anchors = []
    for step, (real, fake) in enumerate([([9, 9], [-9, -9]), ([1, 3], [-2, 0]), ([4, 8], [-3, -5]), ([0, 0], [0, 0])]):
        round = round_at(step, [float(x) for x in real], [float(x) for x in fake])
        term = trick.discriminator_term(round)
        anchors.append((trick.real.item(), trick.fake.item()))
        if step < 2:
            assert term is None
        elif step == 2:  # anchors 2 and −1, the last batch's means: 5² and 9²; (−5)² and (−7)²
            assert term.item() == pytest.approx(0.5 * ((25 + 81) / 2 + (25 + 49) / 2))
        else:  # ¾·2 + ¼·6 = 3; ¾·(−1) + ¼·(−4) = −1.75
            assert term.item() == pytest.approx(0.5 * (1.75**2 + 3**2))
        trick.after_step("discriminator", round)
        trick.after_step("generator", round_at(step, [100.0], [100.0]))  # its batch is the same one
    assert anchors == [(0, 0), (9, -9), (2, -1), (3, -1.75)]


def test_the_anchors_are_constants_to_the_gradient():
    trick, discriminator = LeCam(weight=1, start=1), Scale()
    trick.after_step("discriminator", round_at(0, [2.0], [-1.0], discriminator))
    trick.discriminator_term(round_at(1, [3.0], [-3.0], discriminator)).backward()
    # d/dw (3w + 1)² + (−3w − 2)² at w = 1
    assert discriminator.w.grad.item() == pytest.approx(2 * 4 * 3 + 2 * -5 * -3)
    assert not trick.real.requires_grad


def test_scores_are_those_of_the_loss():
    trick, discriminator, passes = LeCam(start=1), Scale(), []
    discriminator.register_forward_hook(lambda *_: passes.append(1))
    round = round_at(1, [3.0], [-3.0], discriminator)
    Hinge().discriminator(round.real_score.logits, round.fake_score.logits)
    trick.discriminator_term(round)
    trick.after_step("discriminator", round)
    assert len(passes) == 2


def test_the_generator_pays_nothing():
    assert LeCam(start=1).generator_term(round_at(5, [1.0], [1.0])) is None


def test_the_state_survives_a_round_trip():
    trick, other = LeCam(start=1), LeCam(start=1)
    trick.after_step("discriminator", round_at(0, [2.0], [-1.0]))
    other.load_state_dict(deepcopy(trick.state_dict()))
    for one in (trick, other):
        one.after_step("discriminator", round_at(1, [5.0], [0.5]))
    assert other.real.equal(trick.real)
    assert other.fake.equal(trick.fake)
    assert other.real.item() == pytest.approx(2.03)
