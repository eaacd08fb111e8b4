"""Random numbers of one's own leave the run's where they were."""

import torch

from gan_runner import rng


def test_apart_draws_from_its_seed_and_the_run_does_not_notice():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    with rng.isolated(7):
        first = torch.rand(5)
    assert torch.rand(3).equal(expected)
    with rng.isolated(7):
        assert torch.rand(5).equal(first)
    with rng.isolated(8):
        assert not torch.rand(5).equal(first)
