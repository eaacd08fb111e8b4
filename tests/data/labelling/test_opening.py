"""Every kind of table is opened, or said to be none."""

import pytest

from fixtures.tables import CALLED, written
from gan_runner.data.labelling.opening import open_table


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "file,label,age\na.png,cat,3\nb.png,dog,4\n"),
        ("t.csv", "\ufefffile, label ,age\r\n\r\na.png,cat,3\r\nb.png,dog,4"),
        ("t.csv", "file;label;age\na.png;cat;3\nb.png;dog;4\n"),
        ("t.tsv", "file\tlabel\tage\na.png\tcat\t3\nb.png\tdog\t4\n"),
        ("t.json", '[{"file":"a.png","label":"cat","age":"3"},{"file":"b.png","label":"dog","age":"4"}]'),
        ("t.jsonl", '{"file":"a.png","label":"cat","age":"3"}\n\n{"file":"b.png","label":"dog","age":"4"}\n'),
    ],
)
def test_rows_and_columns(name, content, tmp_path):
    table = open_table(written(tmp_path / name, content), CALLED)
    assert list(table.columns) == ["file", "label", "age"]
    assert table.read(["label", "file"]) == [["cat", "dog"], ["a.png", "b.png"]]
    assert table.read(["age"], 1) == [["3"]]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("t.csv", "", r"is empty: its first line should name the columns, file,label"),
        ("t.csv", "file,label,label\na,1,2\n", r"has two columns called label: rename one"),
        (
            "t.csv",
            "file,label\na.png,cat, small\n",
            r"line 2 has 3 cells, and the first line names 2 columns: .* comma",
        ),
        ("t.csv", 'file,label\na.png,"cat\n', r"cannot be read: unexpected end of data"),
        ("t.csv", b"file,label\na.png,caf\xe9\n", r"is no text in UTF-8 .*: save it as UTF-8"),
        ("t.tsv", b"\xff\xfef\0", r"is no text in UTF-8"),
        ("t.json", "{", r"is no JSON \(.* in line 1\): write it anew"),
        ("t.json", "[" * 100_000, r"is no JSON \(it is too deep"),
        ("t.json", "3", r"holds '3', and labels are pairs or records: write"),
        ("t.json", "[]", r"is empty: write"),
        ("t.json", '[["a", 1], ["b"]]', r"entry 2 is neither a pair nor a record: write"),
        ("dataset.json", '{"labels": null}', r"says that its labels are null, .*: set data\.labels=false"),
        ("t.jsonl", '{"a": 1}\n{"a"', r"line 2 is no JSON \(.*\): write it anew"),
        ("t.parquet", b"PAR1", r"is no parquet file, or is cut off"),
        ("t.txt", "a list of photos\n", r"is no list of attributes .* nor of a name and a label a line: give a \.csv"),
        ("t.txt", "3\nSmiling\n1.jpg 1\n2.jpg -1\n", r"says it lists 3 images, and lists 2: it is cut off"),
        ("t.txt", "2\nSmiling\n1.jpg 1\n2.jpg\n", r"line 4 has 1 words, and should have 2"),
        ("t.xlsx", "", r"is no table by its suffix: give a \.csv, \.tsv, \.json, \.jsonl, \.parquet, or"),
    ],
)
def test_what_is_no_table(name, content, told, tmp_path):
    def read():
        table = open_table(written(tmp_path / name, content), CALLED)
        table.read(table.columns)

    with pytest.raises(ValueError, match=rf"^{CALLED}.*{told}"):
        read()
