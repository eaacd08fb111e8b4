"""Recipes as they are today, and whether a run played one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from gan_runner.config.options import CONFIGS

PARTS = (
    "data", "latent", "likelihood", "loss", "network", "optimizer",
    "schedule", "system", "tricks", "metrics", "features",
)  # fmt: skip
"""What is played, and what measures it."""
KEYS = ("objective", "trainer.max_steps", "trainer.precision", "evaluation.num_samples")
"""Of other parts."""
ELSEWHERE = {"root", "cache", "folder", "seed", "system._target_"}
"""Settings that a run may have otherwise than its recipe: where things lie, and in which module."""


@cache
def recipe_of(experiment: str, tricks: str) -> Mapping[str, Any]:
    """The settings of a recipe, with another list of tricks where there is one."""
    overrides = [f"experiment={experiment}", *([f"tricks={tricks}"] if tricks else [])]
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("train", overrides)
    return settings(config)


def settings(config: DictConfig) -> dict[str, Any]:
    """What of a configuration must be the same, by whole keys; `tricks` are their names."""
    parts = {part: OmegaConf.to_container(config[part], resolve=True) for part in PARTS if config.get(part) is not None}
    alone = {key: OmegaConf.select(config, key) for key in KEYS}
    return dict(leaves(parts)) | alone | {"tricks": sorted(config.tricks or [])}


def leaves(config: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting by its whole key."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{above}{key}.")
        elif not {key, above + key} & ELSEWHERE:
            yield f"{above}{key}", value


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether settings agree; one that only one of them knows is new, or gone, and taken for its default."""
    return all(one[key] == other[key] for key in one.keys() & other.keys())
