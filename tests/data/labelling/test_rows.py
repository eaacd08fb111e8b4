"""The rows of a table at the images that they name."""

import pytest

from fixtures.tables import written
from gan_runner.data.labelling.rows import Rows


@pytest.fixture
def root(tmp_path):
    for name in ("train/0.png", "train/1.png", "test/0.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def rows(root, place):
    paths = sorted((root / place).glob("*.png"))
    return Rows("t.csv", root, None, lambda table, files: ["b", "c"]).of(root / place, paths)


def test_a_table_of_the_root_speaks_of_all_its_folders(root):
    written(root / "t.csv", "a,b,c\ntest/0.png,1,2\ntrain/1.png,3,4\n")
    assert rows(root, "train") == [None, ("3", "4")]
    assert rows(root, "test") == [("1", "2")]


def test_a_table_in_a_folder_speaks_of_that_one(root):
    written(root / "train" / "t.csv", "a,b,c\n0.png,1,2\n")
    assert rows(root, "train") == [("1", "2"), None]
    with pytest.raises(ValueError, match=r"data\.labels=t\.csv is no file, neither here nor in "):
        rows(root, "test")
