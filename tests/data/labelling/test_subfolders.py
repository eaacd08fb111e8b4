"""Subfolders as classes, asked alone; how a set is read by them: tests/data/test_folder.py."""

from PIL import Image

from gan_runner.data.labelling.subfolders import Subfolders


def test_a_class_is_the_first_folder_of_a_path(tmp_path):
    paths = [tmp_path / name for name in ("b/x.png", "a/deep/b/x.png", "10/x.png", "2/x.png")]
    for path in paths:
        path.parent.mkdir(parents=True)
        Image.new("L", (1, 1)).save(path)
    labelling = Subfolders(tmp_path)
    assert labelling.classes(tmp_path, paths) == ("2", "10", "a", "b")
    assert labelling.named(tmp_path, paths) == ["b", "a", "10", "2"]
    assert labelling.covers(tmp_path, tmp_path / "a") is False  # it has no folder of the name of a class of these
