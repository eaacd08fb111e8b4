"""Which columns of a table are taken."""

import pytest

from fixtures.tables import CALLED, written
from gan_runner.data.labelling.columns import column_of_files, column_of_labels
from gan_runner.data.labelling.matching import keys_from
from gan_runner.data.labelling.opening import open_table


def chosen(root, text, files=None, labels=None):
    """The columns of names and of labels, of the images 0.png to 3.png."""
    table = open_table(written(root / "t.csv", text), CALLED)
    keys = keys_from(root, [root / f"{number}.png" for number in range(4)], [])
    found = column_of_files(table, keys, files, CALLED)
    return found.column, column_of_labels(table, found.column, labels, CALLED)


@pytest.mark.parametrize(
    ("header", "row", "columns"),
    [
        ("a,b", "{n}.png,{odd}", ("a", "b")),
        ("b,a", "{odd},{n}.png", ("a", "b")),
        (",a,b", "{n},{n}.png,{odd}", ("a", "b")),  # pandas' index
        ("Unnamed: 0,a,b", "{n},{n}.png,{odd}", ("a", "b")),
        ("number,a,label", "{n},{n}.png,{odd}", ("a", "label")),  # whole names before stems
        ("a,Category,size", "{n}.png,{odd},{n}", ("a", "Category")),
        ("id,odd", "{n},{odd}", ("id", "odd")),  # the only one that names more than two images
    ],
)
def test_columns_are_found_by_looking(header, row, columns, tmp_path):
    rows = [row.format(n=number, odd=number % 2) for number in range(4)]
    assert chosen(tmp_path, "\n".join([header, *rows])) == columns


def test_names_that_come_late_are_found_too(tmp_path):
    rows = [f"x{number}.png,0" for number in range(1200)] + ["3.png,1"]
    assert chosen(tmp_path, "\n".join(["a,b", *rows])) == ("a", "b")


def test_what_is_given_is_taken(tmp_path):
    text = "a,b,c\n" + "\n".join(f"{number}.png,{number}.png,1" for number in range(4))
    assert chosen(tmp_path, text, "b", "a") == ("b", "a")
