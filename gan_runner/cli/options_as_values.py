"""Options of groups as values: what the configuration of a run folder, which is composed already, can still take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gan_runner.config.options import CONFIGS, groups
from gan_runner.config.overrides import quoted

TAKEN = ("loss", "optimizer", "schedule", "tricks")
"""Groups that a run may go on with another option of; the others make players or data."""
ADDED = re.compile(r"\+{0,2}tricks@tricks\.(\w+)=(\w+)")
"""How a trick is added to those of a recipe, and how the monitor's advice adds it."""


def as_values(override: str) -> list[str]:
    """The same choice as overrides of keys; any other override as it is. Raises what Hydra does of unknown options.

    schedule=linear -> ~schedule, +schedule={generator: …}
    """
    if added := ADDED.fullmatch(override):
        return [f"++tricks.{added[1]}={written(_part('tricks', added[2]))}"]
    group, _, value = override.partition("=")
    if group not in TAKEN or group not in groups("train"):
        return [override]
    names = [name.strip() for name in value.strip().strip("[]").split(",") if name.strip()]
    node = {name: _part(group, name) for name in names} if group == "tricks" else _option(group, value)
    return [f"~{group}", f"+{group}={written(node)}"]


def _option(group: str, name: str) -> Any:
    """What an option composes to, with its references as they stand."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from omegaconf import OmegaConf

    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return OmegaConf.to_container(compose(f"{group}/{name}"))[group]  # type: ignore[call-overload,index]


def _part(group: str, name: str) -> Any:
    """What an option puts under its own name."""
    return _option(group, name)[name]


def written(node: Any) -> str:
    """A value in the grammar of Hydra's overrides."""
    if isinstance(node, Mapping):
        return "{" + ",".join(f"{key}:{written(value)}" for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ",".join(map(written, node)) + "]"
    if isinstance(node, str):
        reference = re.fullmatch(r"\$\{[\w.]+\}", node)
        return node if reference else quoted(node)
    return "null" if node is None else str(node).lower() if isinstance(node, bool) else repr(node)
