"""What a search may draw, from the command line: choice(…), range(…), interval(…), a,b,c."""

from __future__ import annotations

from typing import Any, cast

from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep, Transformer


def drawn(trial: Any, key: str, override: Override) -> str:
    """A value of choice(…), range(…), interval(…) or a,b,c as the command line writes it."""
    value: Any = override.value()
    if isinstance(value, IntervalSweep):
        low, high = cast(tuple[float, float], (value.start, value.end))
        return str(_suggest(trial, low, high)(key, low, high, log="log" in value.tags))
    choices: list[Any] = [*override.sweep_iterator(Transformer.encode)]
    if isinstance(value, RangeSweep) and not value.shuffle:
        choices.sort()
        found = _suggest(trial, *choices, value.step)(key, choices[0], choices[-1], step=abs(value.step))
        return str(min(choices, key=lambda one: abs(one - found)))
    return word(trial.suggest_categorical(key, choices))


def _suggest(trial: Any, *numbers: float) -> Any:
    return trial.suggest_int if all(isinstance(number, int) for number in numbers) else trial.suggest_float


def end(override: Override, at: int) -> str:
    """The first (0) or the last (-1) value that can be drawn."""
    value: Any = override.value()
    if isinstance(value, IntervalSweep):
        return str((value.start, value.end)[at])
    return word([*override.sweep_iterator(Transformer.encode)][at])


def word(value: Any) -> str:
    """As the command line writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
