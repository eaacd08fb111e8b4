"""What images cost, and what they lack, by the likelihood of whoever has one."""

from typing import Any

import pytest
import torch

from gan_runner.assemble import build_system
from gan_runner.config.plain import plain_config
from gan_runner.systems.base import evaluating
from gan_runner.systems.capabilities import Describes, Scores
from gan_runner.systems.describing import lacking
from gan_runner.types import Batch

IMAGES = torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.fixture
def made(composed: Any) -> Any:
    def make(model: str, *overrides: str) -> Any:
        torch.manual_seed(0)
        settings = (f"model={model}", "network.hidden=[8]", "latent.latent_dim=3", "likelihood=laplace", *overrides)
        return build_system(plain_config(composed(*settings)), (1, 8, 8), 10)

    return make


@pytest.mark.parametrize("model", ["autoencoder", "wae", "aae"])
def test_without_draws_they_are_those_of_the_code(made: Any, model: str) -> None:
    system = made(model)
    assert Describes.of(system) is Scores.of(system) is system
    network = system.network
    with evaluating(network), torch.no_grad():
        output = network.output(network.encode(IMAGES))
    assert system.nats_names == ("nats/laplace",)
    (nats,) = system.nats(Batch(IMAGES)).values()
    torch.testing.assert_close(nats, network.likelihood.nats(output, IMAGES))
    assert system.score_names == ("reconstruction",)
    (missing,) = system.scores(Batch(IMAGES)).values()
    torch.testing.assert_close(missing, network.likelihood.excess(output, IMAGES))
    assert not missing.requires_grad


@pytest.mark.parametrize("model", ["vae", "aae"])
def test_they_are_of_the_evaluation_network_whose_modes_stay(made: Any, model: str) -> None:
    system = made(model, "tricks=[ema]")
    with torch.no_grad():
        for weight in system.network.parameters():
            weight.add_(1)
    before = [module.training for module in system.modules()]
    average = system.coder()[0]
    found = system.scores(Batch(IMAGES))["reconstruction"]
    torch.testing.assert_close(found, lacking(average, IMAGES, Batch(IMAGES))[1].detach())
    torch.manual_seed(0)
    system.nats(Batch(IMAGES))
    assert [module.training for module in system.modules()] == before


def test_codes_that_are_distributions_are_drawn_once_and_tell_their_own_nats(made: Any) -> None:
    system = made("vae")
    assert system.nats_names == ("nats/laplace", "kl_nats/laplace", "nelbo/laplace")
    told = [system.nats(Batch(IMAGES)) for _ in range(2)]
    assert not told[0]["nats/laplace"].equal(told[1]["nats/laplace"])
    for one in told:
        torch.testing.assert_close(one["nelbo/laplace"], one["nats/laplace"] + one["kl_nats/laplace"])


def test_what_has_a_source_costs_what_it_is_brought_back_to(composed: Any) -> None:
    torch.manual_seed(0)
    small = ("model=aae", "network.hidden=[8]", "latent.latent_dim=3", "data=degraded", "data.task=inpaint")
    system: Any = build_system(plain_config(composed(*small)), (1, 8, 8), None, (2, 8, 8))
    source = torch.rand(4, 2, 8, 8)
    output = system.network.output(system.network.encode(source))
    (nats,) = system.nats(Batch(IMAGES, None, source)).values()
    torch.testing.assert_close(nats, system.network.likelihood.nats(output, IMAGES))
