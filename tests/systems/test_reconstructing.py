"""What is shown of systems that bring images back, and how."""

from typing import Any

import pytest
import torch

from gan_runner.assemble import build_system
from gan_runner.config.plain import plain_config
from gan_runner.systems.base import generate
from gan_runner.systems.capabilities import Encodes, Translates, Views
from gan_runner.systems.reconstructing import mean_square
from gan_runner.types import Batch

SMALL = ("latent.latent_dim=5", "tricks=[ema]")
MODELS = {"vae": "network.hidden=[6]", "vae_gan": "network.width=2", "ganomaly": "network.width=2"}


@pytest.mark.parametrize("model", MODELS)
def test_images_go_through_their_mean_codes_and_back_by_the_evaluation_network(composed: Any, model: str) -> None:
    torch.manual_seed(0)
    config = plain_config(composed(f"model={model}", MODELS[model], *SMALL))
    system: Any = build_system(config, (1, 8, 8), 10)
    image = torch.rand(6, 1, 8, 8) * 2 - 1
    for able in (Encodes, Translates, Views):
        assert able.of(system) is system
    assert system.coder()[1] == "ema"
    back = system.decode(system.encode(image))
    assert back.equal(generate(system.translator(), image))
    assert back.equal(system.views(Batch(image))["reconstruction"]["reconstructed"])
    assert system.directions == ("a2b",)
    assert system.chosen_by("a2b") == "ema"
    with pytest.raises(ValueError, match="direction=b2a is not learned"):
        system.translator("b2a")
    assert all(module.training for name, module in system.named_modules() if ".tricks" not in name and name != "first"
               and not name.startswith("first."))  # fmt: skip


def test_mean_square_is_of_each_sample() -> None:
    one = torch.tensor([[[1.0, 3.0]], [[0.0, 0.0]]])
    assert mean_square(one, torch.zeros_like(one)).tolist() == [5.0, 0.0]
