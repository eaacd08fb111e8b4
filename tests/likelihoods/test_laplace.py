"""A density with its constants."""

import torch
from torch.distributions import Laplace as Known

from gan_runner.likelihoods.laplace import Laplace


def test_it_is_the_density_of_pixels_between_0_and_1() -> None:
    torch.manual_seed(0)
    real, output = torch.rand(3, 1, 5, 5) * 2 - 1, torch.randn(3, 1, 5, 5)
    expected = -Known(torch.sigmoid(output), 0.3).log_prob((real + 1) / 2).flatten(1).sum(1)
    torch.testing.assert_close(Laplace((1, 5, 5), 0.3).nats(output, real), expected)
