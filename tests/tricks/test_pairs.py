"""Every ordered pair of tricks trains, or is refused when the experiment is assembled."""

from copy import deepcopy
from functools import cache
from itertools import permutations
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
SMALL = [
    "data=synthetic", "data.image_size=8", "data.num_samples=8", "data.batch_size=4",
    "trainer=cpu", "trainer.max_steps=2", "callbacks=none", "logger=none", "paths.run=unused",
]  # fmt: skip


NETWORKS = {
    "dcgan": ["network.width=4"],
    "progan": ["network=progan", "network.max_channels=4", "network.base_channels=16",
               "tricks.growing.stable_images=2", "tricks.growing.fade_images=8"],  # the second batch is in the fade
}  # fmt: skip


@cache
def configuration(network: str = "dcgan") -> tuple[DictConfig, DictConfig]:
    """Without any trick, and the nodes of all."""
    config = composed(*SMALL, *NETWORKS[network], f"tricks=[{','.join(TRICKS)}]")
    tricks, config.tricks = config.tricks, {}
    return config, tricks


def scope(trick: str) -> int:
    return int(get_object(configuration()[1][trick]["_target_"]).scope)


def pairs() -> list[tuple[str, str]]:
    """Tricks wrap by scope, so the order of two of different scopes in the configuration is no other game."""
    return [(a, b) for a, b in permutations(TRICKS, 2) if scope(a) <= scope(b)]


def with_tricks(*names: str) -> Any:
    without, tricks = configuration("progan" if "growing" in names else "dcgan")
    config = deepcopy(without)
    config.tricks = {name: tricks[name] for name in names}
    config.network.conditional = "generator" if "auxiliary_classifier" in names else False
    return config


@pytest.mark.parametrize("first", TRICKS)
def test_the_order_of_two_scopes_is_no_choice(first: str) -> None:
    second = next((trick for trick in TRICKS if scope(trick) != scope(first)), None)
    assert second is not None
    one, other = (assemble(with_tricks(*pair)).system.all_games[0] for pair in ((first, second), (second, first)))
    assert list(one.tricks) == list(other.tricks)


@pytest.mark.parametrize("pair", pairs(), ids="-".join)
def test_a_pair_trains_or_is_refused(pair: tuple[str, str]) -> None:
    if set(pair) in REFUSED:
        with pytest.raises(ValueError, match=rf"(?=.*tricks\.{pair[0]})(?=.*tricks\.{pair[1]})"):
            assemble(with_tricks(*pair))
        return
    experiment = assemble(with_tricks(*pair))
    before = [p.detach().clone() for p in experiment.system.parameters()]
    experiment.trainer.fit(experiment.system, experiment.data)
    after = list(experiment.system.parameters())
    assert all(p.isfinite().all() for p in after)
    assert not all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
