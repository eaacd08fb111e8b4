"""Which class a word means."""

import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from gan_runner.config.labels import closest, in_a_sentence, listed_classes, meant, number, place_of, word, words

DIGITS = [*"0123456789"]


@pytest.mark.parametrize(
    ("asked", "names", "place"),
    [
        (3, DIGITS, 3), ("3", DIGITS, 3), (3.0, DIGITS, 3), ("03", DIGITS, 3), (10, DIGITS, None), (-1, DIGITS, None),
        ("cat", ["bird", "Cat"], 1), ("CAT", ["bird", "Cat"], 1), (1, ["bird", "cat"], 1), (2, ["bird", "cat"], None),
        (True, ["on", "true"], 1), (1, ["2", "1"], 1), (0, ["2", "1"], None), ("x", [], None),
    ],
)  # fmt: skip
def test_a_class_by_its_name_else_by_its_number(asked: object, names: list[str], place: int | None) -> None:
    assert place_of(asked, names) == place


def test_what_a_word_may_have_meant() -> None:
    assert meant("snaeker", ["Bag", "Sneaker"], "label") == " (did you mean Sneaker?)"
    assert meant("7", ["Bag"], "label") == ""


@pytest.mark.parametrize(("word", "value"), [("007", 7), (1.5, 1.5), (True, None), ("inf", None), ("a", None)])
def test_what_a_word_says_as_a_number(word: object, value: float | None) -> None:
    assert number(word) == value


AWKWARD = [
    "a, b", "a,b", "cat (old)", "[cat]", "{cat}", "it's", 'say "cat"', """both ' and \"""", "a\\b", "a\\", "x=y", "~x",
    "null", "true", "007", "1e3", "", " cat", "cat ", "Café", "猫", "a,b'c\"d](e", "$HOME", "!x", "a;b", "*", "#1",
    "a:b, c",
]  # fmt: skip
"""Names that folders may have."""


def read(command: str) -> object:
    """What Hydra makes of the only argument that a shell hands over."""
    (argument,) = shlex.split(command)
    return OverridesParser.create().parse_override(argument).value()


@pytest.mark.parametrize("name", [*AWKWARD, "cat", "T-shirt/top", "Ankle boot", "3"])
def test_a_class_as_the_command_line_has_it_is_read_as_that_class(name: str) -> None:
    for typed, found in (
        (words([name, "dog"]), read(shlex.quote(f"data.leave_out={words([name, 'dog'])}"))),
        (words(name), [read(shlex.quote(f"label={words(name)}")), "dog"]),
    ):
        assert [*map(str, found)] == [name, "dog"], typed  # type: ignore[call-overload]


def test_only_what_needs_quotes_has_them() -> None:
    plain = ("cat", "T-shirt/top", "Ankle boot", "3", "True")
    assert tuple(map(word, plain)) == plain
    assert words([3, "a, b", None]) == '[3,"a, b",null]'
    assert words(None) == "null"
    assert [*map(in_a_sentence, ("cat (old)", "Café", "a, b", " cat", ""))] == [
        "cat (old)", "Café", '"a, b"', '" cat"', '""',
    ]  # fmt: skip


def test_names_with_commas_can_be_told_apart_in_a_list() -> None:
    assert listed_classes(["dog", "a, b", "c"]) == 'dog, "a, b", c'
    assert listed_classes(["a, b", "c", "d"], most=2) == '"a, b", c and 1 more'


@pytest.mark.parametrize("name", ["cat, black", "cat (black)", "it's a cat", "[cat]"])
def test_what_is_meant_can_be_pasted_where_it_needs_quotes(name: str) -> None:
    told = meant(name[:-1], [name, "dog"], "label")
    command = told.removeprefix(" (did you mean ").removesuffix("?)")
    assert read(command) == name
    assert closest(name[:-1], [name, "dog"]) == name
