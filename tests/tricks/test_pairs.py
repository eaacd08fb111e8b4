"""Every pair of tricks, and some triples, train or are refused when the experiment is assembled."""

import random
from copy import deepcopy
from functools import cache
from itertools import combinations, permutations
from typing import Any

import pytest
import torch
from hydra.utils import get_object
from omegaconf import DictConfig

from fixtures.composing import composed
from gan_runner.assemble import assemble
from gan_runner.config.options import CONFIGS

TRICKS = sorted(path.stem for path in (CONFIGS / "tricks").glob("*.yaml"))
REFUSED = [
    {"spectral_norm", "weight_clipping"},
    {"growing", "weight_clipping"},
    {"pacgan", "latent_regression"},
    {"pacgan", "latent_prior"},
    {"replay", "latent_regression"},
    {"replay", "latent_prior"},
    {"pacgan", "auxiliary_classifier"},
    {"replay", "auxiliary_classifier"},
]
"""Pairs of tricks that cannot be played together."""
ALONE = {
    "points": {"ada", "diff_augment", "auxiliary_classifier", "growing"},
    "conditional": {"pacgan", "auxiliary_classifier", "replay"},
    "grey": set(),
    "colour": set(),
}
"""Tricks that a game cannot be played with, whatever is beside them."""
SMALL = [
    "data.num_samples=8", "data.batch_size=4", "metrics=none",
    "trainer=cpu", "trainer.max_steps=2", "callbacks=none", "logger=none", "paths.run=unused",
]  # fmt: skip
IMAGES = ["data=synthetic", "data.image_size=8", "network.width=4"]
GAMES = {
    "colour": IMAGES,
    "grey": [*IMAGES, "data.channels=1"],
    "conditional": [*IMAGES, "network.conditional=true"],
    "points": ["model=vanilla", "data=ring", "network.generator.hidden=[8]", "network.discriminator.hidden=[8]"],
}
GROWING = [
    "data=synthetic", "data.image_size=8", "network=progan", "network.max_channels=4", "network.base_channels=16",
    "tricks.growing.stable_images=2", "tricks.growing.fade_images=8",  # the second batch is in the fade
]  # fmt: skip
TRIPLES = 60


@cache
def configuration(game: str = "colour", growing: bool = False) -> tuple[DictConfig, DictConfig]:
    """Without any trick, and the nodes of all."""
    channels = ["data.channels=1"] if game == "grey" else []
    conditional = ["network.conditional=true"] if game == "conditional" else []
    parts = [*GROWING, *channels, *conditional] if growing else GAMES[game]
    config = composed(*SMALL, *parts, f"tricks=[{','.join(TRICKS)}]")
    tricks, config.tricks = config.tricks, {}
    return config, tricks


def scope(trick: str) -> int:
    return int(get_object(configuration()[1][trick]["_target_"]).scope)


def pairs() -> list[tuple[str, str]]:
    """Tricks wrap by scope, so the order of two of different scopes in the configuration is no other game."""
    return [(a, b) for a, b in permutations(TRICKS, 2) if scope(a) <= scope(b)]


def with_tricks(*names: str, game: str = "colour") -> Any:
    without, tricks = configuration(game, "growing" in names and game != "points")
    config = deepcopy(without)
    config.tricks = {name: tricks[name] for name in names}
    if "auxiliary_classifier" in names and game not in ("conditional", "points"):
        config.network.conditional = "generator"
    return config


def trains(config: Any) -> None:
    """Its weights move and stay finite."""
    experiment = assemble(config)
    before = [p.detach().clone() for p in experiment.system.parameters()]
    experiment.trainer.fit(experiment.system, experiment.data)
    after = list(experiment.system.parameters())
    assert all(p.isfinite().all() for p in after)
    assert not all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def trains_or_is_refused(game: str, *names: str) -> None:
    """Refused are tricks that the game cannot be played with, by their key, and pairs, by both keys."""
    alone = [rf"tricks\.{name}|network\.conditional" for name in names if name in ALONE[game]]
    pairs = [f"(?=.*tricks\\.{a})(?=.*tricks\\.{b})" for a, b in combinations(names, 2) if {a, b} in REFUSED]
    if not alone and not pairs:
        trains(with_tricks(*names, game=game))
        return
    with pytest.raises(ValueError, match="|".join([*alone, *pairs])):
        assemble(with_tricks(*names, game=game))


@pytest.mark.parametrize("first", TRICKS)
def test_the_order_of_two_scopes_is_no_choice(first: str) -> None:
    second = next((trick for trick in TRICKS if scope(trick) != scope(first)), None)
    assert second is not None
    one, other = (assemble(with_tricks(*pair)).system.all_games[0] for pair in ((first, second), (second, first)))
    assert list(one.tricks) == list(other.tricks)


@pytest.mark.parametrize("pair", pairs(), ids="-".join)
def test_a_pair_trains_or_is_refused(pair: tuple[str, str]) -> None:
    trains_or_is_refused("colour", *pair)


@pytest.mark.parametrize("pair", combinations(TRICKS, 2), ids="-".join)
def test_a_pair_on_points_trains_or_is_refused(pair: tuple[str, str]) -> None:
    trains_or_is_refused("points", *pair)


def triples() -> list[tuple[str, ...]]:
    """The same at every run: a game and three tricks, in any order."""
    draw = random.Random(0)
    return [(draw.choice(list(GAMES)), *draw.sample(TRICKS, 3)) for _ in range(TRIPLES)]


@pytest.mark.slow
@pytest.mark.parametrize("triple", triples(), ids="-".join)
def test_a_triple_trains_or_is_refused(triple: tuple[str, ...]) -> None:
    trains_or_is_refused(*triple)
