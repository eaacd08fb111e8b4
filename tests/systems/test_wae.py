"""An autoencoder whose codes as a whole are held to the prior, of whatever kind."""

from typing import Any

import pytest
import torch

from gan_runner.assemble import assemble
from gan_runner.config.errors import ConfigError
from gan_runner.systems.mmd import mmd
from gan_runner.types import Batch

SMALL = ("model=wae", "network.width=4", "network.hidden=[16]", "latent.latent_dim=2")


def images(count: int = 6) -> torch.Tensor:
    return torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_its_terms_by_hand(composed: Any) -> None:
    system = assemble(composed(*SMALL, "system.weight=7")).system
    dealt = system.deal(Batch(images()), system.turns(0))
    terms = system.terms("autoencoder", dealt, 0)
    code = system.network.encoder(dealt.real, None)
    nats = system.network.likelihood.nats(system.network.decoder(code, None), dealt.real).mean()
    found = mmd(code, dealt.noise, system.squared_distance)
    assert list(terms) == ["gaussian", "discrepancy"]
    torch.testing.assert_close(terms["gaussian"], nats)
    torch.testing.assert_close(terms["discrepancy"], 7 * found)
    assert system.statistics("autoencoder", dealt)["mmd"].item() == found.item()


def test_the_weight_is_ten_times_the_published_code_s(composed: Any) -> None:
    """λ · MMD² + 0.05 · Σ (x − x̂)² is a tenth of ours at 10 λ, but for the constant of the normal distribution."""
    system = assemble(composed(*SMALL, "system.weight=100")).system
    dealt = system.deal(Batch(images()), system.turns(0))
    terms = system.terms("autoencoder", dealt, 0)
    back = (system.network(dealt.real) + 1) / 2
    published = 0.05 * (back - (dealt.real + 1) / 2).square().flatten(1).sum(1).mean() + 10 * terms["discrepancy"] / 100
    constant = 3 * 8 * 8 * torch.log(torch.tensor(2 * torch.pi)) / 2
    torch.testing.assert_close(sum(terms.values()) - constant, 10 * published, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("prior", "squared_distance"),
    [("gaussian", 4.0), ("uniform", 4 / 3), ("gaussian_mixture", 2 * (1.4**2 + 0.5**2 + 0.1**2)), ("swiss_roll", None)],
)
def test_kernels_are_as_wide_as_the_prior(composed: Any, prior: str, squared_distance: float | None) -> None:
    """2 Z σ²; the wheel has the variance of its radius and of its spokes."""
    system = assemble(composed(*SMALL, f"latent={prior}")).system
    draws = system.latent.sample(20_000, generator=torch.Generator().manual_seed(1))
    by_pairs = (draws[::2] - draws[1::2]).square().sum(dim=1).mean().item()
    assert system.squared_distance == pytest.approx(squared_distance or by_pairs, rel=0.02)
    assert system.squared_distance == pytest.approx(by_pairs, rel=0.03)


def test_building_it_draws_nothing_from_the_global_generator(composed: Any) -> None:
    system = assemble(composed(*SMALL)).system
    before = torch.get_rng_state()
    type(system)(
        shape=(2,), latent=system.latent, encoder=lambda *_, **__: torch.nn.Identity(), tricks={},
        decoder=lambda *_: torch.nn.Identity(), likelihood=lambda *_: torch.nn.Identity(), optimizers={}, schedules={},
    )  # fmt: skip
    assert torch.equal(torch.get_rng_state(), before)


def test_codes_come_to_be_spread_as_the_prior_is(composed: Any) -> None:
    """And images still come back; without the weight codes lie elsewhere."""
    discrepancy, error = {}, {}
    for weight in (0, 300):
        experiment = assemble(
            composed(
                *SMALL, f"system.weight={weight}", "trainer.max_steps=250", "data.batch_size=20", "optimizer.lr=3e-3"
            )
        )
        system, real = experiment.system, experiment.data.examples(40).real
        untrained = (system.translator()(real) - real).square().mean()
        experiment.trainer.fit(system, experiment.data)
        code, prior = system.encode(real), system.latent.sample(400, generator=torch.Generator().manual_seed(0))
        discrepancy[weight] = mmd(code, prior, system.squared_distance).item()
        error[weight] = (system.decode(code) - real).square().mean() / untrained
    assert discrepancy[300] < 0.3 < discrepancy[0]
    assert error[300] < 0.6


def test_every_figure_of_a_run_is_foreseen(composed: Any) -> None:
    experiment = assemble(composed(*SMALL, "tricks=[ema]", "trainer.log_every_n_steps=1"))
    experiment.trainer.fit(experiment.system, experiment.data)
    told = {name for name in experiment.system.figures if name != "images_per_second"}
    assert told == set(experiment.system.foreseen())
    assert {"autoencoder/mmd", "autoencoder/discrepancy"} <= told


@pytest.mark.parametrize(
    "overrides",
    [
        ("data=ring", "data.num_samples=40", "network=vae", "network.hidden=[8]"),
        ("network.conditional=true", "data=digits", "data.image_size=8", "trainer.max_steps=2"),
        ("data=degraded", "data.of.image_size=8", "data.task=denoise", "tricks=[ema]"),
        ("system.accumulate=2", "latent=swiss_roll"),
        ("latent=gaussian_mixture", "latent.latent_dim=4", "likelihood=bernoulli"),
    ],
    ids=lambda overrides: overrides[0],
)
def test_it_plays(composed: Any, overrides: tuple[str, ...]) -> None:
    small = (*SMALL[:1], *SMALL[3:]) if "network=vae" in overrides else SMALL
    experiment = assemble(composed(*small, "data.batch_size=4", *overrides))
    experiment.trainer.fit(experiment.system, experiment.data)
    assert all(torch.isfinite(p).all() for p in experiment.system.parameters())


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (("data.batch_size=1",), r"data\.batch_size=1 is too few .* set data\.batch_size=2 or more"),
        (
            ("data.batch_size=4", "system.accumulate=4"),
            r"slices of 1, system\.accumulate=4, is too few .* set data\.batch_size=8 or more",
        ),
    ],
)
def test_one_code_has_no_pair(composed: Any, overrides: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        assemble(composed(*SMALL, *overrides))
