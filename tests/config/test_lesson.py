"""What a lesson may say, and what is told of one that says something else."""

from typing import Any

import pytest
from pydantic import ValidationError

from gan_runner.config.errors import ConfigError
from gan_runner.config.lesson import Lesson, Sign
from gan_runner.config.schema import check

LESSON: dict[str, Any] = {
    "shows": [{"figure": "modes_covered", "at_most": 3}],
    "look": "Two of eight.",
    "file": "samples/progress.gif",
    "next": "gan-train",
}


@pytest.mark.parametrize(
    ("bounds", "holding", "failing", "expected"),
    [
        ({"at_most": 3}, (-1, 3), (3.1,), "at most 3"),
        ({"at_least": 0.95}, (0.95, 1), (0.949,), "at least 0.95"),
        ({"at_least": 0.4, "at_most": 0.6}, (0.4, 0.5, 0.6), (0.3, 0.7), "0.4 to 0.6"),
    ],
)
def test_a_sign_holds_between_its_bounds(bounds: Any, holding: Any, failing: Any, expected: str) -> None:
    sign = Sign(figure="modes_covered", **bounds)
    assert all(sign.holds(value) for value in holding)
    assert not any(sign.holds(value) for value in (*failing, None, float("nan")))
    assert sign.expected == expected


def test_a_lesson_is_checked_with_the_configuration() -> None:
    check({"lesson": LESSON})
    check({"lesson": None})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"look": None}, r"lesson\.look=None is not valid: it should be a valid string"),
        ({"shows": []}, r"lesson\.shows=\[\] is not valid"),
        ({"shows": [{"figure": "frechet"}]}, "it should have at_least or at_most beside figure=frechet"),
        ({"shows": [{"figure": "kid", "at_least": 2, "at_most": 1}]}, "an at_least below its at_most, .* no kid is"),
        ({"shows": [{"at_least": 2}]}, "it lacks figure"),
        ({"hint": "x"}, r"lesson\.hint='x' is not valid: it extra inputs are not permitted"),
    ],
)
def test_what_a_lesson_cannot_say_is_told_by_its_key(change: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        check({"lesson": LESSON | change})


def test_all_of_its_sentences_are_needed() -> None:
    for key in LESSON:
        without = {name: value for name, value in LESSON.items() if name != key}
        with pytest.raises(ConfigError, match=rf"lesson\.{key}=None is not valid: it lacks {key}"):
            check({"lesson": without})
        with pytest.raises(ValidationError):
            Lesson(**without)


def test_a_name_in_the_place_of_a_lesson_is_told_how_to_play_it() -> None:
    with pytest.raises(ConfigError, match=r"lesson='collapse' is not valid: .* by experiment=lesson/collapse"):
        check({"lesson": "collapse"})
