"""What +key=value may add to a configuration, what ~key may take from it, and what a class may be changed to."""

from __future__ import annotations

from collections.abc import Sequence

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig

from gan_runner.cli.nodes import child, first_missing, flat, is_mapping, parts_below, raw
from gan_runner.config.errors import ConfigError, did_you_mean, listed, nearest
from gan_runner.config.options import CONFIGS, NAMED, groups, is_optional, option_of
from gan_runner.config.signatures import parameters, takes
from gan_runner.config.words import meant_by_key

NONE = {"tricks": "tricks=[]", "schedule": "schedule=constant"}
"""How a group is left empty that has no option `none`."""


def refuse_place(override: Override, command: str) -> None:
    """Raises ConfigError for a group where none can be: one taken away, or one that takes the place of its parts."""
    group, line, known = override.key_or_group, override.input_line, groups(command)
    if group in known and override.is_delete() and override.package is None:
        raise ConfigError(_left_out(command, group, known[group]))
    if group in known and group not in NAMED and isinstance(chosen := override.value(), list):
        one = f"{group}={chosen[0] if chosen else '<option>'}"
        raise ConfigError(f"{line} is a list, and there is one {group}: {one}; known: {listed(known[group])}")
    if group in NAMED and override.package == group:
        option = override.value()
        raise ConfigError(
            f"{line} puts one in place of all {group}: give it a name, +{group}@{group}.{option}={option}"
        )
    first, *more = group.split("/")
    if more and first in known and first != "hydra" and not (CONFIGS / group).is_dir():
        told = f"{first}={override.value()}" if override.value() in known[first] else f"{first}=<option>"
        raise ConfigError(f"{line} chooses no group: {told} does; known: {', '.join(known[first])}")


def _left_out(command: str, group: str, known: Sequence[str]) -> str:
    if group in NONE or "none" in known:
        return f"~{group} is no way to leave all {group} out: {NONE.get(group, f'{group}=none')} is"
    if is_optional(command, group):
        return f"~{group} takes nothing away: without {group}=<option> there is none"
    return f"~{group} takes away what no game goes without: choose one, {group}=<option>; known: {', '.join(known)}"


def refuse_removal(config: DictConfig, key: str) -> None:
    """Raises ConfigError but for a trick, a metric, a callback, a logger, or an argument of a class."""
    above = key.rpartition(".")[0]
    if first_missing(config, key) is not None:
        raise ConfigError(f"unknown key {key}{did_you_mean(key, list(flat(config)))}")
    target = raw(config, f"{above}._target_") if above else None
    signature = parameters(target) if isinstance(target, str) else None
    passed_on = signature is not None and signature[1]  # to a class of others, whose defaults are not ours
    if above in NAMED or (target and not passed_on):
        return
    value = child(config, key)
    default = "…" if value is None or is_mapping(value) else value._value()
    raise ConfigError(
        f"~{key} takes away what a run needs: give it a value instead, as in {key}={default}; what can be taken away "
        f"are single {', '.join(NAMED)}, and arguments of a class"
    )


def refuse_addition(config: DictConfig, added: Override, keys: Sequence[Override], arguments: Sequence[str]) -> None:
    """Raises ConfigError for a new key that nothing would read.

    A part may get an argument of its class, a group a part with its class. Any other key is for others to refer to.
    """
    key = added.key_or_group
    if _is_referred_to(key, arguments):
        return
    path, _, name = key.rpartition(".")
    given = {one.key_or_group for one in keys}
    for one in keys:
        value = one.value()
        given |= {f"{one.key_or_group}.{inner}" for inner in value} if isinstance(value, dict) else set()
    if any(f"{part}._target_" in given for part in _beginnings(key)):
        return
    missing = first_missing(config, key) or key
    target = raw(config, f"{path}._target_" if path else "_target_")
    if isinstance(target, str):
        _refuse_argument(key, name, target)
    elif missing != key or path not in NAMED:  # a part that is no mapping is refused as such
        if any(isinstance(raw(config, f"{part}._target_"), str) for part in _beginnings(path)):
            return  # within an argument
        meant = meant_by_key(key, str(added.input_line).partition("=")[2])
        close = f" (did you mean {meant}?)" if meant not in (None, key) else did_you_mean(key, list(flat(config)))
        raise ConfigError(absent(config, key) or f"unknown key {key}{close}")


def _is_referred_to(key: str, arguments: Sequence[str]) -> bool:
    names = [f"${{{part}}}" for part in _beginnings(key)]
    return any(name in argument for argument in arguments for name in names)


def _beginnings(key: str) -> list[str]:
    names = key.split(".")
    return [".".join(names[:length]) for length in range(1, len(names) + 1)]


def _refuse_argument(key: str, name: str, target: str) -> None:
    signature = parameters(target)
    if signature is not None and not signature[1] and name not in signature[0] and name[0] != "_":
        raise ConfigError(f"unknown key {key}{nearest(name, signature[0])}")


def refuse_borrowed(config: DictConfig, key: str) -> None:
    """Raises ConfigError for a key of a part that is another's, by reference: what it refers to is where to set it."""
    for part in _beginnings(key)[:-1]:
        node = child(config, part)
        if node is not None and node._is_interpolation():
            other = str(node._value()).strip("${}")
            raise ConfigError(f"unknown key {key}: {part} is {other}, so set {other}{key.removeprefix(part)}")


def refuse_idle(config: DictConfig, key: str) -> None:
    """Raises ConfigError for an optimizer's or a schedule's setting of somebody who does not move in this system."""
    group, *names = key.split(".")
    part = ".".join([group, *names[:1]])
    if group not in ("optimizer", "schedule") or names[:1] != ["discriminator"]:
        return
    limits = child(config, "system.gradient_clip")  # of each player of a system of ours; classes take long to import
    players = list(map(str, limits)) if is_mapping(limits) else []
    if players and "discriminator" not in players:
        raise ConfigError(
            f"{key} is read by nobody: system._target_={raw(config, 'system._target_')} moves no discriminator, but "
            f"{', '.join(players)}: leave {part} out"
        )


def absent(config: DictConfig, key: str) -> str | None:
    """What to do where a key is of a part that was not chosen, or a setting of each part of a group."""
    group, *names = key.split(".")
    part = ".".join([group, *names[:1]])
    if group in NAMED and len(names) > 1 and first_missing(config, part):
        chosen = f"+{group}@{group}.{names[0]}={names[0]}"
        if (CONFIGS / group / f"{names[0]}.yaml").is_file():
            return f"{key}: {part} is not on, choose it too: {chosen} (then {key}=…, without +)"
        return f"unknown key {key}: there is no {part}{did_you_mean(names[0], known_options(group))}"
    path, _, name = key.rpartition(".")
    if name == "_target_" and (told := _of_no_part(config, path)):
        return told
    if not path or raw(config, f"{path}._target_"):
        return None
    takers = [below for below, target in parts_below(config, path).items() if takes(target, name)]
    if not takers:
        return None
    each = " ".join(
        f"{'' if child(config, f'{below}.{name}') is not None else '+'}{below}.{name}=…" for below in takers
    )
    return f"unknown key {key}: it is a setting of each player, {each}"


def _of_no_part(config: DictConfig, path: str) -> str | None:
    """What to do where null stands in the place of a part."""
    node = child(config, path)
    if node is None or is_mapping(node) or node._value() is not None:
        return None
    return (
        f"{path} holds no part: choose {path.partition('.')[0]}=<option>, or give it whole, '+{path}={{_target_: …}}'"
    )


def known_options(group: str) -> list[str]:
    """What may be chosen of a group of every command."""
    return groups("train").get(group, [])


def refuse_value(config: DictConfig, override: Override, keys: Sequence[Override]) -> None:
    """Raises ConfigError for an option in place of a part, and for a class that keeps the arguments of another."""
    key, value = override.key_or_group, override.value()
    part, _, name = key.rpartition(".")
    group = key.partition(".")[0]
    if isinstance(value, str) and value in known_options(group) and is_mapping(child(config, key)):
        raise ConfigError(f"{key}={value} puts a name in place of settings: {group}={value} chooses that option")
    made = override.is_add() or any(one.key_or_group == part for one in keys)
    if name == "_target_" and not made and (told := _of_no_part(config, part)):
        raise ConfigError(told)
    if name != "_target_" or not isinstance(value, str) or (signature := parameters(value)) is None or signature[1]:
        return
    removed = {one.key_or_group for one in keys if one.is_delete()}
    node = child(config, part)
    former = [one for one in map(str, node if is_mapping(node) else ()) if one[0] != "_"]
    if kept := [one for one in former if one not in signature[0] and f"{part}.{one}" not in removed]:
        option, away = option_of(group, value), " ".join(f"~{part}.{one}" for one in kept)
        raise ConfigError(
            f"{key}={value} keeps the settings of {raw(config, key)}, and that class has no {', '.join(kept)}: "
            + (f"choose {group}={option}" if option else f"take them away, {away}")
        )
