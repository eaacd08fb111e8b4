"""Where a picture's data lies: noted, moved with the words around it, kept by a PNG file."""

from pathlib import Path

from PIL import Image

from gan_runner.callbacks.base import keep
from gan_runner.images.fields import box_of, cell_of, field_of, has_field, moved, notes_of


def test_a_picture_without_a_note_is_data_all_over() -> None:
    plain = Image.new("RGB", (30, 20))
    assert (box_of(plain), cell_of(plain), notes_of(plain).chunks) == ((0, 0, 30, 20), None, [])
    assert field_of(plain).size == (30, 20)


def test_the_note_moves_with_the_data_and_is_kept_in_the_file(tmp_path: Path) -> None:
    small = has_field(Image.new("RGB", (4, 4), "red"), (0, 0, 4, 4), (2, 2))
    large = Image.new("RGB", (10, 9), "white")
    large.paste(small, (3, 5))
    keep(moved(small, large, 3, 5), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert (box_of(picture), cell_of(picture)) == ((3, 5, 4, 4), (2, 2))
        assert field_of(picture).getcolors() == [(16, (255, 0, 0))]
