"""Text on disk and in a container is read alike."""

import zipfile

from fixtures.tables import written
from gan_runner.data.containers.inside import InsidePath
from gan_runner.data.containers.zip import Zip
from gan_runner.data.labelling.tables import as_text


def test_text_is_utf_8_with_or_without_a_mark_at_its_begin(tmp_path):
    path = written(tmp_path / "t.csv", "\ufefffile,label\r\né.png,1\r\n")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.write(path, "t.csv")
    for place in (path, InsidePath(Zip(tmp_path / "t.zip")) / "t.csv"):
        with as_text(place) as text:
            assert text.read() == "file,label\r\né.png,1\r\n"
