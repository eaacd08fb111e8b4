"""One game from a latent to data: what is dealt, and who makes samples."""

from typing import Any

import pytest
import torch

from gan_runner.assemble import build_system
from gan_runner.config.plain import plain_config
from gan_runner.types import Batch


@pytest.fixture
def make_gan(composed: Any) -> Any:
    """make_gan('tricks=[ema]', …) -> an untrained system for images (1, 8, 8) of ten classes."""

    def make(*overrides: str) -> Any:
        torch.manual_seed(0)
        config = plain_config(composed("model=dcgan", "network.width=2", "latent.latent_dim=5", *overrides))
        return build_system(config, (1, 8, 8), 10)

    return make


def test_a_hand_is_the_batch_and_latents_of_its_own(make_gan: Any) -> None:
    gan = make_gan()
    real, label = torch.rand(4, 1, 8, 8), torch.tensor([3, 1, 4, 1])
    torch.manual_seed(7)
    first, second = (gan.hands(Batch(real, label))["gan"] for _ in range(2))
    assert first.real is real
    assert first.label is label
    assert first.source.shape == (4, 5)
    assert not first.source.equal(second.source)
    torch.manual_seed(7)
    assert first.source.equal(torch.randn(4, 5))  # of the run's own stream
    assert gan.hands(Batch(real))["gan"].label is None


def test_there_is_one_game_and_it_is_what_the_checkpoint_names(make_gan: Any) -> None:
    gan = make_gan()
    assert gan.all_games == [gan.game]
    assert gan.games["gan"] is gan.game
    assert {name.split(".")[1] for name, _ in gan.named_parameters()} == {"gan"}


def test_samples_come_from_the_network_that_a_trick_chose(make_gan: Any) -> None:
    plain, averaged = make_gan("tricks=[]"), make_gan("tricks=[ema]")
    assert plain.sampler() == (plain.game.generator, "generator")
    assert averaged.sampler() == (averaged.game.tricks["ema"].average, "ema")
    assert (plain.shape, plain.latent.latent_dim) == ((1, 8, 8), 5)


@pytest.mark.parametrize(
    ("settings", "held"),
    [
        ((), False),
        (("network.conditional=true",), True),
        (("network.conditional=generator",), False),
        (("network.conditional=generator", "tricks=[auxiliary_classifier]"), True),
    ],
)
def test_samples_are_held_to_classes_where_a_player_or_a_trick_knows_them(
    make_gan: Any, settings: tuple[str, ...], held: bool
) -> None:
    assert make_gan(*settings).labelled is held
