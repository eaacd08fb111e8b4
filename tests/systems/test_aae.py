"""A game of codes: what its players see, what they minimise, what is told of it and what is not."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from gan_runner.assemble import assemble
from gan_runner.callbacks.samples import Samples as Pictures
from gan_runner.config.errors import ConfigError
from gan_runner.systems.capabilities import Encodes, Plays, Samples, Translates, Views
from gan_runner.systems.mmd import mmd
from gan_runner.types import Batch

SMALL = ("model=aae", "network.hidden=[16]", "network.discriminator.hidden=[8]", "latent.latent_dim=2")
RING = ("data=ring", "data.num_samples=40", "data.batch_size=4", "metrics=none")


def images(count: int = 6) -> torch.Tensor:
    return torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_published_networks_have_their_numbers_of_parameters(composed: Any) -> None:
    """784-1000-1000-2 and back, 2-1000-1000-1, as in hwalsuklee/tensorflow-mnist-AAE."""
    shape = ("data=mnist", "data.image_size=28", "latent.latent_dim=2")
    game = assemble(composed("model=aae", *shape)).system.game
    assert count(game.generator) == 3_576_786
    assert count(game.discriminator) == 1_005_001


def test_it_plays_samples_translates_shows_and_encodes(composed: Any) -> None:
    system = assemble(composed(*SMALL)).system
    assert all(kind.of(system) is system for kind in (Plays, Samples, Translates, Views, Encodes))
    assert system.players == ("discriminator", "generator")
    assert system.directions == ("a2b",)
    code = system.encode(images())
    assert code.shape == (6, 2)
    assert torch.equal(system.decode(code), system.translator()(images()))
    network, chosen_by = system.sampler()
    assert (chosen_by, system.chosen_by("a2b")) == ("decoder", "autoencoder")
    assert torch.equal(network(code), system.decode(code))
    assert system.views(Batch(images()))["reconstruction"].keys() == {"input", "reconstructed"}


def test_reals_are_draws_of_the_prior_and_fakes_are_codes(composed: Any) -> None:
    system = assemble(composed(*SMALL, "latent=swiss_roll")).system
    dealt = system.deal(Batch(images()), system.turns(0))
    hand, fake = dealt.hands["codes"], dealt.fakes["codes"]
    radius = hand.real.norm(dim=1)
    assert hand.real.shape == fake.shape == (6, 2)
    torch.testing.assert_close(hand.real[:, 0], radius * (4 * torch.pi * radius / 3).cos(), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(fake, system.network.encoder(images(), None))
    assert system.game.shape == (2,)


def test_the_generator_s_terms_by_hand(composed: Any) -> None:
    system = assemble(composed(*SMALL, "system.reconstruction=0.5", "likelihood=bernoulli")).system
    dealt = system.deal(Batch(images()), system.turns(0))
    terms = system.terms("generator", dealt, 0)
    network = system.network
    code = network.encoder(images(), None)
    nats = network.likelihood.nats(network.decoder(code, None), images()).mean()
    assert list(terms) == ["codes/adversarial", "reconstruction"]
    torch.testing.assert_close(terms["reconstruction"], 0.5 * nats)
    logits = system.game.discriminator(code).logits
    torch.testing.assert_close(terms["codes/adversarial"], nn.functional.softplus(-logits).mean())
    assert system.statistics("generator", dealt)["bernoulli"].item() == pytest.approx(nats.item())
    assert list(system.terms("discriminator", dealt, 0)) == ["codes/adversarial"]


def test_the_encoder_moves_by_both_terms_and_the_decoder_by_one(composed: Any) -> None:
    system = assemble(composed(*SMALL)).system
    dealt = system.deal(Batch(images()), system.turns(0))
    terms = system.terms("generator", dealt, 0)
    for name, moved in (("codes/adversarial", (True, False)), ("reconstruction", (True, True))):
        players = (system.network.encoder, system.network.decoder)
        for player, expected in zip(players, moved, strict=True):
            weights = list(player.parameters())
            gradients = torch.autograd.grad(terms[name], weights, retain_graph=True, allow_unused=True)
            assert any(gradient is not None and bool(gradient.any()) for gradient in gradients) is expected
    ids = {id(p) for p in system.parameters_of("generator")}
    assert ids == {id(p) for p in (*system.network.encoder.parameters(), *system.network.decoder.parameters())}


def test_codes_come_to_be_spread_as_the_prior_is_and_images_come_back(composed: Any) -> None:
    widths = ("network.hidden=[64]", "network.discriminator.hidden=[64]", "likelihood=bernoulli")
    experiment = assemble(composed(*SMALL, *widths, "trainer.max_steps=500", "data.batch_size=22", "optimizer.lr=1e-3"))
    system, real = experiment.system, experiment.data.examples(44).real
    prior = system.latent.sample(400, generator=torch.Generator().manual_seed(0))

    def look() -> tuple[float, float]:
        code = system.encode(real)
        return (system.decode(code) - real).square().mean().item(), mmd(code, prior, 4.0).item()

    before = look()
    experiment.trainer.fit(system, experiment.data)
    error, discrepancy = look()
    assert error < 0.1 * before[0]
    assert discrepancy < 0.6 * before[1]


def test_every_figure_of_a_run_is_foreseen(composed: Any) -> None:
    settings = ("tricks=[ema,r1]", "likelihood.sigma=learned", "trainer.log_every_n_steps=1")
    experiment = assemble(composed(*SMALL, *settings))
    experiment.trainer.fit(experiment.system, experiment.data)
    told = {name for name in experiment.system.figures if name != "images_per_second"}
    assert told == set(experiment.system.foreseen())
    assert {"generator/reconstruction", "generator/gaussian", "generator/scale", "discriminator/codes/D_real"} <= told
    assert "discriminator/codes/saturated" not in told  # codes have no black and white


def test_an_average_is_of_encoder_and_decoder(composed: Any) -> None:
    experiment = assemble(composed(*SMALL, "tricks=[ema]", "trainer.max_steps=6"))
    experiment.trainer.fit(experiment.system, experiment.data)
    system, real = experiment.system, experiment.data.examples(4).real
    average = system.game.tricks["ema"].average
    assert (system.coder()[1], system.sampler()[1]) == ("ema", "ema")
    assert torch.equal(system.encode(real), average.encode(real))
    assert torch.equal(system.decode(torch.zeros(1, 2)), average.decode(torch.zeros(1, 2)))
    assert not torch.equal(system.encode(real), system.network.encode(real))


@pytest.mark.parametrize(
    "overrides",
    [
        RING,
        ("network=conv_vae", "network.width=4"),
        ("network.conditional=true", "data=digits", "data.image_size=8", "latent=gaussian_mixture"),
        ("data=degraded", "data.of.image_size=8", "data.batch_size=4", "data.task=inpaint", "likelihood=laplace"),
        ("loss=wasserstein", "tricks=[gradient_penalty,ema]", "system.discriminator_steps=2"),
        ("loss=hinge", "tricks=[spectral_norm,instance_noise]", "system.accumulate=2", "system.generator_steps=2"),
        ("latent=swiss_roll", "latent.latent_dim=4", "likelihood=bernoulli", "tricks=[minibatch_stddev]"),
    ],
    ids=lambda overrides: " ".join(overrides[:2]),
)
def test_it_plays(composed: Any, overrides: tuple[str, ...]) -> None:
    experiment = assemble(composed(*SMALL, *overrides, "trainer.max_steps=4"))
    experiment.trainer.fit(experiment.system, experiment.data)
    assert all(torch.isfinite(p).all() for p in experiment.system.parameters())
    assert experiment.trainer.global_step == 4


def test_no_update_touches_the_mixture_that_samples_are_drawn_from(composed: Any) -> None:
    system = assemble(composed(*SMALL, "system.sample_from=mixture")).system
    for player in system.players:
        assert {id(buffer) for buffer in system.latent.buffers()} <= {id(one) for one in system.untouched_by(player)}


def test_what_has_a_source_is_encoded_from_it(composed: Any) -> None:
    system = assemble(composed(*SMALL, "data=degraded", "data.of.image_size=8", "data.task=inpaint")).system
    source, real = torch.rand(6, 2, 8, 8), images()[:, :1]  # an image and its hole
    dealt = system.deal(Batch(real, None, source), system.turns(0))
    assert torch.equal(dealt.hands["codes"].source, source)
    assert torch.equal(dealt.real, real)
    system.terms("generator", dealt, 0)
    output = system.network.output(system.network.encoder(source, None))
    assert dealt.told["gaussian"].item() == pytest.approx(system.network.likelihood.nats(output, real).mean().item())


def test_with_labels_all_three_networks_see_them(composed: Any) -> None:
    system = assemble(composed(*SMALL, "data=digits", "data.image_size=8", "network.conditional=true")).system
    one, other = torch.zeros(2, dtype=torch.long), torch.ones(2, dtype=torch.long)
    image, code = images(2)[:, :1], torch.zeros(2, 2)
    assert not torch.equal(system.encode(image, one), system.encode(image, other))
    assert not torch.equal(system.decode(code, one), system.decode(code, other))
    judge = system.game.discriminator
    assert not torch.equal(judge(code, one).logits, judge(code, other).logits)


def test_no_surface_of_codes_is_drawn_behind_points(composed: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Of 2 coordinates both, they lie in planes of their own."""
    seen: list[Any] = []
    monkeypatch.setattr("gan_runner.callbacks.samples.decision_surface", lambda *_: seen.append(1))
    experiment = assemble(composed(*SMALL, *RING))
    experiment.trainer.fit(experiment.system, experiment.data)
    assert any(isinstance(one, Pictures) for one in experiment.trainer.callbacks)
    assert list((tmp_path / "samples").glob("*.png"))
    assert not seen


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (("tricks=[diff_augment]",), r"tricks\.diff_augment changes images .* has shape \(2,\)"),
        (("tricks=[latent_regression]",), r"tricks\.latent_regression is about the latent that a fake was made from"),
        (("tricks=[growing]",), r"tricks\.growing changes images"),
        (("loss=none",), "plays a game, and loss=none"),
        (("network.conditional=generator",), r"set network\.conditional=true"),
        (("latent=swiss_roll", "latent.latent_dim=3"), r"latent_dim=3 must be even"),
        ((*RING, "likelihood=bernoulli"), "points have no bounds"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_said(composed: Any, overrides: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        assemble(composed(*SMALL, *overrides))
