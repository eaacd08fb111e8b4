"""What systems answer, and in which mode."""

from contextlib import suppress
from typing import Any

import pytest
import torch

from fixtures.scoring import Scoring
from gan_runner.assemble import build_system
from gan_runner.config.plain import plain_config
from gan_runner.evaluation.answers import answers_of
from gan_runner.evaluation.choosing import left_by
from gan_runner.latents import Gaussian
from gan_runner.metrics.anomaly import Anomaly
from gan_runner.networks.dcgan import Generator
from gan_runner.systems.base import evaluating
from gan_runner.types import Batch, Origin


@pytest.fixture
def scoring() -> Any:
    torch.manual_seed(0)
    system = Scoring(
        (1, 8, 8), Gaussian(4), lambda shape: Generator(shape, latent_dim=4, width=4), optimizers={}, schedules={}
    )
    system.origin = Origin({}, (1, 8, 8))
    return system.train()


ASKS = {"scores": {}, "search": {"steps": 2, "seed": 0}}


def test_a_system_answers_what_it_can(scoring: Any, composed: Any) -> None:
    assert answers_of(scoring, ASKS).keys() == {"scores"}
    assert answers_of(scoring, ASKS)["scores"].names == ("reconstruction", "code")
    config = plain_config(composed("model=dcgan", "network.width=2", "latent.latent_dim=4"))
    gan = build_system(config, (1, 8, 8), None)
    assert {asked: one.names for asked, one in answers_of(gan, ASKS).items()} == {"search": ("search2",)}
    assert answers_of(gan, {"scores": {}}) == {}
    assert answers_of(None, ASKS) == {}


def test_networks_that_are_told_the_class_give_no_scores(scoring: Any) -> None:
    scoring.origin = Origin({"network": {"conditional": True}}, (1, 8, 8), 3)
    assert answers_of(scoring, {"scores": {}}) == {}


def test_networks_that_make_images_of_others_give_no_scores_and_the_way_out_is_told(composed: Any) -> None:
    damaged = ("model=autoencoder", "data=degraded", "data.of.image_size=8", "data.of.only=[3]", "latent.latent_dim=4")
    system = build_system(plain_config(composed(*damaged)), (1, 8, 8), None, source_shape=(1, 8, 8))
    assert answers_of(system, {"scores": {}}) == {}
    (why,) = left_by({"anomaly": Anomaly()}, ("a2b",), system).values()
    assert "learns to make images of others" in why
    assert "model=autoencoder system.noise=2" in why


def test_it_answers_in_evaluation_mode_without_a_gradient_and_stays_in_its_own(scoring: Any) -> None:
    images = torch.rand(6, 1, 8, 8) * 2 - 1
    answer = answers_of(scoring, ASKS)["scores"].answer
    with torch.no_grad():
        scoring.decoder(torch.randn(64, 4))  # statistics to go by
    before = {name: buffer.clone() for name, buffer in scoring.named_buffers()}
    together, alone = answer(Batch(images)), answer(Batch(images[2:3]))
    for name, values in together.items():
        assert not values.requires_grad
        torch.testing.assert_close(alone[name], values[2:3])  # BatchNorm of a batch would tell of the others
    assert all(torch.equal(buffer, before[name]) for name, buffer in scoring.named_buffers())
    assert scoring.training
    assert scoring.decoder.training
    assert not torch.allclose(scoring.scores(Batch(images))["reconstruction"], together["reconstruction"])


def test_each_module_comes_back_to_its_own_mode_whatever_happens(scoring: Any) -> None:
    scoring.encoder.eval()
    with suppress(RuntimeError), evaluating(scoring):
        assert not any(module.training for module in scoring.modules())
        raise RuntimeError
    assert (scoring.training, scoring.decoder.training, scoring.encoder.training) == (True, True, False)


def test_an_autoencoder_says_what_images_cost_and_what_comes_back_and_a_gan_neither(composed: Any) -> None:
    asks: dict[str, dict[str, Any]] = {"nats": {}, "reconstruction": {}}
    small = ("data.image_size=8", "latent.latent_dim=4")
    found = answers_of(build_system(plain_config(composed("model=vae", *small)), (1, 8, 8), None), asks)
    assert {asked: one.names for asked, one in found.items()} == {
        "nats": ("nats/bernoulli", "kl_nats/bernoulli", "nelbo/bernoulli"),
        "reconstruction": ("reconstruction",),
    }
    gan = build_system(plain_config(composed("model=dcgan", "network.width=2", *small)), (1, 8, 8), None)
    assert answers_of(gan, asks) == {}
