"""Codes that are distributions, held to a prior."""

from typing import Any

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from gan_runner.assemble import assemble
from gan_runner.config.errors import ConfigError
from gan_runner.latents import kl
from gan_runner.types import Batch

SMALL = ("model=vae", "latent.latent_dim=3", "network.hidden=[8]")


def played(composed: Any, *overrides: str, step: int = 0) -> Any:
    """A system, and its terms on one batch of eight images."""
    torch.manual_seed(0)
    system = assemble(composed(*SMALL, *overrides)).system
    dealt = system.deal(Batch(torch.rand(8, 3, 8, 8) * 2 - 1), system.turns(0))
    terms = system.terms("autoencoder", dealt, step)
    return system, dealt, {name: value.item() for name, value in terms.items()}


def kl_of(system: Any, dealt: Any) -> torch.Tensor:
    """By dimension, a mean over the batch, as torch's distributions have it."""
    mean, log_variance = system.network.describe(dealt.source)
    prior = Normal(torch.zeros(3), torch.ones(3))
    return kl_divergence(Normal(mean, (log_variance / 2).exp()), prior).mean(dim=0)


def test_the_kl_is_that_of_normal_distributions() -> None:
    mean, log_variance = torch.tensor([[0.0, 1.0, -3.0]]), torch.tensor([[0.0, 1.0, -2.0]])
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(torch.zeros(3), torch.ones(3)))
    torch.testing.assert_close(kl(mean, log_variance), expected)


def test_its_terms_are_the_negative_elbo_which_is_told(composed: Any) -> None:
    system, dealt, terms = played(composed)
    nats = kl_of(system, dealt).sum().item()
    assert terms["kl"] == pytest.approx(nats, rel=1e-5)
    told = system.statistics("autoencoder", dealt)
    assert float(told["kl_nats"]) == pytest.approx(nats, rel=1e-5)
    assert float(told["elbo"]) == pytest.approx(-terms["bernoulli"] - nats, rel=1e-5)


def test_a_code_is_drawn_about_its_mean_with_its_deviation(composed: Any) -> None:
    system = assemble(composed(*SMALL)).system
    mean, log_variance = torch.randn(2, 3), torch.randn(2, 3)
    noise = torch.randn(2, 3)
    torch.testing.assert_close(system.code_of((mean, log_variance), noise), mean + (log_variance / 2).exp() * noise)
    drawn = torch.stack([system.draw_noise(1000, mean) for _ in range(20)])
    assert float(drawn.std()) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("overrides", "step", "expected"),
    [
        (("system.beta=4",), 0, lambda nats: 4 * nats.sum()),
        (("system.beta=4", "system.anneal_batches=10"), 0, lambda nats: 0 * nats.sum()),
        (("system.beta=4", "system.anneal_batches=10"), 5, lambda nats: 2 * nats.sum()),
        (("system.beta=4", "system.anneal_batches=10"), 50, lambda nats: 4 * nats.sum()),
        (("system.beta=100", "system.capacity=25"), 0, lambda nats: 100 * (nats.sum() - 25).abs()),
        (("system.beta=9", "system.capacity=8", "system.anneal_batches=4"), 1, lambda nats: 9 * (nats.sum() - 2).abs()),
        (("system.free_bits=0.05",), 0, lambda nats: nats.clamp_min(0.05).sum()),
        (("system.free_bits=2", "system.beta=3"), 0, lambda nats: 3 * 3 * torch.tensor(2.0)),
    ],
)
def test_what_the_kl_costs(composed: Any, overrides: tuple[str, ...], step: int, expected: Any) -> None:
    system, dealt, terms = played(composed, *overrides, step=step)
    assert terms["kl"] == pytest.approx(expected(kl_of(system, dealt)).item(), rel=1e-5)
    assert float(system.statistics("autoencoder", dealt)["kl_nats"]) == pytest.approx(
        kl_of(system, dealt).sum().item(), rel=1e-5
    )


def test_bits_that_are_free_pull_at_no_dimension_below_them(composed: Any) -> None:
    torch.manual_seed(0)
    system = assemble(composed(*SMALL, "system.free_bits=5")).system
    dealt = system.deal(Batch(torch.rand(8, 3, 8, 8) * 2 - 1), system.turns(0))
    system.terms("autoencoder", dealt, 0)["kl"].backward()
    assert all(p.grad is None or not p.grad.any() for p in system.network.encoder.parameters())


def test_what_is_said_of_a_batch_as_a_whole_is_said_of_each_slice(composed: Any) -> None:
    torch.manual_seed(0)
    system = assemble(composed(*SMALL)).system
    batch = torch.rand(8, 3, 8, 8) * torch.linspace(0, 2, 8)[:, None, None, None] - 1

    def told(part: torch.Tensor) -> float:
        return system.terms("autoencoder", system.deal(Batch(part), system.turns(0)), 0)["kl"].item()

    def of_slices() -> float:
        return sum(told(part) for part in batch.chunk(4)) / 4

    nats = told(batch)
    assert of_slices() == pytest.approx(nats, rel=1e-4)  # a mean of images
    system.capacity = nats
    assert told(batch) == pytest.approx(0, abs=1e-6)
    assert of_slices() > 0.01 * nats
    system.capacity, system.free_bits = None, nats / 3
    assert of_slices() > 1.001 * told(batch)


def test_every_figure_of_a_run_is_foreseen(composed: Any) -> None:
    experiment = assemble(composed(*SMALL, "trainer.log_every_n_steps=1"))
    experiment.trainer.fit(experiment.system, experiment.data)
    told = {name for name in experiment.system.figures if name != "images_per_second"}
    assert told == set(experiment.system.foreseen())


def test_evaluation_takes_the_mean_code(composed: Any) -> None:
    system = assemble(composed(*SMALL)).system
    image = torch.rand(4, 3, 8, 8)
    assert torch.equal(system.encode(image), system.network.describe(image)[0])
    assert torch.equal(system.translator()(image), system.translator()(image))


def test_codes_of_a_uniform_prior_or_of_two_demands_are_refused(composed: Any) -> None:
    with pytest.raises(ConfigError, match="set latent=gaussian"):
        assemble(composed(*SMALL, "latent=uniform"))
    with pytest.raises(ConfigError, match=r"set system\.capacity=null or system\.free_bits=0"):
        assemble(composed(*SMALL, "system.capacity=5", "system.free_bits=1"))
