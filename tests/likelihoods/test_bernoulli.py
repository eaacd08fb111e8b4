"""The cross-entropy of grey pixels, from logits."""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from gan_runner.likelihoods.bernoulli import Bernoulli


def test_it_is_the_sum_of_torch_s_cross_entropy() -> None:
    torch.manual_seed(0)
    real, output = torch.rand(3, 1, 5, 5) * 2 - 1, torch.randn(3, 1, 5, 5)
    expected = binary_cross_entropy_with_logits(output, (real + 1) / 2, reduction="none").flatten(1).sum(1)
    torch.testing.assert_close(Bernoulli((1, 5, 5)).nats(output, real), expected)


def test_a_white_pixel_that_was_thought_black_costs_its_logit_on_either_side() -> None:
    likelihood = Bernoulli((1, 1, 1))
    for logit in (6.5, 30.0, 200.0):  # behind a sigmoid in float32 these would be 16.6 or 100
        up, down = torch.full((1, 1, 1, 1), logit), torch.full((1, 1, 1, 1), -logit)
        white, black = torch.ones(1, 1, 1, 1), -torch.ones(1, 1, 1, 1)
        assert float(likelihood.nats(down, white)) == pytest.approx(logit, abs=2e-3)
        assert float(likelihood.nats(up, black)) == pytest.approx(logit, abs=2e-3)


def test_the_excess_leaves_out_the_entropy_of_grey_pixels() -> None:
    likelihood, grey = Bernoulli((1, 1, 1)), torch.zeros(1, 1, 1, 1)
    assert float(likelihood.nats(torch.zeros(1, 1, 1, 1), grey)) == pytest.approx(0.6931, abs=1e-4)
    assert float(likelihood.excess(torch.zeros(1, 1, 1, 1), grey)) == pytest.approx(0, abs=1e-6)
