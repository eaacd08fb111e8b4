"""Words of Hydra's grammar, read and written."""

from pathlib import Path

import pytest

from gan_runner.config.overrides import parsed, quoted, quoted_path, value_of

HARD = [
    "städte",
    "it's",
    'q"q',
    'it\'s "it"',
    "a=b",
    "(1)",
    "a,b",
    "[x]",
    "{k",
    "#",
    "!",
    " x ",
    "2024",
    "back\\",
    "1e5",
]


@pytest.mark.parametrize("path", HARD)
def test_a_quoted_path_is_read_as_these_very_words(path: str) -> None:
    assert value_of(f"data.root={quoted_path(path)}") == path
    assert value_of(f"data.root={quoted_path(Path(path))}") == path


@pytest.mark.parametrize("text", [*HARD, "~", "~/x", "/a b/it's, \\ =x", "\\", "\\\\'", "${x}"[1:], "null", "1", ""])
def test_a_quoted_text_is_read_as_this_very_text(text: str) -> None:
    assert value_of(f"key={quoted(text)}") == text


def test_the_home_folder_stands_in_place_of_its_sign() -> None:
    assert value_of(f"run={quoted_path('~/x')}") == str(Path.home() / "x")


def test_what_is_no_string_or_cannot_be_read_is_told_as_typed() -> None:
    assert value_of("resume=2024") == "2024"
    assert value_of("resume=null") is None
    assert value_of("resume=städte") == "städte"
    assert value_of("resume='x y'") == "x y"
    assert value_of("resume=") == ""
    assert parsed("resume=städte") is None
    assert parsed("seed=1,2") is not None
