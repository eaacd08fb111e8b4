"""Labels in parquet, as pyarrow and Hugging Face write them."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from fixtures.tables import CALLED, written
from gan_runner.data.labelling.opening import open_table


def test_parquet_has_the_names_of_its_classes(tmp_path):
    info = {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}
    image = pa.array([{"bytes": b"x", "path": "a.png"}, {"bytes": b"y", "path": "b.png"}, None])
    plain = pa.table({"image": image, "name": ["a", "b", "c"], "label": [1, 0, -1], "age": [1.5, None, 3]})
    parquet.write_table(plain.replace_schema_metadata({"huggingface": json.dumps(info)}), tmp_path / "t.parquet")
    table = open_table(tmp_path / "t.parquet", CALLED)
    assert list(table.columns) == ["name", "label", "age"]
    assert table.read(["label", "age"]) == [["dog", "cat", None], [1.5, None, 3.0]]
    assert table.read(["name"], 2) == [["a", "b"]]


def test_without_pyarrow_a_sentence_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"needs pyarrow to be read: pip install 'gan-runner\[formats\]'"):
        open_table(written(tmp_path / "t.parquet", b""), CALLED)
