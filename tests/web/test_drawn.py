"""A drawing becomes a file of points, the same for the same places."""

from pathlib import Path

import numpy as np
import pytest

from gan_runner.config.errors import ConfigError
from gan_runner.web import drawn


def test_points_lie_around_the_places_each_as_often(tmp_path: Path) -> None:
    places = [[0.5, 0.5], [-0.5, 0.0]]
    path = drawn.save(places, tmp_path / "points")
    assert path.read_text().splitlines()[0] == "x,y"
    rows = np.loadtxt(path, delimiter=",", skiprows=1)
    assert rows.shape == (drawn.COUNT, 2)
    right = rows[rows[:, 0] > 0]
    assert len(right) == drawn.COUNT / 2
    assert np.allclose(right.mean(0), places[0], atol=0.005)
    assert np.allclose(right.std(0), drawn.SIGMA, rtol=0.15)


def test_the_same_drawing_is_the_same_file(tmp_path: Path) -> None:
    first = drawn.save([[0.1, 0.2]], tmp_path)
    written = first.stat().st_mtime_ns
    assert drawn.save([[0.1, 0.2]], tmp_path) == first
    assert first.stat().st_mtime_ns == written
    assert drawn.save([[0.1, 0.21]], tmp_path) != first
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_takes_no_drawing_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ConfigError, match=r"the drawing cannot be saved in .*taken.points: Not a directory"):
        drawn.save([[0.0, 0.5]], tmp_path / "taken" / "points")
