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


@pytest.mark.parametrize("certain", [20.0, 90.0])
def test_black_and_white_pixels_have_no_entropy(certain: float) -> None:
    """A certain output that is right has an excess of 0, not one below, however many pixels there are."""
    real = torch.tensor([-1.0, 1.0]).repeat(2, 1, 28, 14)
    likelihood = Bernoulli((1, 28, 28))
    found = likelihood.excess(certain * real, real)
    assert (found >= 0).all()
    assert (found < 1e-5).all()
    torch.testing.assert_close(likelihood.excess(3 * real, real), likelihood.nats(3 * real, real))


def test_no_output_undercuts_the_entropy_of_a_grey_pixel() -> None:
    grey = torch.linspace(-1, 1, 256).expand(401, 1, 1, 256)
    outputs = torch.linspace(-20, 20, 401)[:, None, None, None].expand(401, 1, 1, 256)
    each = Bernoulli((1, 1, 1)).excess(outputs.reshape(-1, 1, 1, 1), grey.reshape(-1, 1, 1, 1))
    assert (each > -1e-6).all()
    (beyond,) = Bernoulli((1, 1, 1)).excess(torch.zeros(1, 1, 1, 1), torch.full((1, 1, 1, 1), -1.0000001))
    assert float(beyond) == pytest.approx(0.6931, abs=1e-4)
