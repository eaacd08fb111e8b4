"""Which class a word means."""

import pytest

from gan_runner.config.labels import meant, number, place_of

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
    assert meant("snaeker", ["Bag", "Sneaker"]) == " (did you mean Sneaker?)"
    assert meant("7", ["Bag"]) == ""


@pytest.mark.parametrize(("word", "value"), [("007", 7), (1.5, 1.5), (True, None), ("inf", None), ("a", None)])
def test_what_a_word_says_as_a_number(word: object, value: float | None) -> None:
    assert number(word) == value
