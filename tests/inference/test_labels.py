"""Classes by name and by number."""

import pytest
import torch

from gan_runner.config.errors import ConfigError
from gan_runner.config.labels import number
from gan_runner.inference.labels import choose_labels, choose_numbers
from gan_runner.types import Conditions

NUMBERS, ANIMALS, FOLDERS = ["0", "1", "2", "3"], ["cat", "dog", "Dog", "fox"], ["0", "1", "2", "10"]


@pytest.mark.parametrize(
    ("label", "names", "chosen"),
    [
        (None, ANIMALS, [0, 1, 2, 3]),
        (None, [], []),
        ("fox", ANIMALS, [3]),
        ("FOX", ANIMALS, [3]),  # in any case
        ("dog", ANIMALS, [1]),  # the very name first
        (3, ANIMALS, [3]),  # a number that is no name is a place, where no name is a number
        ("3", ANIMALS, [3]),
        (["fox", 0], ANIMALS, [3, 0]),
        (["fox", "fox"], ANIMALS, [3, 3]),
        (10, FOLDERS, [3]),  # the name, whatever its place
        ("10", FOLDERS, [3]),
        (3, NUMBERS, [3]),
        (7, ["007", "010"], [0]),  # what Hydra reads as a number
        (1.5, ["1.50", "2"], [0]),
        (True, ["true", "false"], [0]),
        (1, ["true", "false"], [1]),
    ],
)
def test_a_label_is_the_name_first(label, names, chosen):
    assert choose_labels(label, names) == chosen


@pytest.mark.parametrize("label", [4, -1, [0, 4], [], 1.5, "cat"])
def test_labels_out_of_range(label):
    with pytest.raises(ConfigError, match=r"this network knows the labels 0 to 3$"):
        choose_labels(label, NUMBERS)


@pytest.mark.parametrize(
    ("label", "names", "said"),
    [
        (
            "doog",
            ANIMALS,
            r"label=doog is no class of this run \(did you mean dog\?\): .* the classes cat, dog, Dog, fox$",
        ),
        ("DOG", ANIMALS, r"label=DOG is no class of this run \(did you mean dog\?\)"),  # which of the two?
        ("zebra", ANIMALS, r"label=zebra is no class of this run: this network knows the classes cat"),
        (4, ANIMALS, "label=4 is no class of this run: "),
        (3, FOLDERS, "label=3 is no class of this run.*: this network knows the classes 0, 1, 2, 10$"),
        (2, ["cat", "7"], "label=2 is no class"),  # a place or a name?
        ("x", [f"c{i}" for i in range(1000)], r"c0, .*, c19 and 980 more$"),
        (0, [], "label=0, but this network was trained without labels"),
    ],
)
def test_what_is_no_class_is_answered_with_those_there_are(label, names, said):
    with pytest.raises(ConfigError, match=said):
        choose_labels(label, names)


@pytest.mark.parametrize(("word", "value"), [("7", 7), ("-1.5", -1.5), ("cat", None), ("nan", None), (True, None)])
def test_words_that_are_numbers(word, value):
    assert number(word) == value


# ---- numbers --------------------------------------------------------------------------------------------------------

TOLD = Conditions(("Smiling", "age"), (0.0, 40.0), (1.0, 10.0), ((1.0, -1.0), (1.0, 2.0)))


def numbers(label: object, rows: int = 3) -> list[list[float]]:
    found = choose_numbers(label, TOLD, rows, torch.Generator().manual_seed(0))  # type: ignore[arg-type]
    return found.tolist()


def test_numbers_are_asked_for_all_in_order_or_some_by_name() -> None:
    assert numbers([0, 60]) == [[0, 2]] * 3
    assert numbers([-1, 35.0]) == [[0, -0.5]] * 3  # an attribute that is not there
    assert numbers({"Smiling": 0, "age": 40}) == [[0, 0]] * 3
    drawn = numbers({"Smiling": 0}, rows=40)
    assert {tuple(row) for row in drawn} == {(0, -1), (0, 2)}
    assert {tuple(row) for row in numbers(None, rows=40)} == {(1, -1), (1, 2)}
    assert choose_numbers(50, Conditions(("age",), (40.0,), (10.0,), ((0.0,),)), 1, torch.Generator()).tolist() == [[1]]


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (
            [1],
            r"label=\[1\] is 1 of the 2 numbers that this run is told: give label=\[Smiling,age\] as numbers, or some",
        ),
        (3, r"label=3 is 1 of the 2 numbers"),
        (["a", 1], r"label=a is no number, and the labels of this run are: Smiling, age"),
        ({"smile": 1}, r"label: smile is no label of this run: it has Smiling, age"),
        ({"ages": 1}, r"label: ages is no label of this run \(did you mean age\?\)"),
    ],
)
def test_what_are_no_numbers_of_the_run(label: object, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        numbers(label)


def test_numbers_by_name_are_for_runs_that_are_told_numbers() -> None:
    with pytest.raises(
        ConfigError, match="names numbers, and this run knows classes: this network knows the classes cat"
    ):
        choose_labels({"cat": 1}, ANIMALS)
