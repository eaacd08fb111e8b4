"""In what the configuration of a run differs from its recipe: from its experiment, or from its model and data as they
come.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from gan_runner.config.options import CONFIGS
from gan_runner.runs.naming import typed_of
from gan_runner.runs.settings import GROUPS, flat

PARTS = (*GROUPS, "trainer", "evaluation", "metrics", "features", "callbacks")
"""Groups that are compared; where a run lies and how it is logged are not."""
ASIDE = ("root", "cache", "folder", "run", "accelerator", "fused", "lang")
"""Keys in them that say where things are, or what was found on the machine."""
COMMAND = ("resume", "name", "trace", "trust", "debug", "allow_changes", "skip_finished")
"""Keys of the command line that are no settings of a run."""

log = logging.getLogger(__name__)


class Difference(NamedTuple):
    """A setting, its value in the recipe (None: it has none) and in the run."""

    key: str
    recipe: str | None
    here: str | None


class Compared(NamedTuple):
    """What a run is compared with, in words of the command line; None where that could not be composed."""

    recipe: str | None
    differences: list[Difference]


def compared(facts: Mapping[str, Any], config: Mapping[str, Any]) -> Compared:
    """The run beside its recipe; what was typed where that cannot be composed, or the run has no configuration ({})."""
    chosen = choices(facts)
    try:
        recipe = composed(*chosen) if config else None
    except Exception as error:  # a recipe of one's own, or of another version
        log.debug("the recipe %s is not composed: %s", chosen, error)
        recipe = None
    if recipe is None:
        return Compared(None, _typed(facts))
    here = flattened(config)
    keys = [key for key in dict.fromkeys([*recipe, *here]) if recipe.get(key) != here.get(key)]
    found = {key: Difference(key, recipe.get(key), here.get(key)) for key in keys}
    return Compared(" ".join(chosen) or "gan-train", [one for one in found.values() if not _follows(one, found)])


def _typed(facts: Mapping[str, Any]) -> list[Difference]:
    return [Difference(key, None, value) for key, value in typed_of(facts).items() if key not in COMMAND]


def choices(facts: Mapping[str, Any]) -> list[str]:
    """The recipe as overrides: the experiment where one was chosen, else model and data."""
    chosen = dict(facts.get("choices") or {})
    if experiment := chosen.get("experiment"):
        return [f"experiment={experiment}"]
    return [f"{group}={chosen[group]}" for group in ("model", "data") if group in chosen]


@cache
def composed(*overrides: str) -> Mapping[str, str]:
    """The settings of a recipe, flat. A composition that is under way is left as it is."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from omegaconf import OmegaConf

    before = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(CONFIGS), version_base="1.3"):
            config = compose("train", overrides=[*overrides, "paths.run=."])
    finally:
        GlobalHydra.instance().hydra = before
    return flattened(OmegaConf.to_container(config, resolve=True))  # type: ignore[arg-type]


def flattened(config: Mapping[str, Any]) -> dict[str, str]:
    """Dotted names and values as configurations write them, of the parts that are compared."""
    found = {"seed": written(config.get("seed", 0))}
    for part in PARTS:
        node = config.get(part)
        if part == "callbacks" and isinstance(node, Mapping):
            node = {name: one for name, one in node.items() if name not in ("evaluation", "report")}
        found |= {key: written(value) for key, value in flat(_with_lists(node), part, ASIDE)}
    found["tricks"] = ", ".join(config.get("tricks") or {}) or "none"
    return found


def _with_lists(node: Any) -> Any:
    """Lists as one value each: flat() tells scalars alone."""
    if isinstance(node, Mapping):
        return {key: _with_lists(value) for key, value in node.items()}
    return f"[{', '.join(written(one) for one in node)}]" if isinstance(node, list) else node


def written(value: Any) -> str:
    """As configurations write it."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _follows(one: Difference, found: Mapping[str, Difference]) -> bool:
    """Whether it is told by a key of its group: optimizer.generator.lr by optimizer.lr."""
    group, _, rest = one.key.partition(".")
    above = found.get(f"{group}.{rest.rpartition('.')[2]}")
    return above is not None and above.key != one.key and above[1:] == one[1:]
