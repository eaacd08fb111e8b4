"""Charts: points and bars lie where their values say, in the colours of their classes."""

import pytest
import torch
from PIL import Image

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
    round_numbers,
    tiled,
    titled,
)  # fmt: skip
from gan_runner.images.drawing import GREY

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


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (-2.1, 3.3, [-2, -1, 0, 1, 2, 3]), (0, 35, [0, 5, 10, 15, 20, 25, 30, 35])],
)
def test_ticks_are_round(low: float, high: float, found: list[float]) -> None:
    assert round_numbers(low, high) == pytest.approx(found)


def test_tiles_lie_in_rows_and_titles_above() -> None:
    one = titled(Image.new("RGB", (50, 40)), "a name")
    assert one.size == (50, 40 + TITLE)
    assert tiled([one] * 3, 2, gap=10).size == (110, 2 * (40 + TITLE) + 10)
