"""Keys that the configuration of an earlier version's run has not: its parts take them all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from gan_runner.cli.nodes import child, first_missing, is_mapping, raw
from gan_runner.config.schema import Settings
from gan_runner.config.signatures import takes


def with_new_keys(composed: Path, overrides: Sequence[str]) -> Iterator[str]:
    """The same overrides of the configuration of a run folder, by which Hydra also sets keys that are newer than it."""
    config = OmegaConf.load(composed)
    for override in overrides:
        key, equals, _ = override.partition("=")
        plain = equals and key[0] not in "+~-"
        yield f"++{override}" if plain and is_mapping(config) and _is_new(config, key) else override


def _is_new(config: DictConfig, key: str) -> bool:
    above, _, name = key.rpartition(".")
    return first_missing(config, key) == key and _has(config, above, name)


def _has(config: DictConfig, above: str, name: str) -> bool:
    """Whether the part at a dotted key has such a setting."""
    if not above:
        return name in Settings.model_fields
    target = raw(child(config, above), "_target_")
    return isinstance(target, str) and takes(target, name)
