import numpy as np
import pytest
from PIL import Image

from gan_runner.data.files.decoding import DecodeError
from gan_runner.data.files.pairs import Matched, SideBySide, match


def test_names_match_whatever_the_suffix_and_below_folders(tmp_path):
    for name in ("a/1.jpg", "a/deep/2.png", "b/1.png", "b/deep/2.webp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    a, b = tmp_path / "a", tmp_path / "b"
    assert match(a, b) == {a / "1.jpg": b / "1.png", a / "deep" / "2.png": b / "deep" / "2.webp"}
    (b / "deep" / "2.webp").rename(b / "2.webp")
    with pytest.raises(ValueError, match=r"2 of the 3 images"):
        match(a, b)


@pytest.mark.parametrize(("direction", "expected"), [("a2b", [10, 200, 200, 200]), ("b2a", [200, 10, 10, 10])])
def test_halves(tmp_path, direction, expected):
    image = Image.new("L", (8, 4), 10)
    image.paste(200, (4, 0, 8, 4))
    image.save(tmp_path / "both.png")
    pair = SideBySide((4, 4), 4, "stretch", 1, direction)(tmp_path / "both.png")
    assert pair.shape == (4, 4, 4)
    assert [np.unique(channel).tolist() for channel in pair] == [[value] for value in expected]


def test_a_missing_partner_is_an_error_of_decoding(tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "x.png")
    partners = {tmp_path / "x.png": tmp_path / "gone.png"}
    with pytest.raises(DecodeError, match=r"gone\.png"):
        Matched((4, 4), 2, "stretch", 1, partners, tmp_path)(tmp_path / "x.png")
