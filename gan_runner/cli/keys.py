"""Keys of the command line that no part of the configuration has.

Hydra would say so too, after it has composed gan-train's large configuration twice; one composition, of the chosen
options alone, tells which keys there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig

from gan_runner.cli.additions import (
    absent,
    refuse_addition,
    refuse_borrowed,
    refuse_idle,
    refuse_place,
    refuse_removal,
    refuse_value,
)
from gan_runner.cli.flags import flags_of, searched
from gan_runner.cli.nodes import first_missing, flat
from gan_runner.config.errors import ConfigError, did_you_mean
from gan_runner.config.options import CONFIGS, groups
from gan_runner.config.words import meant_by_key

FLAGS = ("-m", "--multirun", "-r", "--run")
"""With any other, Hydra is asked something else, or composes another configuration than this package's alone."""


def refuse_unknown(command: str, arguments: Sequence[str]) -> None:
    """Raises ConfigError for a key that the configuration has not, whatever the values, and for one that it must have.

    Silent where Hydra must tell: of what is no key=value, of options that do not exist, of a sweep over options, of
    other configurations, that of a run folder among them.
    """
    known = groups(command)
    overrides = _parsed([argument for argument in arguments if argument not in FLAGS])
    for one in overrides:
        refuse_place(one, command)
    keys = [one for one in overrides if one.key_or_group not in known and _sets_a_key(one)]
    if not keys or any(one.key_or_group == "resume" and one.value() not in (None, "", "auto") for one in keys):
        return
    config = composed(command, arguments)
    if config is None:
        return
    made = [f"{one.key_or_group}." for one in keys if one.is_add() or isinstance(one.value(), dict)]
    for one in keys:
        key = one.key_or_group
        refuse_borrowed(config, key)
        refuse_idle(config, key)
        if one.is_delete():
            refuse_removal(config, key)
        elif first_missing(config, key) is None:
            refuse_value(config, one, keys)
        elif one.is_add() or one.is_force_add():
            refuse_addition(config, one, keys, arguments)
        elif not f"{key}.".startswith(tuple(made)):
            raise ConfigError(unknown(command, key, config, str(one.input_line).partition("=")[2]))


def composed(command: str, arguments: Sequence[str]) -> DictConfig | None:
    """What the options chosen among `arguments` compose; None when they do not, or when they are swept over."""
    known, said = groups(command), flags_of(arguments)
    read = (one for override in said.overrides for one in _parsed([override]))
    choices = [one for one in read if one.key_or_group in known]
    if any(one.is_sweep_override() for one in choices):
        return None
    return _composed(command, (*searched(said.config_dir), *(str(one.input_line) for one in choices)))


@cache
def _composed(command: str, choices: tuple[str, ...]) -> DictConfig | None:
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        try:
            return compose(command, overrides=list(choices))
        except Exception:  # Hydra will say so of the whole command line
            return None


def swept_groups(command: str, arguments: Sequence[str]) -> list[str]:
    """The groups that several options are given: Hydra first composes a sweep without them, with the defaults."""
    known, words = groups(command), _parsed(flags_of(arguments).overrides)
    return [one.key_or_group for one in words if one.key_or_group in known and one.is_sweep_override()]


def _sets_a_key(override: Override) -> bool:
    """Of the experiment, that is: not of Hydra itself, nor a group's place."""
    key = override.key_or_group
    of_groups = "/" in key or override.package is not None
    return key.partition(".")[0] not in ("", "hydra") and not of_groups


def _parsed(arguments: list[str]) -> list[Override]:
    """Overrides as Hydra reads them; none where it cannot."""
    try:
        return OverridesParser.create().parse_overrides(arguments)
    except Exception:
        return []


def unknown(command: str, key: str, config: DictConfig | None, value: str = "") -> str:
    """That a key is unknown, and which of the known ones was meant: by its letters, or as others call it."""
    if config is not None and (told := absent(config, key)):
        return told
    known = [*groups(command), *flat(config)]
    last = {name.rpartition(".")[2]: name for name in reversed(known)}
    close = called_elsewhere(command, key, known, value)
    close = close or did_you_mean(key, known) or did_you_mean(key.rpartition(".")[2], last)
    return f"unknown key {key}{close or '; `gan-' + command + ' --help` lists the groups, `--cfg job` the keys'}"


def called_elsewhere(command: str, key: str, known: Collection[str], value: str = "") -> str:
    """' (did you mean …?)' where slides and tutorials call by this name what the command has; else nothing."""
    ours = meant_by_key(key, value)
    if ours is None or ours == key or (command != "train" and ours not in known):
        return ""
    return f" (did you mean {ours}?)"
