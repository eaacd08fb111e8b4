"""What names a run or a sweep, and the line that says which one is meant."""

from pathlib import Path
from typing import Any

import pytest

from gan_runner.api.asked import name_asked, tell
from gan_runner.config.errors import ConfigError
from gan_runner.runs.finding import Found


def test_a_path_and_a_name_are_taken() -> None:
    assert name_asked("last", "load", "a run") == "last"
    assert name_asked(Path("a/b"), "load", "a run") == "a/b"


@pytest.mark.parametrize("wrong", [None, 5, "", " ", b"last", ["last"]])
def test_what_names_nothing_is_told(wrong: Any) -> None:
    with pytest.raises(ConfigError) as raised:
        name_asked(wrong, "load", "a run")
    assert str(raised.value) == f"load({wrong!r}) names nothing: load takes a run"


def test_it_says_which_one_where_there_was_a_choice(capsys: pytest.CaptureFixture[str]) -> None:
    tell("run", "digits", Found(Path("outputs/a"), "the newest of 2 with that in its name"))
    tell("run", "outputs/a", Found(Path("outputs/a")))
    assert capsys.readouterr().out == "run=digits: outputs/a, the newest of 2 with that in its name\n"
