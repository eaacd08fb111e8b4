"""Drawing: bytes, grids, scatter plots, animations."""

import math
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch.nn.functional import avg_pool2d

from gan_runner.images import drawing
from gan_runner.images.captions import FAKE, LOOKS_FAKE, LOOKS_REAL, REAL, WHITE
from gan_runner.images.drawing import (
    ABOVE,
    CANVAS,
    LEFT,
    REST,
    bands_shown,
    columns_of,
    gif,
    grid,
    heat,
    pairs,
    panel,
    places,
    scatter,
)
from gan_runner.images.fields import box_of, cell_of, field_of
from gan_runner.images.lettering import BAND, HEADER
from gan_runner.images.ranges import to_unit_range


@pytest.mark.parametrize(("channels", "mode"), [(1, "RGB"), (3, "RGB"), (4, "RGBA")])
def test_cells_are_enlarged_by_whole_factors(channels: int, mode: str) -> None:
    picture = grid(torch.ones(5, channels, 28, 32) * -1, columns=5)
    assert picture.mode == mode
    assert picture.size == (5 * (96 + 2) + 2, 84 + 4)
    assert grid(torch.zeros(4, channels, 128, 128)).size == (262, 262)


@pytest.mark.parametrize("channels", [2, 5, 10])
def test_many_bands_show_three_and_say_which(channels: int) -> None:
    """Band n is at the level of 20·n; of two, the second is green and no transparency."""
    bands = to_unit_range(20 * torch.arange(1, channels + 1, dtype=torch.uint8)[None, :, None, None])
    bands = bands.expand(4, -1, 64, 64)
    pictures = [grid(bands), panel({"bands": bands})]
    blue = 0 if channels == 2 else 60
    assert [picture.mode for picture in pictures] == ["RGB", "RGB"]
    assert {picture.getpixel((30, HEADER + 30)) for picture in pictures} == {(20, 40, blue)}
    assert bands_shown(channels).startswith("bands 1")
    assert f"of {channels} " in bands_shown(channels) or channels == 2
    assert [bands_shown(usual) for usual in (1, 3, 4)] == [""] * 3


def test_nearest_neighbour() -> None:
    picture = grid(torch.tensor([[[[-1.0, 1.0]]]]).expand(4, 1, 1, 2))
    assert [picture.getpixel((x, 10)) for x in (10, 2 + 63, 2 + 64)] == [(0, 0, 0), (0, 0, 0), (255, 255, 255)]


def test_scatter_keeps_its_axes() -> None:
    square = torch.tensor([[-1.0, -1.0], [1.0, 1.0]])
    near, far = scatter(square, torch.tensor([[0.0, 0.5]])), scatter(square, torch.tensor([[0.0, 99.0]]))
    assert near.size == far.size
    assert field_of(near).getpixel((256, 153))[2] < 80  # 256 · (1 − 0.5/1.25)
    assert field_of(far).getpixel((256, 1))[2] < 150  # on the frame
    assert box_of(near) == (LEFT, ABOVE, CANVAS, CANVAS)
    assert scatter(None, square).size == near.size


def test_gif(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (1280, 640), colour) for colour in ("red", "green", "blue")]
    gif(frames, tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as animation:
        assert (animation.n_frames, animation.size) == (3, (640, 320))
        assert animation.info["loop"] == 0
        animation.seek(2)
        assert animation.info["duration"] == REST  # it rests


def test_frames_of_an_animation_have_their_titles(tmp_path: Path) -> None:
    gif([Image.new("RGB", (200, 100))] * 2, tmp_path / "a.gif", titles=["after 0 batches", "after 500 batches"])
    with Image.open(tmp_path / "a.gif") as animation:
        assert (animation.n_frames, animation.size) == (2, (200, 100 + BAND))  # of equal pictures, by their titles


def test_a_surface_is_painted_where_its_places_are() -> None:
    real = torch.tensor([[-1.0, -1.0], [1.0, 1.0]])
    at = places(real)
    right = (at[:, 0] > 0).float()
    picture = field_of(scatter(real, torch.empty(0, 2), right))
    left_colour, right_colour = picture.getpixel((100, 300)), picture.getpixel((400, 300))
    assert left_colour == LOOKS_FAKE
    assert right_colour == LOOKS_REAL
    assert at[0, 1] > at[-1, 1]  # from above
    above = field_of(scatter(real, torch.empty(0, 2), (at[:, 1] > 0).float()))
    assert above.getpixel((300, 100)) == LOOKS_REAL


def test_pairs_stand_one_above_the_other() -> None:
    dark, light = torch.full((10, 1, 64, 64), -1.0), torch.ones(10, 1, 64, 64)
    picture = pairs(dark, light)  # of ten, the eight that fill a row
    left, top, *size = box_of(picture)
    assert (top, size) == (0, [8 * 66 + 2, 2 * 66 + 2])
    assert [picture.getpixel((left + 30, 30 + 66 * row))[0] for row in range(2)] == [0, 255]
    for row, colour in enumerate((FAKE, REAL)):  # in words which row is real
        words = picture.crop((0, 66 * row, left, 66 * row + 66))
        assert colour in {found for _, found in words.getcolors(1 << 16) or ()}
    assert box_of(pairs(dark[:3], light[:3], title="what they are"))[1:] == (BAND, 3 * 66 + 2, 2 * 66 + 2)


def test_a_grid_tells_how_large_its_cells_are() -> None:
    assert cell_of(grid(torch.zeros(4, 1, 28, 32))) == (98, 86)


def colours_of(picture: Image.Image, *box: int) -> set[tuple[int, ...]]:
    return {found for _, found in picture.crop(box).getcolors(1 << 16) or ()}


@pytest.mark.parametrize("middle", ["½", "its mean"])
def test_a_scatter_plot_has_axes_and_a_legend_of_its_colours(middle: str) -> None:
    real, fake = torch.tensor([[-1.0, -1.0], [1.0, 1.0]]), torch.zeros(1, 2)
    surface = torch.linspace(0, 1, drawing.TILES**2)
    plain, believed = scatter(real, fake), scatter(real, fake, surface, middle)
    right, bottom = plain.size
    line = ABOVE + CANVAS + 26
    legend = colours_of(plain, LEFT, line, right, bottom)
    assert {REAL, FAKE} <= legend
    assert not {LOOKS_FAKE, LOOKS_REAL} & legend
    assert {REAL, FAKE, LOOKS_FAKE, LOOKS_REAL} <= colours_of(believed, LEFT, line, right, bottom)
    alone = colours_of(scatter(None, fake, called="samples"), LEFT, line, right, bottom)
    assert FAKE in alone
    assert REAL not in alone
    assert colours_of(plain, 0, ABOVE, LEFT - 5, ABOVE + CANVAS) != {WHITE}  # numbers of the axes
    assert colours_of(plain, LEFT, ABOVE + CANVAS + 5, right, line) != {WHITE}


def test_what_scatter_plots_share_is_drawn_once() -> None:
    real = torch.tensor([[-2.0, -1.0], [1.0, 1.0]])
    drawing._sheet.cache_clear()
    for shift in range(5):
        scatter(real, real + shift)
    assert (drawing._sheet.cache_info().misses, drawing._sheet.cache_info().hits) == (1, 4)


@pytest.mark.parametrize("points", [torch.full((3, 2), 3e4), torch.full((3, 2), math.nan), torch.zeros(2, 2)])
def test_points_of_any_size_are_drawn(points: torch.Tensor) -> None:
    assert scatter(None, points).size == scatter(None, torch.eye(2)).size


def test_a_hole_is_no_colour_of_a_grey_image() -> None:
    """The source of data=degraded with holes; two bands of which none is grey are drawn in colour."""
    source, filled = torch.zeros(1, 2, 64, 64), torch.zeros(1, 1, 64, 64)
    source[:, 1] = 1.0
    red, green, blue = panel({"input": source, "translated": filled}).getpixel((30, HEADER + 30))
    assert red == green == blue
    red, green, blue = panel({"input": source, "target": source}).getpixel((30, HEADER + 30))
    assert (green, blue) == (255, 0)


@pytest.mark.parametrize(
    ("classes", "count", "columns"), [(2, 64, 8), (3, 64, 6), (10, 60, 10), (10, 100, 10), (1, 9, 3)]
)
def test_few_classes_fill_a_picture(classes: int, count: int, columns: int) -> None:
    assert columns_of(classes, count) == columns


def test_a_panel_has_a_named_column_for_each_kind_and_a_row_for_each_image() -> None:
    dark, light = torch.full((3, 1, 64, 64), -1.0), torch.ones(3, 4, 64, 64)
    light[:, 3] = -1.0  # what comes after the third channel is not shown
    picture = panel({"input": dark, "a name that is wider than its column": light})
    assert picture.size == (2 * 66 + 2, 3 * 66 + 2 + HEADER)
    for row in range(3):
        assert picture.getpixel((30, HEADER + 30 + 66 * row)) == (0, 0, 0)
        assert picture.getpixel((96, HEADER + 30 + 66 * row)) == (255, 255, 255)
    inked = [[min(picture.getpixel((x, y))) < 128 for y in range(HEADER)] for x in range(picture.width)]
    assert any(map(any, inked[:67]))
    assert any(map(any, inked[67:]))
    assert not any(inked[0] + inked[-1])  # the long name has shrunk to its column


def test_heat_goes_from_black_by_red_and_yellow_to_white() -> None:
    values = torch.tensor([0.0, 1 / 3, 2 / 3, 1.0]).view(4, 1, 1, 1)
    shown = (heat(values).flatten(1) + 1) / 2
    torch.testing.assert_close(shown, torch.tensor([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]]))


def test_a_dot_covers_each_pixel_by_its_share() -> None:
    """Against an average over a canvas of numbers."""
    placed = torch.randn(300, 2, generator=torch.Generator().manual_seed(0)).clamp(-1, 1)
    side, reach = drawing.CANVAS * drawing.OVERSAMPLING, drawing.DOT * drawing.OVERSAMPLING
    fine = torch.zeros(side, side)
    for x, y in ((placed * torch.tensor([1.0, -1.0]) + 1) / 2 * (side - 1)).round().long().tolist():
        for right in range(-math.ceil(reach), math.ceil(reach) + 1):
            for down in range(-math.ceil(reach), math.ceil(reach) + 1):
                if right**2 + down**2 <= reach**2:
                    fine[min(max(y + down, 0), side - 1), min(max(x + right, 0), side - 1)] = 1.0
    expected = avg_pool2d(fine[None], drawing.OVERSAMPLING)[0]
    torch.testing.assert_close(drawing._coverage(placed)[..., 0], expected)
