"""key=value on the command line of commands that compose nothing: gan-runs, gan-report, gan-play."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gan_runner.config.errors import ConfigError

SWITCH = ("true", "false")


def own_and_others(command: str, arguments: Sequence[str], own: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """The values of a command's own keys, and its other arguments in their order. Raises ConfigError for a flag."""
    given: dict[str, str] = {}
    others = []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if argument.startswith("-"):
            raise ConfigError(f"unknown flag {key}: keys are given as key=value, see gan-{command} --help")
        if equals and key in own:
            given[key] = value
        else:
            others.append(argument)
    return given, others


def chosen(given: dict[str, str], key: str, allowed: Sequence[str], default: str) -> str:
    """Take one of a few values out of what is given. Raises ConfigError for any other."""
    value = given.pop(key, default)
    if value not in allowed:
        raise ConfigError(f"{key}={value} is not valid: it should be {' or '.join(allowed)}")
    return value
