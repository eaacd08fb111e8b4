"""Labels in JSON."""

import pytest

from fixtures.tables import CALLED, written
from gan_runner.data.labelling.opening import open_table


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
