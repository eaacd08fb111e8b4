"""What every kind of table is read as."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from gan_runner.data.labelling.tables import open_table

CALLED = "data.labels=t"


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


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


def test_cells_with_delimiters_stand_in_quotes(tmp_path):
    table = open_table(written(tmp_path / "t.csv", 'file,label\na.png,"cat, small"\n'), CALLED)
    assert table.read(["label"]) == [["cat, small"]]


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ('{"labels": [["00000/a.png", 6], ["00000/b.png", 9]]}', [6, 9]),
        ('{"labels": [["00000/a.png", [1, 0]], ["00000/b.png", [0, 1]]]}', [[1, 0], [0, 1]]),
        ('{"labels": {"00000/a.png": 6, "00000/b.png": 9}}', [6, 9]),
        ('{"00000/a.png": "cat", "00000/b.png": "dog"}', ["cat", "dog"]),
    ],
)
def test_pairs_of_json(content, values, tmp_path):
    table = open_table(written(tmp_path / "dataset.json", content), CALLED)
    assert table.read(table.columns) == [["00000/a.png", "00000/b.png"], values]


def test_records_may_lack_a_column(tmp_path):
    table = open_table(written(tmp_path / "t.json", '[{"file": "a"}, {"file": "b", "label": 1}]'), CALLED)
    assert table.read(["label"]) == [[None, 1]]


def test_celeba_lists(tmp_path):
    text = "2\nSmiling Male \n000001.jpg -1  1\n000002.jpg  1 -1\n"
    table = open_table(written(tmp_path / "list_attr_celeba.txt", text), CALLED)
    assert list(table.columns) == ["file", "Smiling", "Male"]
    assert table.read(["file", "Male"]) == [["000001.jpg", "000002.jpg"], ["1", "-1"]]
    identities = open_table(written(tmp_path / "identity_CelebA.txt", "000001.jpg 2880\n000002.jpg 2937\n"), CALLED)
    assert identities.read(["file", "label"]) == [["000001.jpg", "000002.jpg"], ["2880", "2937"]]


def test_parquet_has_the_names_of_its_classes(tmp_path):
    info = {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}
    image = pa.array([{"bytes": b"x", "path": "a.png"}, {"bytes": b"y", "path": "b.png"}, None])
    plain = pa.table({"image": image, "name": ["a", "b", "c"], "label": [1, 0, -1], "age": [1.5, None, 3]})
    parquet.write_table(plain.replace_schema_metadata({"huggingface": json.dumps(info)}), tmp_path / "t.parquet")
    table = open_table(tmp_path / "t.parquet", CALLED)
    assert list(table.columns) == ["name", "label", "age"]
    assert table.read(["label", "age"]) == [["dog", "cat", None], [1.5, None, 3.0]]
    assert table.read(["name"], 2) == [["a", "b"]]


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


def test_without_pyarrow_a_sentence_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"needs pyarrow to be read: pip install 'gan-runner\[formats\]'"):
        open_table(written(tmp_path / "t.parquet", b""), CALLED)
