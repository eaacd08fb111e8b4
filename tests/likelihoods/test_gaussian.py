"""A density with its constants."""

import math

import torch
from torch.distributions import Normal

from gan_runner.likelihoods.gaussian import Gaussian


def test_it_is_the_density_of_pixels_between_0_and_1() -> None:
    torch.manual_seed(0)
    real, output = torch.rand(3, 1, 5, 5) * 2 - 1, torch.randn(3, 1, 5, 5)
    expected = -Normal(torch.sigmoid(output), 0.3).log_prob((real + 1) / 2).flatten(1).sum(1)
    torch.testing.assert_close(Gaussian((1, 5, 5), 0.3).nats(output, real), expected)


def test_of_spread_1_it_is_half_the_squared_error_and_a_constant() -> None:
    torch.manual_seed(0)
    real, output = torch.rand(2, 1, 28, 28) * 2 - 1, torch.randn(2, 1, 28, 28)
    squared = ((real + 1) / 2 - torch.sigmoid(output)).square().flatten(1).sum(1)
    constant = 784 * math.log(2 * math.pi) / 2  # 720.4 nats
    torch.testing.assert_close(Gaussian((1, 28, 28)).nats(output, real), squared / 2 + constant)
