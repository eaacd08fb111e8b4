"""Random numbers of one's own leave the run's where they were."""

import pytest
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


def test_an_error_inside_gives_the_runs_numbers_back():
    def fail() -> None:
        with rng.isolated(3):
            torch.rand(1)
            raise RuntimeError

    before = torch.get_rng_state()
    with pytest.raises(RuntimeError):
        fail()
    assert torch.get_rng_state().equal(before)


def test_what_is_kept_goes_on_as_if_nothing_had_been_drawn():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    with rng.kept(torch.device("cpu")):
        torch.rand(5)
    assert torch.rand(3).equal(expected)
