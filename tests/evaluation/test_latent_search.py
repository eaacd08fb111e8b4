"""The latent of the nearest image that a GAN makes."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from fixtures.noise_pairs import TRANSLATING
from gan_runner.assemble import build_system
from gan_runner.config.plain import plain_config
from gan_runner.evaluation.latent_search import LatentSearch, nearer
from gan_runner.systems.base import evaluating
from gan_runner.types import Batch, Score

SHAPE = (1, 8, 8)


@pytest.fixture
def gan(composed: Any) -> Callable[..., Any]:
    def make(*overrides: str, **more: Any) -> Any:
        torch.manual_seed(0)
        model = next((one for one in overrides if one.startswith("model=")), "model=dcgan")
        small = ("network.width=4", "latent.latent_dim=5") if model in ("model=dcgan", "model=cgan") else ()
        config = plain_config(composed(model, *small, *(one for one in overrides if one != model)))
        return build_system(config, more.get("shape", SHAPE), 10, more.get("source_shape"))

    return make


def made(system: Any, count: int, seed: int = 1) -> torch.Tensor:
    """Images that the generator can make."""
    z = system.latent.sample(count, generator=torch.Generator().manual_seed(seed))
    with evaluating(system), torch.no_grad():
        return system.sampler()[0](z, None)


def scores(search: LatentSearch, images: torch.Tensor) -> torch.Tensor:
    with evaluating(search.system):
        return search.scores(Batch(images))[search.name]


def test_a_planted_outlier_is_odder_and_its_reconstruction_is_no_likeness(gan: Any) -> None:
    search = LatentSearch(gan(), steps=60)
    images = torch.cat([made(search.system, 5), torch.eye(8)[None, None] * 2 - 1])
    found = scores(search, images)
    assert int(found.argmax()) == 5
    with evaluating(search.system):
        errors = (search.reconstruct(images) - images).abs().flatten(1).sum(1)
    assert int(errors.argmax()) == 5
    assert found[5] > 2 * found[:5].max()


def test_longer_searches_and_more_of_them_come_nearer(gan: Any) -> None:
    system = gan()
    images = made(system, 4)
    one, more, again = (scores(LatentSearch(system, steps), images) for steps in (1, 60, 60))
    assert (more < one).all()
    assert torch.equal(more, again)
    restarted = scores(LatentSearch(system, 60, restarts=3), images)
    assert (restarted <= more + 1e-4).all()
    assert LatentSearch(system, 60, restarts=3).name == "search60x3"
    assert not torch.equal(scores(LatentSearch(system, 3, seed=1), images), scores(LatentSearch(system, 3), images))


def test_nothing_of_the_networks_moves(gan: Any) -> None:
    system = gan("tricks=[spectral_norm,ema]").train()
    before = {name: value.clone() for name, value in system.state_dict().items() if isinstance(value, torch.Tensor)}
    scores(LatentSearch(system, steps=5), made(system, 2))
    assert all(torch.equal(value, before[name]) for name, value in system.state_dict().items() if name in before)
    assert all(parameter.grad is None for parameter in system.parameters())
    assert all(module.training for module in system.games.modules())


class Sociable(nn.Module):
    """Features of an image that tell of the others in its batch too."""

    def forward(self, image: torch.Tensor, label: Any = None) -> Score:
        flat = image.flatten(1)
        return Score(flat[:, :1], torch.cat([flat, flat.std(0, correction=0).expand_as(flat)], 1))


@pytest.mark.parametrize("tricks", ["[]", "[minibatch_stddev]", "[minibatch_discrimination]", "sociable"])
def test_a_score_depends_on_its_image_alone(gan: Any, tricks: str) -> None:
    system = gan("tricks=[]" if tricks == "sociable" else f"tricks={tricks}")
    search = LatentSearch(system, steps=5)
    if tricks == "sociable":
        search.discriminator = Sociable()
    images = made(system, 3)
    together = scores(search, images)
    torch.testing.assert_close(scores(search, images.flip(0)).flip(0), together)
    torch.testing.assert_close(scores(search, images[1:2]), together[1:2])
    torch.testing.assert_close(scores(search, images[[0, 0]])[0], together[0])
    assert search._minds_company is (tricks == "sociable")


def test_the_score_is_nine_parts_pixels_and_one_part_features(gan: Any) -> None:
    system = gan()
    search, images = LatentSearch(system, steps=2), torch.rand(2, *SHAPE) * 2 - 1
    with evaluating(system), torch.no_grad():
        z, found = search._found(images)
        image = system.game.generator(z, None)
        f, g = (system.game.discriminator(one, None).features for one in (images, image))
    expected = 0.9 * (images - image).abs().flatten(1).sum(1) + 0.1 * (f - g).abs().flatten(1).sum(1)
    torch.testing.assert_close(found, expected)


def test_it_descends_also_where_no_gradient_is_asked_for(gan: Any) -> None:
    search = LatentSearch(gan(), steps=20)
    images = made(search.system, 2)
    with torch.no_grad():
        without = scores(search, images)
    assert torch.equal(without, scores(search, images))


@pytest.mark.parametrize(
    ("overrides", "more", "told"),
    [
        (("model=cgan",), {}, "a GAN that is told no labels"),
        (("tricks=[pacgan]",), {}, "judges single images, and tricks.pacgan packs them"),
        (("model=cyclegan", *TRANSLATING), {"shape": (3, 8, 8), "source_shape": (3, 8, 8)}, "makes images of latents"),
        (("model=vanilla", "data=ring"), {"shape": (2,)}, "makes images of latents"),
    ],
)
def test_what_cannot_be_searched_is_refused(gan: Any, overrides: Any, more: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        LatentSearch(gan(*overrides, **more))


def test_of_two_finds_the_nearer_counts_row_by_row() -> None:
    one = torch.zeros(2, 3), torch.tensor([1.0, 5.0])
    other = torch.ones(2, 3), torch.tensor([2.0, 4.0])
    z, score = nearer(one, other)
    assert z[:, 0].tolist() == [0, 1]
    assert score.tolist() == [1, 4]


def test_its_networks_are_those_of_evaluation(gan: Any) -> None:
    system = gan("tricks=[ema]")
    search = LatentSearch(system)
    assert search.generator is system.sampler()[0]
    assert search.generator is not system.game.generator
    assert isinstance(search.discriminator, nn.Module)
