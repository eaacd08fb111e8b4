"""What each system can, and that what is none can nothing."""

from typing import Any

import pytest
import torch

from fixtures.noise_pairs import TRANSLATING
from gan_runner.assemble import assemble
from gan_runner.systems.base import System
from gan_runner.systems.capabilities import Plays, Samples, Translates, Views, given
from gan_runner.types import Batch


@pytest.mark.parametrize(
    ("model", "able"),
    [("dcgan", {Samples, Plays}), ("cyclegan", {Translates, Views, Plays}), ("pix2pix", {Translates, Views, Plays})],
)
def test_a_system_tells_what_it_can(composed: Any, model: str, able: set[type[System]]) -> None:
    data = () if model == "dcgan" else TRANSLATING
    system = assemble(composed(f"model={model}", *data)).system
    assert {kind for kind in (Samples, Plays, Translates, Views) if kind.of(system) is system} == able


def test_what_is_no_system_can_nothing() -> None:
    module = torch.nn.Linear(1, 1)
    assert [kind.of(module) for kind in (System, Samples, Plays, Translates, Views)] == [None] * 5


def test_what_is_encoded_is_the_source_where_there_is_one() -> None:
    real, source = torch.zeros(2, 1, 4, 4), torch.ones(2, 1, 4, 4)
    assert given(Batch(real)) is real
    assert given(Batch(real, None, source)) is source
