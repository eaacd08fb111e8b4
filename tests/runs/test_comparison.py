"""comparison.png: rows of settings, columns of moments, words that say what differs and what came to no end."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gan_runner.callbacks.base import keep
from gan_runner.images.fields import has_field
from gan_runner.images.lettering import BAND
from gan_runner.runs import comparison
from gan_runner.runs.comparison import GAP, SIDE, TEXT, drawn, moments, nearest, pictures_of
from gan_runner.runs.jobs import Job
from gan_runner.runs.summary import Row, rows

FIGURE = "evaluation/modes_covered/points/9"


def job(sweep: Path, number: int, at: dict[int, str], name: str = "", status: str = "finished", **more: Any) -> Job:
    """A job whose pictures have one colour each, between words."""
    samples = sweep / str(number) / "samples"
    samples.mkdir(parents=True)
    for batches, colour in at.items():
        picture = Image.new("RGB", (50, 50 + 40), "white")
        picture.paste(Image.new("RGB", (50, 50), colour), (0, 0))
        keep(has_field(picture, (0, 0, 50, 50)), samples / f"{name}{batches:08d}.png")
    figures = {FIGURE: float(number), f"{FIGURE}/real": 8.0}
    return Job(sweep / str(number), {"loss": "ab"[number % 2]}, status, more.pop("why", ""), figures, **more)


def words(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is written, as it is written."""
    told: list[str] = []
    monkeypatch.setattr(comparison, "say", lambda draw, at, text, *rest, **more: told.append(text))
    return told


def test_a_row_for_each_setting_and_a_column_for_each_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = words(monkeypatch)
    jobs = [
        job(tmp_path, 0, {0: "red", 100: "green"}),
        job(tmp_path, 1, {0: "blue"}, status="failed", why="ConfigError: no", seed="3"),
    ]
    picture = drawn(rows(jobs), [FIGURE])
    assert picture is not None
    left, right, row = TEXT + SIDE // 2, TEXT + SIDE + GAP + SIDE // 2, SIDE + GAP
    assert picture.width == TEXT + 2 * (SIDE + GAP)
    assert picture.getpixel((left, BAND + row // 2)) == (255, 0, 0)
    assert picture.getpixel((right, BAND + row // 2)) == (0, 128, 0)
    assert picture.getpixel((left, BAND + row + row // 2)) == (0, 0, 255)
    assert picture.getpixel((right, BAND + row + row // 2)) == (255, 255, 255)
    assert [one for one in told if one.startswith("after")] == ["after 0 batches", "after 100 batches"]
    assert {"loss=a", "modes ↑ 0 (real 8)", "1 of 1 runs finished; pictures of seed 0"} <= {*told}
    assert {"loss=b", "0 of 1 runs finished; pictures of seed 3", "seed 3: failed, ConfigError: no", "no picture"} <= {
        *told
    }


def test_a_grid_shows_its_first_images_and_a_plot_its_legend(tmp_path: Path) -> None:
    first, second = (tmp_path / "grid" / str(number) / "samples" for number in range(2))
    for samples in (first, second):
        samples.mkdir(parents=True)
        grid = Image.new("RGB", (20 * 10, 20 * 10), "red")
        grid.paste(Image.new("RGB", (100, 100), "green"), (0, 0))
        keep(has_field(grid, (0, 0, 200, 200), (20, 20)), samples / "00000000.png")
    table = rows([Job(samples.parent, {}, "finished", "", {}) for samples in (first, second)])
    picture = drawn(table, [])
    assert picture is not None
    assert picture.height == BAND + SIDE + GAP  # no legend
    assert picture.getpixel((TEXT + SIDE // 2, BAND + SIDE // 2)) == (0, 128, 0)
    with_words = drawn(rows([job(tmp_path, 0, {0: "red"})]), [])
    assert with_words is not None
    assert with_words.height > BAND + SIDE + GAP


def test_a_run_that_learned_otherwise_and_one_that_was_not_played_again(tmp_path: Path) -> None:
    translated = job(tmp_path, 0, {0: "red", 50: "red"}, "a2b_")
    assert list(pictures_of(translated)) == [0, 50]
    again = tmp_path / "again"
    again.mkdir()
    (again / "run.json").write_text(f'{{"same_as": "{translated.folder}"}}')
    assert pictures_of(Job(again, {}, "finished", "", {})) == pictures_of(translated)
    assert pictures_of(Job(tmp_path / "none", {}, "failed", "", {})) == {}


def test_nothing_is_drawn_of_runs_without_pictures(tmp_path: Path) -> None:
    assert drawn(rows([job(tmp_path, 0, {})]), []) is None
    assert drawn([], []) is None


@pytest.mark.parametrize(
    ("numbers", "found"),
    [([0, 100], [0, 100]), (range(0, 600, 100), [0, 100, 200, 300, 500]), ([5, 0, 5], [0, 5])],
)
def test_moments_lie_ever_further_apart(numbers: Any, found: list[int]) -> None:
    assert moments([*numbers]) == found


def test_moments_of_long_runs() -> None:
    found = moments(range(0, 100_000, 500))
    assert (len(found), found[0], found[-1]) == (5, 0, 99_500)
    assert found == sorted(set(found))


def test_a_picture_stands_where_no_other_moment_is_nearer() -> None:
    found = {0: Path("a"), 90: Path("b")}
    assert [nearest(found, [0, 100, 500], moment) for moment in (0, 100, 500)] == [0, 90, None]


def test_many_settings_end(tmp_path: Path) -> None:
    shown = job(tmp_path, 0, {0: "red"})
    table = [Row(f"loss={number}", 1, 1, {}, [shown], [shown]) for number in range(comparison.ROWS + 3)]
    picture = drawn(table, [])
    assert picture is not None
    assert picture.height < BAND + (comparison.ROWS + 1) * (SIDE + GAP)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_legend_is_whole_beside_few_moments(tmp_path: Path, count: int) -> None:
    samples = tmp_path / "0" / "samples"
    samples.mkdir(parents=True)
    for number in range(count):
        plot = Image.new("RGB", (560, 600), "white")
        plot.paste(Image.new("RGB", (500, 500), "red"), (40, 10))
        plot.paste(Image.new("RGB", (4, 30), "blue"), (540, 560))  # the legend's end
        keep(has_field(plot, (40, 10, 500, 500)), samples / f"{number:08d}.png")
    picture = drawn(rows([Job(tmp_path / "0", {}, "finished", "", {})]), [])
    assert picture is not None
    assert (0, 0, 255) in {colour for _, colour in picture.getcolors(maxcolors=1 << 20) or []}
