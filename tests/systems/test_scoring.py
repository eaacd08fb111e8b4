"""What every system's scores hold to: of each image alone, in evaluation mode, larger for what is odd."""

from functools import reduce
from operator import add
from typing import Any

import pytest
import torch
from torch import Tensor

from gan_runner.assemble import build_system
from gan_runner.config.plain import plain_config
from gan_runner.systems.capabilities import Scores
from gan_runner.types import Batch

SCORING = {
    "autoencoder": ("network.hidden=[16]",),
    "vae": ("network.hidden=[16]",),
    "aae": ("network.hidden=[16]",),
    "vae_gan": ("network.width=4", "tricks=[]"),
    "f_anogan": ("network=dcgan", "network.width=4", "init_from=unused"),
    "ganomaly": ("network.width=4",),
}


def normal(count: int, seed: int) -> Tensor:
    """Images (N, 1, 8, 8) that slope across and down, each as steep as it likes."""
    slope = torch.linspace(-1, 1, 8)
    across, down = torch.rand(2, count, 1, 1, 1, generator=torch.Generator().manual_seed(seed)) - 0.5
    return (across * slope + down * slope[:, None]).clamp(-1, 1)


def odd(count: int) -> Tensor:
    """Chessboards."""
    place = torch.arange(8)
    return ((place[:, None] + place) % 2 * 2.0 - 1).expand(count, 1, 8, 8).contiguous()


@pytest.fixture
def made(composed: Any) -> Any:
    def make(model: str) -> Any:
        torch.manual_seed(0)
        config = plain_config(composed(f"model={model}", *SCORING[model], "latent.latent_dim=4", "metrics=none"))
        return build_system(config, (1, 8, 8), 10)

    return make


def learn(system: Any, steps: int) -> None:
    """Play by hand, without a trainer."""
    optimizers = {player: torch.optim.Adam(system.parameters_of(player), 2e-3) for player in system.players}
    for step in range(steps):
        dealt = system.deal(Batch(normal(16, step)), system.players)
        for player in system.turns(step):
            parameters = system.parameters_of(player)
            total = reduce(add, system.terms(player, dealt, step).values())
            for one, gradient in zip(parameters, torch.autograd.grad(total, parameters), strict=True):
                one.grad = gradient
            optimizers[player].step()
            if hasattr(dealt, "fakes"):
                dealt.fakes = {name: fake.detach() for name, fake in dealt.fakes.items()}


@pytest.mark.parametrize("model", SCORING)
def test_scores_are_of_each_image_alone_whatever_lies_beside_it(made: Any, model: str) -> None:
    system = made(model)
    learn(system, 3)  # running statistics that are not those of any batch
    assert Scores.of(system) is system
    images = torch.cat([normal(5, 99), odd(2)])
    modes = [module.training for module in system.modules()]
    together = system.scores(Batch(images))
    assert tuple(together) == system.score_names
    for name, values in together.items():
        assert values.shape == (7,)
        assert values.dtype == torch.float32
        assert not values.requires_grad
        alone = torch.cat([system.scores(Batch(one[None]))[name] for one in images])
        torch.testing.assert_close(values, alone, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(system.scores(Batch(images))[name], values, rtol=0, atol=0)  # nothing is drawn
    assert [module.training for module in system.modules()] == modes


@pytest.mark.parametrize("model", SCORING)
def test_a_planted_outlier_scores_higher(made: Any, model: str) -> None:
    system = made(model)
    learn(system, 150)
    usual, planted = system.scores(Batch(normal(32, 10_000))), system.scores(Batch(odd(1)))
    for name in system.score_names:
        if name != "kl":  # of codes alone, which do not see everything
            assert planted[name] > usual[name].max(), name


def test_a_vaes_bound_is_the_sum_of_its_parts_and_no_constant_of_the_image(made: Any) -> None:
    system = made("vae")
    found = system.scores(Batch(normal(4, 0)))
    torch.testing.assert_close(found["elbo"], found["reconstruction"] + found["kl"])
    network = system.network
    moments = network.describe(normal(4, 0))
    output = network.output(moments[0])
    torch.testing.assert_close(found["reconstruction"], network.likelihood.excess(output, normal(4, 0)).detach())
    assert (found["reconstruction"] >= 0).all()
