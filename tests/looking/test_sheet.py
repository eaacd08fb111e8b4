"""The picture of examples: a row for each class, or a square."""

import numpy as np
import torch
from PIL import Image

from fixtures.looked_at import flock, looked_at, messy
from gan_runner.images.fields import box_of, cell_of
from gan_runner.looking import sheet as module
from gan_runner.looking.sheet import draw, sheet


def cells(picture):
    """(columns, rows) of the grid on a picture."""
    _, _, width, height = box_of(picture)
    across, down = cell_of(picture)
    return width // across, height // down


def test_each_class_has_a_row(tmp_path):
    found = looked_at(messy(tmp_path / "photos"), tmp_path)
    picture = sheet(found)
    assert cells(picture) == (12, 2)
    left, top, _, _ = box_of(picture)
    assert left > 20  # the names of classes
    assert top > 20  # the title
    pixels = np.asarray(picture.convert("RGB"))
    across, down = cell_of(picture)
    first = found.folder.deck("train")
    expected = first[torch.tensor([0])].real[0].permute(1, 2, 0).numpy()
    shown = pixels[top + 2 : top + 2 + 64, left + 2 : left + 2 + 64]
    assert (shown[::2, ::2] == expected).all()
    lacking = pixels[top + down + 2 : top + 2 * down, left + 5 * across + 2 : left + 12 * across]
    assert (lacking == 255).all()  # there are four dogs


def test_without_classes_it_is_a_square(tmp_path):
    assert cells(sheet(looked_at(flock(tmp_path / "photos", 9), tmp_path, holdout=0))) == (3, 3)
    assert sheet(looked_at(flock(tmp_path / "one", 1), tmp_path, holdout=0)).width == 64


def test_many_classes_are_the_largest_ones(tmp_path, monkeypatch):
    for number in range(5):
        flock(tmp_path / "photos" / f"c{number}", 2 + number, 10 * number)
    monkeypatch.setattr(module, "ROWS", 3)
    found = looked_at(tmp_path / "photos", tmp_path, holdout=0)
    assert cells(sheet(found))[1] == 3
    assert "the 3 largest of 5 classes" in module._title(found, 3, "")
    found = looked_at(tmp_path / "photos", tmp_path, holdout=0, labels=True, only=["c3", "c4"])
    assert "largest" not in module._title(found, 2, "")


def test_it_is_written_whole(tmp_path):
    found = looked_at(flock(tmp_path / "photos", 4), tmp_path, holdout=0)
    draw(found, tmp_path / "grid.png")
    assert cells(Image.open(tmp_path / "grid.png")) == (2, 2)
