"""Flags: what they say, wherever they stand, and what a command line with them composes to."""

from argparse import ArgumentParser
from pathlib import Path

import pytest

from gan_runner.cli.flags import composed_as_told, flags_first, flags_of, searched


def test_the_value_of_a_flag_stays_behind_it() -> None:
    line = ["seed=1", "-m", "data.root=x", "--config-dir", "a=b/c", "--config-path=d=e", "resume=f"]
    assert flags_first(line) == [
        *("-m", "--config-dir", "a=b/c", "--config-path=d=e"),
        *("seed=1", "data.root=x", "resume=f"),
    ]


def test_what_flags_say_and_what_is_left() -> None:
    said = flags_of(["seed=1", "-cn", "mine", "-m", "--config-dir=a=b", "loss=hinge"])
    assert (said.config_name, said.multirun, said.config_dir) == ("mine", True, "a=b")
    assert said.overrides == ["seed=1", "loss=hinge"]
    with pytest.raises(ValueError, match=r"^--config-name/-cn: expected one argument$"):
        flags_of(["--config-name"])


def test_folders_that_are_searched_too(tmp_path: Path) -> None:
    assert searched(None) == searched() == []
    assert searched(tmp_path) == [f'hydra.searchpath=["file://{tmp_path}"]']


@pytest.mark.parametrize("flags", [("-cn", "mine", "-cd", "{own}"), ("--config-name=mine.yaml", "--config-dir={own}")])
def test_a_configuration_of_ones_own(tmp_path: Path, flags: tuple[str, ...]) -> None:
    (tmp_path / "mine.yaml").write_text("defaults: [train, override /loss: hinge, _self_]\nseed: 7\n")
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "short.yaml").write_text("# @package _global_\ntrainer: {max_steps: 5}\n")
    words = [word.format(own=tmp_path) for word in flags]
    config = composed_as_told("train", [*words, "experiment=short"])
    assert (config.seed, config.trainer.max_steps, config.loss._target_[-5:]) == (7, 5, "Hinge")
    assert composed_as_told("train", ["-cd", str(tmp_path), "experiment=short"]).trainer.max_steps == 5


def test_a_place_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "train.yaml").write_text("seed: 8\n")
    assert composed_as_told("train", ["--config-path", str(tmp_path)]).seed == 8


def test_python_may_read_help_when_a_flag_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    def strict(self: ArgumentParser, action: object) -> None:
        raise ValueError("badly formed help string")

    monkeypatch.setattr(ArgumentParser, "_check_help", strict, raising=False)  # as Python 3.14 says of Hydra's
    assert flags_of(["seed=1", "-m"]).multirun
