from pathlib import Path

import numpy as np
import pytest

from gan_runner.data.containers.parquet_labels import LabelColumn, read_labels


def column(*values, names=None):
    return LabelColumn(Path("set.parquet"), "label", values, names)


@pytest.mark.parametrize(
    ("values", "folders"),
    [
        ((2, 10, None, 2), ["2", "10", "", "2"]),
        ((True, False), ["True", "False"]),
        (("a/b", "c", "c"), ["a_b", "c", "c"]),
        ((0.0, 2.0, None, float("nan")), ["0", "2", "", ""]),
        (([0, 1, 0], [1, 0, 0]), ["1", "0"]),
        ((None, None), ["", ""]),
    ],
)
def test_classes(values, folders):
    found = read_labels([column(*values)])
    assert found.folders == folders
    assert found.vectors is None
    assert not found.own


def test_names_that_are_noted_are_those_of_the_numbers():
    found = read_labels([column(1, -1, names=("cat", "dog")), column(0, None, names=("cat", "dog"))])
    assert found.folders == ["dog", "", "cat", ""]
    with pytest.raises(ValueError, match=r"set\.parquet: its column label has the label 2, and names 2 classes"):
        read_labels([column(2, names=("cat", "dog"))])


@pytest.mark.parametrize(
    ("values", "rows"),
    [((0.5, 1.0, None), [[0.5], [1.0], [np.nan]]), (([0.5, 2], None, [1, 0]), [[0.5, 2], [np.nan, np.nan], [1, 0]])],
)
def test_other_numbers_stay_numbers(values, rows):
    found = read_labels([column(*values)])
    assert np.array_equal(found.vectors, rows, equal_nan=True)
    assert found.folders == [""] * 3


def test_a_text_for_each_row_is_no_class():
    found = read_labels([column("a cat"), column("a dog")])
    assert found.own
    assert found.folders == ["", ""]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (({"a": 1},), r"holds \{'a': 1\}, which is no label"),
        (([1.0, 2.0], [1.0]), "no finite numbers, or lists that are not equally long"),
        ((float("inf"), 1.0), "no finite numbers"),
    ],
)
def test_what_is_no_label_is_said(values, said):
    with pytest.raises(ValueError, match=said):
        read_labels([column(*values)])
