"""Keys of the command line that no part of the configuration has.

Hydra would say so too, after it has composed gan-train's large configuration twice; one composition, of the chosen
options alone, tells which keys there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from gan_runner.config.errors import ConfigError, nearest
from gan_runner.config.options import CONFIGS, groups
from gan_runner.config.signatures import parameters

if TYPE_CHECKING:
    from omegaconf import DictConfig

ELSEWHERE = ("--config-path", "-cp", "--config-name", "-cn", "--config-dir", "-cd", "--experimental-rerun")
"""Flags by which Hydra composes another configuration than this package's alone."""
RESUMES = re.compile(r"resume=(?!auto$|null$|$)")
"""So does a run folder."""
SETS = re.compile(r"(\+{0,2})([A-Za-z_]\w*(?:\.\w+)*)=")
"""An argument that sets a key, + when the key is new."""


def refuse_unknown(command: str, arguments: Sequence[str]) -> None:
    """Raises ConfigError for a key that the configuration has not, whatever the values. Silent where Hydra must tell:
    of options that do not exist, of a sweep over options, of other configurations.
    """
    known = groups(command)
    given = [(match[1], match[2]) for argument in arguments if (match := SETS.match(argument))]
    keys = [(plus, key) for plus, key in given if key not in known and key.partition(".")[0] != "hydra"]
    if not keys or any(one.partition("=")[0] in ELSEWHERE or RESUMES.match(one) for one in arguments):
        return
    config = composed(command, arguments)
    if config is None:
        return
    new = [key for plus, key in keys if plus]
    for plus, key in keys:
        if plus:
            _refuse_argument(config, key)
        elif _is_missing(config, key) and not any(f"{key}.".startswith(f"{one}.") for one in new):
            raise ConfigError(unknown(command, key, [*known, *flat(config)]))


def composed(command: str, arguments: Sequence[str]) -> DictConfig | None:
    """What the options chosen among `arguments` compose; None when they do not, or when they are swept over."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    known = groups(command)
    choices = [one for one in arguments if re.split("[@=]", one, maxsplit=1)[0].lstrip("+~") in known]
    if any("," in re.sub(r"\[[^\]]*\]", "", choice) for choice in choices):
        return None
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        try:
            return compose(command, overrides=choices)
        except Exception:  # Hydra will say so of the whole command line
            return None


def unknown(command: str, key: str, known: Sequence[str]) -> str:
    """That a key is unknown, and which of the known ones was meant."""
    last = {name.rpartition(".")[2]: name for name in reversed(known)}
    close = did_you_mean(key, known) or did_you_mean(key.rpartition(".")[2], last)
    return f"unknown key {key}{close or '; `gan-' + command + ' --help` lists the groups, `--cfg job` the keys'}"


def did_you_mean(word: str, known: Sequence[str] | dict[str, str]) -> str:
    """' (did you mean …?)', or nothing. Of a mapping what is meant is told by the name that it leads to."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    if not close:
        return ""
    return f" (did you mean {known[close[0]] if isinstance(known, dict) else close[0]}?)"


def flat(node: Any, path: str = "") -> Iterator[str]:
    """Every key below a node, dotted."""
    from omegaconf import DictConfig

    if isinstance(node, DictConfig):
        for key in node:
            inner = ".".join(filter(None, (path, str(key))))
            yield inner
            yield from flat(node._get_node(key), inner)


def _is_missing(config: DictConfig, key: str) -> bool:
    """Whether a mapping on the way to the key has not the next name."""
    node: Any = config
    for name in key.split("."):
        if not _is_mapping(node):
            return False
        if name not in node.keys():  # noqa: SIM118  # `in` of a DictConfig denies a key without a value
            return True
        node = node._get_node(name)
    return False


def _refuse_argument(config: DictConfig, key: str) -> None:
    """A new key of a part is an argument of its class."""
    path, _, name = key.rpartition(".")
    node: Any = config
    for step in (*path.split("."), "_target_"):
        node = node._get_node(step) if _is_mapping(node) else None
    signature = None if node is None else parameters(node._value())
    if signature is not None and not signature[1] and name not in signature[0] and name[0] != "_":
        raise ConfigError(f"unknown key {key}{nearest(name, signature[0])}")


def _is_mapping(node: Any) -> bool:
    from omegaconf import DictConfig

    return isinstance(node, DictConfig) and not node._is_none() and not node._is_interpolation()
