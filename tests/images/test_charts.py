"""Charts: points and bars lie where their values say, in the colours of their classes."""

import pytest
import torch
from PIL import Image

from gan_runner.images.captions import FAKE, GREY, INK
from gan_runner.images.charts import (
    BLUE,
    EDGE,
    IN_LEGEND,
    LEGEND,
    SIDE,
    TEN,
    TITLE,
    bars,
    by_class,
    colours,
    tally,
    tiled,
)  # fmt: skip
from gan_runner.images.lettering import BAND, titled

AXES = ("first", "second")


def counts(picture: Image.Image, colour: tuple[int, int, int]) -> int:
    return sum(count for count, found in picture.getcolors(1 << 20) or () if found == colour)


def test_each_point_has_the_colour_of_its_class_and_lies_the_second_axis_upwards() -> None:
    points = torch.tensor([[-1.0, -1.0], [1.0, 1.0], [1.0, -1.0]]).repeat(200, 1)
    picture = by_class(points, torch.tensor([0, 1, 2] * 200), ["a", "b", "c"], "title", AXES)
    assert picture.size == (SIDE + 2 * EDGE + LEGEND, SIDE + 2 * EDGE + TITLE)
    left, right = EDGE + SIDE * (0.1 / 2.2), EDGE + SIDE * (2.1 / 2.2)
    above, below = EDGE + TITLE + SIDE * (0.1 / 2.2), EDGE + TITLE + SIDE * (2.1 / 2.2)
    for place, colour in (((left, below), TEN[0]), ((right, above), TEN[1]), ((right, below), TEN[2])):
        assert picture.getpixel((round(place[0]), round(place[1]))) == colour


def test_a_far_point_is_drawn_on_the_frame() -> None:
    points = torch.cat([torch.rand(999, 2, generator=torch.Generator().manual_seed(0)), torch.tensor([[1e6, 0.5]])])
    label = torch.tensor([0] * 999 + [1])
    field = by_class(points, label, ["a", "b"], "title", AXES).crop((0, 0, EDGE + SIDE + 5, 9999))
    assert counts(field, TEN[1]) > 0
    assert counts(field, TEN[0]) > 2000  # the others fill the field


def test_without_labels_there_is_no_legend() -> None:
    assert by_class(torch.randn(50, 2), None, [], "title", AXES).width == SIDE + 2 * EDGE


def test_a_legend_of_many_classes_ends() -> None:
    label = torch.arange(100)
    picture = by_class(torch.randn(100, 2), label, [f"class {y}" for y in label.tolist()], "title", AXES)
    legend = picture.crop((EDGE + SIDE + 10, 0, picture.width, picture.height))
    rows = [y for y in range(legend.height) if any(legend.getpixel((10, y)) == c for c in colours(100))]
    assert max(rows) < EDGE + TITLE + 20 * (IN_LEGEND + 1)
    assert len(set(colours(100))) == 100


@pytest.mark.parametrize("place", [20.0, -3e4])
def test_equal_points_far_from_the_middle_are_drawn(place: float) -> None:
    assert by_class(torch.full((50, 2), place), None, [], "title", AXES).width == SIDE + 2 * EDGE


def test_all_points_in_one_place_are_drawn() -> None:
    assert counts(by_class(torch.zeros(5, 2), None, [], "title", AXES), BLUE) > 0


def test_bars_fall_from_the_left_and_are_grey_where_unlit() -> None:
    picture = bars(torch.tensor([1.0, 4.0, 0.0, 2.0]), torch.tensor([True, True, False, False]), "title", AXES)
    step, bottom, height = SIDE / 4, EDGE + TITLE + SIDE // 2, SIDE // 2

    def of(index: int, value: float) -> object:
        return picture.getpixel((round(EDGE + (index + 0.5) * step), round(bottom - value / 4.2 * height)))

    assert [of(0, 3.9), of(1, 1.9), of(2, 0.9)] == [BLUE, GREY, BLUE]
    assert [of(0, 4.1), of(1, 2.1), of(2, 1.1), of(3, 0.1)] == [(255, 255, 255)] * 4


def test_bars_of_nothing_and_of_many() -> None:
    assert bars(torch.zeros(3), torch.zeros(3, dtype=torch.bool), "title", AXES).width == SIDE + 2 * EDGE
    assert counts(bars(torch.rand(300), torch.ones(300, dtype=torch.bool), "title", AXES), BLUE) > 1000


def inked(picture: Image.Image, box: tuple[float, float, float, float]) -> bool:
    """Whether something dark is written there."""
    return min(picture.convert("L").crop(tuple(map(round, box))).tobytes()) < 150


def test_a_tally_has_bars_in_their_order_with_numbers_names_and_the_even_share() -> None:
    counts = torch.tensor([40, 0, 10, 30])
    picture = tally(counts, ["a", "b", "c", "d"], "title", AXES, outside=20)
    step, bottom, height, top = SIDE / 5, EDGE + TITLE + SIDE // 2, SIDE // 2, 44.0
    for index, (value, colour) in enumerate([(40, FAKE), (0, None), (10, FAKE), (30, FAKE), (20, GREY)]):
        middle, high = EDGE + (index + 0.5) * step, bottom - value / top * height
        if colour:
            assert picture.getpixel((round(middle + step / 4), round(high + 8))) == colour
        assert inked(picture, (middle - 15, high - 15, middle + 15, high - 2))  # its number
        assert inked(picture, (middle - 15, bottom + 4, middle + 15, bottom + 18))  # its name
    even = round(bottom - 20 / top * height)
    assert INK in [picture.getpixel((EDGE + round(1.5 * step), even + off)) for off in (-1, 0, 1)]


def test_a_tally_of_nothing_is_no_empty_sheet() -> None:
    picture = tally(torch.zeros(8, dtype=torch.int64), [*map(str, range(8))], "title", AXES)
    middle, height = EDGE + SIDE / 2, EDGE + TITLE + SIDE / 4
    assert inked(picture, (middle - 100, height - 10, middle + 100, height + 10))  # it says so
    assert inked(picture, (EDGE, 0, EDGE + SIDE, TITLE))


def test_a_tally_of_a_thousand_has_bars_alone() -> None:
    picture = tally(torch.arange(1000), [*map(str, range(1000))], "title", AXES, outside=5)
    assert counts(picture, FAKE) > 10_000
    assert counts(picture, GREY) < 3000  # the frame; no bar of what lies outside


def test_tiles_lie_in_rows_and_titles_above() -> None:
    one = titled(Image.new("RGB", (50, 40)), "a name")
    assert one.size == (50, 40 + BAND)
    assert tiled([one] * 3, 2, gap=10).size == (110, 2 * (40 + BAND) + 10)
