"""0,001: what the comma makes of a number, and how the number is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig
from pydantic import TypeAdapter, ValidationError

from gan_runner.cli.keys import composed
from gan_runner.cli.nodes import raw
from gan_runner.config.errors import ConfigError
from gan_runner.config.overrides import DECIMAL_COMMA, parsed
from gan_runner.config.signatures import parameters

THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")
PADDED = re.compile(r"[+-]?\d+,0\d+(?:[eE][+-]?\d+)?")
"""What is one number with a decimal comma: nobody writes 001 for a value."""


def told_of_comma(argument: str) -> str:
    """Why a value with a comma is refused where one value is wanted."""
    key, _, value = argument.partition("=")
    if not DECIMAL_COMMA.fullmatch(value):
        whole = f"thousands are written without, {key}={value.replace(',', '')}; " if THOUSANDS.fullmatch(value) else ""
        return (
            f"{argument} has a comma: {whole}-m plays a run for each value, a list stands in brackets, and a text in "
            "quotes of its own"
        )
    return (
        f"{argument} has a comma: {_as_one_number(key, value)}; -m plays a run "
        f"for each value between commas, here {' and '.join(value.split(','))}; a list stands in brackets"
    )


def refuse_decimal_commas(command: str, arguments: Sequence[str]) -> None:
    """Raises ConfigError where a sweep would take one number for two values."""
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals or not DECIMAL_COMMA.fullmatch(value):
            continue
        if PADDED.fullmatch(value) or _only_as_one(composed(command, arguments), parsed(argument)):
            first, second = value.split(",")
            raise ConfigError(
                f"{argument} would be played as {key}={first} and {key}={second}: {_as_one_number(key, value)}"
            )


def _as_one_number(key: str, value: str) -> str:
    thousands = f", and thousands without one, {key}={value.replace(',', '')}" if THOUSANDS.fullmatch(value) else ""
    return f"one number is written with a point, {key}={value.replace(',', '.')}{thousands}"


def _only_as_one(config: DictConfig | None, override: Override | None) -> bool:
    """Whether the key takes the number, but not both of the values that a sweep makes of it."""
    if config is None or override is None:
        return False
    above, _, name = override.key_or_group.rpartition(".")
    target = raw(config, f"{above}._target_")
    signature = parameters(target) if isinstance(target, str) else None
    if signature is None or name not in signature[0]:
        return False
    value = str(override.input_line).partition("=")[2]
    kind = signature[0][name]
    return _takes(kind, float(value.replace(",", "."))) and not all(
        _takes(kind, float(one)) for one in value.split(",")
    )


def _takes(kind: Any, value: float) -> bool:
    try:
        TypeAdapter(kind, config={"arbitrary_types_allowed": True}).validate_python(value)
    except ValidationError:
        return False
    return True
