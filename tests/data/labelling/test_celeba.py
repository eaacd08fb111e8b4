"""CelebA's lists."""

from fixtures.tables import CALLED, written
from gan_runner.data.labelling.opening import open_table


def test_celeba_lists(tmp_path):
    text = "2\nSmiling Male \n000001.jpg -1  1\n000002.jpg  1 -1\n"
    table = open_table(written(tmp_path / "list_attr_celeba.txt", text), CALLED)
    assert list(table.columns) == ["file", "Smiling", "Male"]
    assert table.read(["file", "Male"]) == [["000001.jpg", "000002.jpg"], ["1", "-1"]]
    identities = open_table(written(tmp_path / "identity_CelebA.txt", "000001.jpg 2880\n000002.jpg 2937\n"), CALLED)
    assert identities.read(["file", "label"]) == [["000001.jpg", "000002.jpg"], ["2880", "2937"]]
