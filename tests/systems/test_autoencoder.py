"""One player who brings images back from their codes."""

import csv
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from gan_runner.assemble import assemble
from gan_runner.config.errors import ConfigError
from gan_runner.images.ranges import to_unit_range
from gan_runner.systems.autoencoder import DENOISING, of_roots
from gan_runner.systems.capabilities import Encodes, Plays, Samples, Translates, Views
from gan_runner.types import Batch

SMALL = ("model=autoencoder", "latent.latent_dim=3", "network.hidden=[8]")
DENOISE = ("data=degraded", "data.of.image_size=8", "data.task=denoise", "data.batch_size=4")


def curves(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_it_samples_translates_shows_and_encodes_and_plays_no_game(composed: Any) -> None:
    system = assemble(composed(*SMALL)).system
    assert [kind.of(system) is system for kind in (Samples, Translates, Views, Encodes)] == [True] * 4
    assert Plays.of(system) is None
    assert system.players == ("autoencoder",)


def test_its_term_is_the_mean_of_the_likelihood_s_nats(composed: Any) -> None:
    system = assemble(composed(*SMALL, "likelihood=laplace")).system
    real = torch.rand(4, 3, 8, 8) * 2 - 1
    dealt = system.deal(Batch(real), system.turns(0))
    (term,) = system.terms("autoencoder", dealt, 0).items()
    output = system.network.decoder(system.network.encoder(real, None), None)
    assert term[0] == "laplace"
    torch.testing.assert_close(term[1], system.network.likelihood.nats(output, real).mean())


def test_it_learns_to_bring_images_back(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed("model=autoencoder", "latent.latent_dim=16", "trainer.max_steps=300"))
    batch = experiment.data.examples(16)
    before = (experiment.system.decode(experiment.system.encode(batch.real)) - batch.real).square().mean()
    experiment.trainer.fit(experiment.system, experiment.data)
    after = (experiment.system.decode(experiment.system.encode(batch.real)) - batch.real).square().mean()
    assert after < 0.2 * before
    rows = curves(tmp_path)
    assert rows[0].keys() >= {"autoencoder/gaussian", "autoencoder/gradient_norm", "autoencoder/learning_rate"}
    assert not [name for row in rows for name in row if name.startswith(("discriminator", "generator"))]


def test_every_figure_of_a_run_is_foreseen(composed: Any) -> None:
    experiment = assemble(composed(*SMALL, "likelihood.sigma=learned", "tricks=[ema]", "trainer.log_every_n_steps=1"))
    experiment.trainer.fit(experiment.system, experiment.data)
    told = {name for name in experiment.system.figures if name != "images_per_second"}
    assert told == set(experiment.system.foreseen())
    assert "autoencoder/scale" in told


def test_codes_are_asked_in_evaluation_mode_of_the_average(composed: Any) -> None:
    experiment = assemble(composed(*SMALL, "tricks=[ema]", "trainer.max_steps=6"))
    experiment.trainer.fit(experiment.system, experiment.data)
    system, image = experiment.system, torch.rand(5, 3, 8, 8) * 2 - 1
    average = system.solo.tricks["ema"].average
    assert system.coder() == (average, "ema")
    assert torch.equal(system.encode(image), average.encode(image))
    assert not torch.equal(system.encode(image), system.network.encode(image))
    assert torch.equal(system.decode(system.encode(image)), average(image))
    network, chosen_by = system.sampler()
    assert chosen_by == "ema"
    assert torch.equal(network(torch.zeros(1, 3)), average.decode(torch.zeros(1, 3)))


def test_what_has_a_source_is_encoded_from_it_and_brought_back_to_what_it_was(composed: Any) -> None:
    system = assemble(composed(*SMALL, *DENOISE, "data.task=inpaint")).system
    assert system.input_shape == (2, 8, 8)
    source, real = torch.rand(4, 2, 8, 8), torch.rand(4, 1, 8, 8) * 2 - 1
    dealt = system.deal(Batch(real, None, source), system.turns(0))
    (nats,) = system.terms("autoencoder", dealt, 0).values()
    output = system.network.output(system.network.encode(source))
    torch.testing.assert_close(nats, system.network.likelihood.nats(output, real).mean())
    columns = system.views(Batch(real, None, source))["reconstruction"]
    assert list(columns) == ["input", "reconstructed", "target"]


def test_a_denoising_autoencoder_is_measured_by_what_it_restores(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*SMALL, *DENOISE, "evaluation.num_samples=40", "trainer.max_steps=2"))
    experiment.trainer.fit(experiment.system, experiment.data)
    assert any(name.startswith("evaluation/a2b_psnr") for name in experiment.system.measured)


def test_points_have_no_panels_and_are_brought_back_where_they_lie(played: Any, tmp_path: Path) -> None:
    system = played(*SMALL, "data=ring", "latent.latent_dim=2", "trainer.max_steps=2").system
    points: Tensor = torch.randn(3, 2)
    assert system.views(Batch(points)) == {}
    assert system.decode(system.encode(points)).shape == (3, 2)
    assert not list((tmp_path / "samples").glob("reconstruction*"))


@pytest.mark.parametrize("classes", ["false", "true"])
def test_labels_reach_both_networks_where_they_are_asked_for(composed: Any, classes: str) -> None:
    system = assemble(composed(*SMALL, f"network.conditional={classes}")).system
    wider = 10 if classes == "true" else 0
    assert system.network.encoder.body[0].in_features == 3 * 64 + wider
    assert system.network.decoder.body[0].in_features == 3 + wider


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (("tricks=[r1]",), r"tricks\.r1 needs a discriminator that plays for a loss, .* remove tricks\.r1"),
        (("loss=hinge",), r"loss is what two adversaries play for, .* leave loss out"),
        (
            ("network=dcgan",),
            r"needs network\.decoder, and .* choose model=autoencoder with network=vae",
        ),
        (("network.conditional=generator",), r"set network\.conditional=true"),
        (("~likelihood",), r"learns by a likelihood: set likelihood=bernoulli"),
        (("data=degraded", "network.conditional=true"), r"set network\.conditional=false"),
        (("data=ring", "likelihood=bernoulli"), r"points have no bounds: set likelihood=gaussian"),
    ],
)
def test_what_it_has_no_use_for_is_refused_in_a_sentence(
    composed: Any, overrides: tuple[str, ...], sentence: str
) -> None:
    settings = [one for one in SMALL if not ("network=dcgan" in overrides and one.startswith("network."))]
    with pytest.raises(ConfigError, match=sentence):
        assemble(composed(*settings, *overrides))


def test_a_game_says_what_it_lacks_of_networks_and_loss(composed: Any) -> None:
    with pytest.raises(ConfigError, match=r"needs network\.discriminator, and this network has encoder and decoder"):
        assemble(composed("model=dcgan", "network=vae"))
    with pytest.raises(ConfigError, match="has no use for one: leave it out, or choose model=autoencoder"):
        assemble(composed("model=dcgan", "likelihood=gaussian"))
    with pytest.raises(ConfigError, match="plays a game, and loss=none: choose a loss"):
        assemble(composed("model=dcgan", "loss=none"))


# ---- under noise ----------------------------------------------------------------------------------------------------

NOISY = (*SMALL, "data=digits", "data.image_size=8", "system.noise=0.5", "likelihood=bernoulli")


def test_noise_is_in_what_is_encoded_and_not_in_what_should_come_back(composed: Any) -> None:
    system = assemble(composed(*NOISY)).system
    real = torch.rand(400, 1, 8, 8) * 2 - 1
    dealt = system.deal(Batch(real), system.turns(0))
    assert torch.equal(dealt.real, real)
    assert (dealt.source - real).std().item() == pytest.approx(0.5, rel=0.02)


def test_scores_from_under_noise_are_of_each_image_alone(composed: Any) -> None:
    system = assemble(composed(*NOISY)).system
    real = torch.rand(6, 1, 8, 8) * 2 - 1
    together, alone = system.scores(Batch(real)), system.scores(Batch(real[3:4]))
    assert system.score_names == ("reconstruction", *DENOISING) == tuple(together)
    for name in system.score_names:
        torch.testing.assert_close(alone[name], together[name][3:4])
    ratio = together["denoising"] / together["denoising_over_norm"]
    torch.testing.assert_close(ratio, ((real + 1) / 2).flatten(1).norm(dim=1))


def test_a_planted_odd_image_is_the_oddest_from_under_noise(composed: Any) -> None:
    torch.manual_seed(0)
    experiment = assemble(composed(*NOISY, "data.only=[1]", "network.hidden=[64]", "trainer.max_steps=300"))
    experiment.trainer.fit(experiment.system, experiment.data)
    ones = to_unit_range(experiment.data.deck("test")[torch.arange(15)].real)
    scores = experiment.system.scores(Batch(torch.cat([ones, ones[:1].flip(1, 2, 3).transpose(2, 3)])))
    assert {int(scores[name].argmax()) for name in DENOISING} == {15}


def test_the_distance_of_roots_weighs_what_should_be_black() -> None:
    black, white = torch.zeros(1, 1, 1, 1), torch.ones(1, 1, 1, 1)
    assert of_roots(black, black + 0.25).item() == pytest.approx(0.25)
    assert of_roots(white, white - 0.25).item() == pytest.approx((1 - 0.75**0.5) ** 2)
    assert of_roots(white.expand(2, 1, 2, 2), black).tolist() == [4, 4]
    assert of_roots(black - 1e-7, black).item() == 0  # rounding below black


def test_points_have_no_roots(composed: Any) -> None:
    system = assemble(composed(*SMALL, "data=ring", "system.noise=0.5", "likelihood=gaussian")).system
    assert system.score_names == ("reconstruction", *DENOISING[:2]) == tuple(system.scores(Batch(torch.randn(4, 2))))


def test_noise_beside_sources_is_refused(composed: Any) -> None:
    with pytest.raises(ConfigError, match=r"system\.noise=0\.5 hides images, and this data has a source for each"):
        assemble(composed(*SMALL, *DENOISE, "system.noise=0.5"))
