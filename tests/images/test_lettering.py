"""Words on pictures: they fit, they are seen, and what is asked for again is drawn once."""

import subprocess
import sys

import pytest
from PIL import Image, ImageDraw

from gan_runner.images.fields import box_of, field_of
from gan_runner.images.lettering import (
    BAND,
    HEADER,
    banner,
    below_names,
    beside_gutter,
    font,
    names_line,
    round_numbers,
    say,
    stacked,
    titled,
)

BLACK = Image.new("RGB", (70, 40))


def inked(picture: Image.Image) -> list[bool]:
    """Whether a column has a dark pixel."""
    grey = picture.convert("L")
    return [min(grey.crop((x, 0, x + 1, grey.height)).tobytes()) < 128 for x in range(grey.width)]


@pytest.mark.parametrize("text", ["½", "↑", "↓", "→", "×", "é", "Ж", "λ"])
def test_every_sign_that_is_used_has_a_letter(text: str) -> None:
    """Where a font has none it draws the same box for all."""
    assert font(40).getmask(text).getbbox() is not None
    assert bytes(font(40).getmask(text)) != bytes(font(40).getmask("\uffff"))


def test_text_is_as_small_as_the_width_demands_and_cut_at_the_smallest() -> None:
    sheet = Image.new("RGB", (60, 30), "white")
    say(ImageDraw.Draw(sheet), (30, 15), "a very long name that no letters make fit", 14, 40)
    columns = inked(sheet)
    assert any(columns)
    assert not any(columns[:9] + columns[51:])


def test_columns_have_their_names_above_them() -> None:
    picture = below_names(BLACK, ["left", "right"])
    assert picture.size == (70, 40 + HEADER)
    names = inked(picture.crop((0, 0, 70, HEADER)))
    assert any(names[:35])
    assert any(names[35:])
    assert field_of(picture).tobytes() == BLACK.tobytes()
    assert names_line(("left", "right"), 70) is names_line(("left", "right"), 70)


def test_rows_have_their_names_left_of_them() -> None:
    picture = beside_gutter(BLACK, ["fake", "real"], [(255, 0, 0), (0, 0, 255)])
    assert picture.height == 40
    left, top, width, height = box_of(picture)
    assert (top, width, height) == (0, 70, 40)
    words = picture.crop((0, 0, left, 40))
    above, below = words.crop((0, 0, left, 20)), words.crop((0, 20, left, 40))
    assert min(above.getchannel("G").tobytes()) < 100 <= min(above.getchannel("R").tobytes())
    assert min(below.getchannel("R").tobytes()) < 100 <= min(below.getchannel("B").tobytes())


def test_a_title_stands_above_and_leaves_transparency() -> None:
    clear = Image.new("RGBA", (50, 20), (0, 0, 0, 0))
    picture = titled(clear, "what it is")
    assert (picture.mode, picture.size) == ("RGBA", (50, 20 + BAND))
    assert any(inked(picture.crop((0, 0, 50, BAND))))
    assert picture.getpixel((5, BAND + 5)) == (0, 0, 0, 0)
    assert picture.getpixel((0, 0)) == (255, 255, 255, 255)


def test_what_is_stacked_is_as_wide_as_the_widest() -> None:
    assert stacked([banner("a", 20), banner("b", 30)]).size == (30, 2 * BAND)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (-2.1, 3.3, [-2, -1, 0, 1, 2, 3]), (0, 35, [0, 5, 10, 15, 20, 25, 30, 35])],
)
def test_ticks_are_round(low: float, high: float, found: list[float]) -> None:
    assert round_numbers(low, high) == pytest.approx(found)


def test_its_letters_come_with_matplotlib_which_is_not_imported() -> None:
    code = (
        "import sys; from gan_runner.images.lettering import font\n"
        "assert font(12).getname()[0] == 'DejaVu Sans'\n"
        "assert not {'matplotlib', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
