"""Cycle: differences by hand."""

import pytest
import torch

from gan_runner.metrics.cycle import Cycle


def test_what_comes_back_and_what_stays_by_hand() -> None:
    source = torch.full((2, 3, 4, 4), 0.2)
    source[1] = -0.5
    found = Cycle().score({"source": source, "returned": 2 * source, "kept": -source})
    assert found["cycle"].tolist() == pytest.approx([0.2, 0.5])
    assert found["identity"].tolist() == pytest.approx([0.4, 1.0])


def test_without_images_to_keep_there_is_no_identity() -> None:
    source = torch.zeros(2, 3, 4, 4)
    assert set(Cycle().score({"source": source, "returned": source})) == {"cycle"}


def test_it_is_named_by_the_domain_as_the_terms_of_training_are() -> None:
    metric = Cycle()
    names = [metric.named(scalar, direction) for direction in ("a2b", "b2a") for scalar in metric.gives]
    assert names == ["cycle_a", "identity_a", "cycle_b", "identity_b"]
