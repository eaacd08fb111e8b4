"""CSV and TSV."""

import pytest

from fixtures.tables import CALLED, written
from gan_runner.data.labelling.opening import open_table


@pytest.mark.parametrize("head", ["sep=;\r\n", '"sep=;"\n', "\ufeffSEP=;\n\n"])
def test_a_line_of_spreadsheets_says_the_delimiter(tmp_path, head):
    table = open_table(written(tmp_path / "t.csv", f"{head}file;label\na.png;cat, small, grey\n"), CALLED)
    assert table.columns == ["file", "label"]
    assert table.read(["file", "label"]) == [["a.png"], ["cat, small, grey"]]


def test_cells_with_delimiters_stand_in_quotes(tmp_path):
    table = open_table(written(tmp_path / "t.csv", 'file,label\na.png,"cat, small"\n'), CALLED)
    assert table.read(["label"]) == [["cat, small"]]
