"""The line that a run begins with: how many images, of which sizes, and what of them are copies."""

import logging
import shutil

from PIL import Image

from fixtures.looked_at import flock, messy
from gan_runner.data.files import in_short as module
from gan_runner.data.files.contents import UNREADABLE
from gan_runner.data.files.in_short import in_short
from gan_runner.data.folder import Folder


def test_sizes_and_classes_are_told(tmp_path, monkeypatch):
    root = flock(tmp_path / "photos", 3)
    Image.new("L", (100, 80)).save(root / "9.png")
    paths = sorted(root.iterdir())
    assert in_short(paths, None, {}) == "4 images of 40 × 30 to 100 × 80 pixels"
    assert in_short(paths[:1], ("cat", "dog"), {}) == "1 image of 40 × 30 pixels, 2 classes"
    monkeypatch.setattr(module, "LOOKED_AT", 2)
    assert in_short(paths, None, {}) == "4 images of 40 × 30 pixels (2 looked at)"


def test_few_files_are_opened(tmp_path, monkeypatch):
    paths = sorted(flock(tmp_path / "photos", 80).iterdir())
    opened = []
    monkeypatch.setattr(module, "tried", opened.append)
    assert in_short(paths, None, {}) == "80 images"
    assert len(opened) == module.LOOKED_AT
    assert opened[-1] != opened[0]


def test_copies_are_counted_by_what_is_known_of_files():
    known = {"a": "1", "b": "1", "c": "2", "d": UNREADABLE, "e": UNREADABLE}
    assert in_short([], None, known) == "0 images, 1 of them a copy of another"
    assert in_short([], None, known | {"f": "2"}, {"x": "2", "y": "3"}) == (
        "0 images, 2 of them copies of another, 1 of them held out too, which flatters what is measured"
    )


def test_a_run_says_it_once_its_files_are_known(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    root = messy(tmp_path / "photos")
    shutil.copy(root / "train" / "cat" / "8.png", root / "train" / "cat" / "8b.png")
    data = Folder(root=str(root), splits="auto", labels=True, image_size=8)
    data.check()
    data.fingerprint()
    data.deck("train")
    assert f"{root / 'train'}: 23 images of 32 × 32 to 40 × 30 pixels" in caplog.text
    assert "2 classes, 2 of them copies of another, 1 of them held out too" in caplog.text
    caplog.clear()
    Folder(root=str(root), splits="auto", image_size=8).deck("train")
    assert "copies" not in caplog.text
