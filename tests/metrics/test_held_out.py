"""Which samples are asked about."""

import pytest
import torch

from gan_runner.data.digits import Digits
from gan_runner.metrics.likelihood import Likelihood

CPU = torch.device("cpu")


def test_at_most_so_many_of_the_classes_that_are_trained_on() -> None:
    probe = Likelihood(images=10)
    data = Digits(image_size=8, only=[3])
    probe.meet(data, {"nats": ["nats/bernoulli"]})
    probe.prepare(data, CPU)
    deck, at = probe.held_out()
    assert len(at.unique()) == 10
    assert set(deck[at].label.tolist()) == {3}
    assert probe.gives == ("nats/bernoulli",)
    assert probe.looks_at == 10


def test_few_of_them_choose_no_state() -> None:
    few, many = Likelihood(), Likelihood()
    for probe, data in ((few, Digits(image_size=8, only=[3])), (many, Digits(image_size=8))):
        probe.meet(data, {"nats": ["nats/bernoulli"]})
        probe.prepare(data, CPU)
    told = "16 held-out samples are few for metrics.likelihood (what fewer than 100 say is mostly chance)"
    assert few.doubts == {"nats/bernoulli": told}
    assert many.doubts == {}


def test_data_that_keeps_nothing_back_is_refused() -> None:
    with pytest.raises(ValueError, match=r"metrics\.likelihood needs samples kept from .*: set data\.holdout above 0"):
        Likelihood().meet(Digits(image_size=8, holdout=0.0), {"nats": ["nats/bernoulli"]})
