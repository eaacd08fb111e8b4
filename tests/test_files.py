"""Files are whole or not there."""

import os

import pytest

from gan_runner.files import replacing


def test_an_interrupted_file_leaves_the_old_one_alone(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")

    def write_half() -> None:
        with replacing(path) as beside:
            beside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_suffix_stays_and_the_bytes_are_on_the_disk_before_they_take_the_place(tmp_path, monkeypatch):
    path, order = tmp_path / "x.npz", []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda *given: (order.append("fsync"), fsync(*given)))
    monkeypatch.setattr(os, "replace", lambda *given: (order.append("replace"), replace(*given)))
    with replacing(path) as beside:
        assert beside.parent == path.parent
        assert beside.suffix == ".npz"
        beside.write_text("new")
    assert path.read_text() == "new"
    assert order == ["fsync", "replace", "fsync"]  # the file, its name, the folder
