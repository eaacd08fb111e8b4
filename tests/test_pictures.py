"""results/pictures.py: what README shows is drawn from run folders, in small files."""

import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from gan_runner.images.drawing import grid, scatter

RESULTS = Path(__file__).parent.parent / "results"
MOST_BYTES = 300_000
"""Of the pictures that README shows, all together."""


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(RESULTS))
    return import_module("pictures")


def played(folder: Path, batches: tuple[int, ...]) -> None:
    """What two runs leave: rows of three digits that become lighter, and points that come together."""
    for name in ("digits", "ring"):
        (folder / name / "samples").mkdir(parents=True)
    digits, ring = folder / "digits" / "samples", folder / "ring" / "samples"
    for at in batches:
        grid(torch.full((6, 1, 16, 16), at / 1000 - 0.5), 3).save(digits / f"{at:08d}.png")
        scatter(torch.eye(2), torch.eye(2) * at / 1000).save(ring / f"{at:08d}.png")
    grid(torch.zeros(4, 1, 16, 16), 2).save(digits / "nearest_00001000.png")


def test_the_pictures_are_drawn_from_two_runs(pictures: Any, tmp_path: Path) -> None:
    played(tmp_path, (*pictures.SHOWN, 600, 800))
    pictures.main(tmp_path, tmp_path / "images")
    drawn = {path.name: Image.open(path) for path in (tmp_path / "images").iterdir()}
    assert set(drawn) == {"digits.png", "progress.png", "nearest.png", "ring.gif"}
    last = Image.open(tmp_path / "digits" / "samples" / "00001000.png")
    assert drawn["digits.png"].size == last.size
    assert drawn["ring.gif"].size == (pictures.SIDE, pictures.SIDE)
    assert 1 < drawn["ring.gif"].n_frames <= pictures.FRAMES


def test_progress_is_the_first_row_of_each_grid(pictures: Any) -> None:
    first, later = (grid(torch.tensor([0.5, -0.5]).repeat_interleave(3).reshape(6, 1, 1, 1) * sign, 3).convert("L")
                    for sign in (1, -1))  # fmt: skip
    assert pictures.row_height(first) == 66  # a border of 2 pixels, a cell of 64
    sheet = pictures.first_rows([first, later])
    assert sheet.size == (first.width, 132)
    assert sheet.getpixel((30, 30)) == first.getpixel((30, 30))
    assert sheet.getpixel((30, 96)) == later.getpixel((30, 30))


def test_frames_lie_ever_further_apart(pictures: Any) -> None:
    chosen = pictures.spread(list(range(100)), 10)
    steps = [after - before for before, after in pairwise(chosen)]
    assert (chosen[0], chosen[-1]) == (0, 99)
    assert len(chosen) <= 10
    assert steps == sorted(steps)


def test_a_run_that_was_not_played_is_told(pictures: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make pictures"):
        pictures.main(tmp_path, tmp_path / "images")


def test_what_readme_shows_is_small(pictures: Any) -> None:
    found = (path for path in pictures.IMAGES.iterdir() if path.suffix in (".png", ".gif"))
    shown = [path for path in found if not path.stem.startswith(("vae_", "equal_time_"))]  # of other pages
    assert {path.name for path in shown} == {"digits.png", "progress.png", "nearest.png", "ring.gif", "play.png"}
    assert sum(path.stat().st_size for path in shown) < MOST_BYTES


def test_recipes_stand_side_by_side_with_the_best_on_top(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(RESULTS))
    monkeypatch.setattr(sys, "argv", ["rows.py"])
    rows, runs = import_module("rows"), import_module("runs")
    played = []
    for name, frechet, shade in (("vae", 9.0, -1.0), ("dcgan", 1.0, 0.5)):
        folder = tmp_path / name
        (folder / "samples").mkdir(parents=True)
        grid(torch.full((4, 1, 16, 16), 0.0), 2).save(folder / "samples" / "00000000.png")
        grid(torch.full((4, 1, 16, 16), shade), 2).save(folder / "samples" / "00000002.png")
        played.append(runs.Run(f"equal_time_mnist/{name}", "", "0", {"frechet": frechet}, {}, {}, folder=folder))
    monkeypatch.setattr(rows, "counted", lambda: played)
    rows.main(tmp_path / "images")
    assert [path.name for path in (tmp_path / "images").iterdir()] == ["equal_time_mnist.png"]
    picture = Image.open(tmp_path / "images" / "equal_time_mnist.png").convert("L")
    middle = rows.MARGIN + 20
    assert picture.getpixel((middle, picture.height // 4)) > 150  # dcgan, light at its end
    assert picture.getpixel((middle, 3 * picture.height // 4)) == 0


def test_recipes_whose_runs_are_gone_keep_their_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(RESULTS))
    rows, runs = import_module("rows"), import_module("runs")
    gone = runs.Run("equal_time_mnist/vae", "", "0", {"frechet": 1.0}, {}, {}, folder=None)
    monkeypatch.setattr(rows, "counted", lambda: [gone])
    rows.main(tmp_path / "images")
    assert not [*(tmp_path / "images").iterdir()]
