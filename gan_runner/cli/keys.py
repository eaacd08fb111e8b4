"""Keys of the command line that no part of the configuration has.

Hydra would say so too, after it has composed gan-train's large configuration twice; one composition, of the chosen
options alone, tells which keys there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from gan_runner.config.errors import ConfigError, nearest
from gan_runner.config.options import CONFIGS, groups
from gan_runner.config.overrides import quoted
from gan_runner.config.signatures import parameters

FLAGS = ("-m", "--multirun", "-r", "--run")
"""With any other, Hydra is asked something else, or composes another configuration than this package's alone."""


def refuse_unknown(command: str, arguments: Sequence[str]) -> None:
    """Raises ConfigError for a key that the configuration has not, whatever the values.

    Silent where Hydra must tell: of what is no key=value, of options that do not exist, of a sweep over options, of
    other configurations, that of a run folder among them.
    """
    known = groups(command)
    overrides = _parsed([argument for argument in arguments if argument not in FLAGS])
    keys = [one for one in overrides if one.key_or_group not in known and _sets_a_key(one)]
    if not keys or any(one.key_or_group == "resume" and one.value() not in (None, "", "auto") for one in keys):
        return
    config = composed(command, arguments)
    if config is None:
        return
    made = [f"{one.key_or_group}." for one in keys if one.is_add() or isinstance(one.value(), dict)]
    for one in keys:
        key = one.key_or_group
        if one.is_add():
            _refuse_argument(config, key, {one.key_or_group for one in keys})
        elif not one.is_force_add() and _is_missing(config, key) and not f"{key}.".startswith(tuple(made)):
            raise ConfigError(unknown(command, key, [*known, *flat(config)]))


def composed(command: str, arguments: Sequence[str]) -> DictConfig | None:
    """What the options chosen among `arguments` compose; None when they do not, or when they are swept over."""
    known = groups(command)
    read = (one for argument in arguments if argument[:1] != "-" for one in _parsed([argument]))
    choices = [one for one in read if one.key_or_group in known]
    if any(one.is_sweep_override() for one in choices):
        return None
    return _composed(command, (*_searched(arguments), *(str(one.input_line) for one in choices)))


@cache
def _composed(command: str, choices: tuple[str, ...]) -> DictConfig | None:
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        try:
            return compose(command, overrides=list(choices))
        except Exception:  # Hydra will say so of the whole command line
            return None


def _searched(arguments: Sequence[str]) -> list[str]:
    """The folder of --config-dir, where options are looked for too."""
    for index, argument in enumerate(arguments):
        flag, equals, folder = argument.partition("=")
        if flag in ("--config-dir", "-cd"):
            folder = folder if equals else next(iter(arguments[index + 1 :]), "")
            return [f"hydra.searchpath=[{quoted(f'file://{Path(folder).absolute()}')}]"]
    return []


def _sets_a_key(override: Override) -> bool:
    """Of the experiment, that is: not of Hydra itself, nor a group's place, nor to remove something."""
    key = override.key_or_group
    of_groups = "/" in key or override.package is not None
    return key.partition(".")[0] not in ("", "hydra") and not of_groups and not override.is_delete()


def _parsed(arguments: list[str]) -> list[Override]:
    """Overrides as Hydra reads them; none where it cannot."""
    try:
        return OverridesParser.create().parse_overrides(arguments)
    except Exception:
        return []


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


def _refuse_argument(config: DictConfig, key: str, given: set[str]) -> None:
    """A new key of a part is an argument of its class, which may be `given` too."""
    path, _, name = key.rpartition(".")
    target = f"{path}._target_" if path else "_target_"
    if target in given or _is_missing(config, target) or not isinstance(made := OmegaConf.select(config, target), str):
        return
    signature = parameters(made)
    if signature is not None and not signature[1] and name not in signature[0] and name[0] != "_":
        raise ConfigError(f"unknown key {key}{nearest(name, signature[0])}")


def _is_mapping(node: Any) -> bool:
    return isinstance(node, DictConfig) and not node._is_none() and not node._is_interpolation()
