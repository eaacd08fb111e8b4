"""What a search draws from a command line, and how it writes it."""

from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from gan_runner.cli.space import drawn, end


class Middle:
    """A trial that draws the middle of each range and the last of each choice, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def suggest_float(self, name: str, low: float, high: float, step: float | None = None, log: bool = False) -> float:
        self.asked.append(("float", name, low, high, step, log))
        return (low + high) / 2

    def suggest_int(self, name: str, low: int, high: int, step: int = 1, log: bool = False) -> int:
        self.asked.append(("int", name, low, high, step, log))
        return (low + high) // 2

    def suggest_categorical(self, name: str, choices: list[Any]) -> Any:
        self.asked.append(("choice", name, *choices))
        return choices[-1]


@pytest.mark.parametrize(
    ("line", "asked", "value", "ends"),
    [
        ("lr=tag(log, interval(1e-5, 1e-3))", ("float", "lr", 1e-5, 1e-3, None, True), "0.000505", ("1e-05", "0.001")),
        ("n=int(interval(1, 4))", ("int", "n", 1, 4, 1, False), "2", ("1", "4")),
        ("n=range(2, 9, 3)", ("int", "n", 2, 8, 3, False), "5", ("2", "8")),
        ("n=range(8, 1, -3)", ("int", "n", 2, 8, 3, False), "5", ("8", "2")),
        ("b=range(0, 0.7, 0.3)", ("float", "b", 0.0, 0.6, 0.3, False), "0.3", ("0.0", "0.6")),
        ("loss=hinge,minimax", ("choice", "loss", "hinge", "minimax"), "minimax", ("hinge", "minimax")),
        ("flip=choice(false,true)", ("choice", "flip", False, True), "true", ("false", "true")),
        ("k=1,null", ("choice", "k", 1, "null"), "null", ("1", "null")),
        ("betas=choice([0,0.9],[0.5,0.99])", ("choice", "betas", "[0,0.9]", "[0.5,0.99]"), "[0.5,0.99]", None),
        ("tricks=choice([],[r1,ema])", ("choice", "tricks", "[]", "[r1,ema]"), "[r1,ema]", None),
    ],
)
def test_a_value(line: str, asked: tuple[Any, ...], value: str, ends: tuple[str, str] | None) -> None:
    (override,) = OverridesParser.create().parse_overrides([line])
    trial = Middle()
    told = drawn(trial, override.key_or_group, override)
    assert told == value
    assert trial.asked == [asked]
    assert ends is None or (end(override, 0), end(override, -1)) == ends
    (again,) = OverridesParser.create().parse_overrides([f"{override.key_or_group}={told}"])
    assert not again.is_sweep_override()  # one value, as a job is given it
