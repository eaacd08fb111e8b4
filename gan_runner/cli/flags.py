"""Hydra's flags on a command line: which there are, what they say, and what they have composed."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, cast

from hydra import compose, initialize_config_dir
from hydra._internal import utils
from omegaconf import DictConfig

from gan_runner.config.options import CONFIGS
from gan_runner.config.overrides import quoted

FLAGS = {
    "--help", "-h", "--hydra-help", "--version", "--cfg", "-c", "--resolve", "--package", "-p", "--run", "-r",
    "--multirun", "-m", "--shell-completion", "-sc", "--config-path", "-cp", "--config-name", "-cn", "--config-dir",
    "-cd", "--experimental-rerun", "--info", "-i",
}  # fmt: skip
"""What Hydra's command line knows."""
WITH_A_VALUE = {
    "--package", "-p", "--config-path", "-cp", "--config-name", "-cn", "--config-dir", "-cd", "--experimental-rerun",
}  # fmt: skip
"""Those whose value may be a word of its own."""


class Parser(ArgumentParser):
    """Hydra's, that Python 3.14 takes too.

    It reads the help of a flag when that is added, and refuses that of --shell-completion, which Hydra (1.3.8) writes
    when it is asked for.
    """

    def _check_help(self, action: Action) -> None: ...


cast(Any, utils).argparse = SimpleNamespace(ArgumentParser=Parser, Namespace=Namespace)


def flags_of(arguments: Sequence[str]) -> Namespace:
    """What the flags of a command line say: multirun, config_name, …; the rest are its overrides.

    Raises ValueError for a flag without the value it needs, or with one it does not know.
    """

    def refuse(message: str) -> NoReturn:
        raise ValueError(message.removeprefix("argument "))

    parser = utils.get_args_parser()
    parser.error = refuse  # type: ignore[method-assign]
    return parser.parse_args(flags_first(arguments))


def flags_first(arguments: Sequence[str]) -> list[str]:
    """Hydra refuses overrides on both sides of a flag: seed=1 -m loss=hinge,minimax. The value of a flag stays behind
    it, also a folder called a=b.
    """
    before = [None, *arguments]
    flags = [
        argument.startswith("-") or "=" not in argument or flag in WITH_A_VALUE
        for flag, argument in zip(before, arguments, strict=False)
    ]
    places = sorted(range(len(arguments)), key=lambda place: not flags[place])
    return [arguments[place] for place in places]


def searched(*places: str | Path | None) -> list[str]:
    """The override by which options are looked for in folders, too, such as that of --config-dir."""
    paths = ",".join(quoted(f"file://{Path(place).absolute()}") for place in places if place)
    return [f"hydra.searchpath=[{paths}]"] if paths else []


def composed_as_told(command: str, arguments: Sequence[str]) -> DictConfig:
    """What Hydra composes for a command line, whatever file and folders its flags name."""
    said = flags_of(arguments)
    name, places = said.config_name or command, [Path(said.config_path or CONFIGS).absolute()]
    places += [Path(said.config_dir).absolute()] if said.config_dir else []
    first = next((place for place in places if (place / name).with_suffix(".yaml").is_file()), places[0])
    with initialize_config_dir(str(first), version_base="1.3"):
        return compose(name, [*searched(*(place for place in places if place != first)), *said.overrides])
