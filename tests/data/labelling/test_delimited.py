"""CSV and TSV."""

from fixtures.tables import CALLED, written
from gan_runner.data.labelling.opening import open_table


def test_cells_with_delimiters_stand_in_quotes(tmp_path):
    table = open_table(written(tmp_path / "t.csv", 'file,label\na.png,"cat, small"\n'), CALLED)
    assert table.read(["label"]) == [["cat, small"]]
