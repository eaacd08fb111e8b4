"""Pictures of a page: series by name, files as they are or lighter, evenly thinned to what a page may weigh."""

from base64 import b64decode
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fixtures.told_runs import picture
from gan_runner.report.pictures import (
    PLAIN,
    SIDE,
    encoded,
    frames,
    html_of_file,
    newest,
    of_image,
    of_picture,
    series_of,
    single,
    spread,
)


def noise(path: Path, side: int, mode: str = "RGB") -> Path:
    shape = (side, side, len(mode))
    Image.fromarray(np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8), mode).save(path)
    return path


def opened(uri: str) -> Image.Image:
    return Image.open(BytesIO(b64decode(uri.partition(",")[2])))


def test_series_are_told_by_their_names(tmp_path: Path) -> None:
    names = ("00000000", "00000500", "by_mode_00000500", "a2b_00000001", "real", "stages", "stage_16")
    for name in names:
        picture(tmp_path / f"{name}.png", "red")
    found = series_of(tmp_path)
    assert {name: list(at) for name, at in found.items()} == {"": [0, 500], "by_mode": [500], "a2b": [1]}
    assert series_of(tmp_path / "none") == {}


def test_a_small_file_stays_as_it_is(tmp_path: Path) -> None:
    picture(tmp_path / "small.png", "red")
    found = encoded(tmp_path / "small.png")
    assert b64decode(found.source.removeprefix("data:image/png;base64,")) == (tmp_path / "small.png").read_bytes()
    assert (found.width, found.height) == (60, 60)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_large_one_becomes_a_lighter_and_smaller_jpeg(tmp_path: Path, mode: str) -> None:
    path = noise(tmp_path / "large.png", 1200, mode)
    assert path.stat().st_size > PLAIN
    found = encoded(path)
    assert found.source.startswith("data:image/jpeg;base64,")
    assert opened(found.source).size == (found.width, found.height) == (SIDE, SIDE)
    assert len(found.source) < path.stat().st_size


def test_a_picture_without_a_file() -> None:
    assert opened(of_image(Image.new("RGB", (9, 5))).source).size == (9, 5)


def test_a_series_keeps_to_its_budget_and_to_both_ends(tmp_path: Path) -> None:
    found = {}
    for at in range(30):
        found[at] = noise(tmp_path / f"{at:08d}.png", 200)
    every = frames(found, 20, 10**9)
    assert [frame.batches for frame in every.frames][:: len(every.frames) - 1] == [0, 29]
    assert (len(every.frames), every.drawn) == (20, 30)
    budget = 5 * len(every.frames[0].picture.source)
    thinned = frames(found, 20, budget)
    assert 2 <= len(thinned.frames) <= 5
    assert sum(len(frame.picture.source) for frame in thinned.frames) <= budget
    assert (thinned.frames[0].batches, thinned.frames[-1].batches) == (0, 29)
    assert [frame.batches for frame in frames(found, 20, 1).frames] == [29]


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    picture(tmp_path / "00000000.png", "red")
    (tmp_path / "00000001.png").write_bytes(b"half a pic")
    assert [frame.batches for frame in frames(series_of(tmp_path)[""], 9, 10**6).frames] == [0]
    assert single(tmp_path / "00000001.png") is None
    assert single(tmp_path / "gone.png") is None


@pytest.mark.parametrize(
    ("count", "kept"), [(9, [0, 1, 2, 3, 4]), (3, [0, 2, 4]), (2, [0, 4]), (1, [4])]
)  # fmt: skip
def test_spread(count: int, kept: list[int]) -> None:
    assert spread(range(5), count) == kept


def test_a_picture_that_is_cut_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "00000001.png"
    Image.effect_noise((60, 60), 50).save(path)
    assert single(path) is not None
    path.write_bytes(path.read_bytes()[:-400])
    assert single(path) is None


def test_the_newest_picture_is_that_of_the_series_that_tells_most(tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    for names, expected in (
        (("kl_00000500",), "kl_00000500"),
        (("00000000", "00000400"), "00000400"),
        (("reconstruction_00000300", "reconstruction_00000200"), "reconstruction_00000300"),
        (("a2b_00000001", "b2a_00000100"), "a2b_00000001"),
    ):
        for name in names:
            picture(tmp_path / f"{name}.png", "red")
        found = newest(tmp_path)
        assert found is not None
        assert found[1].stem == expected
        assert found[0] == int(expected[-8:])


def test_a_picture_without_a_file_is_kept_to_the_bit_where_it_is_small() -> None:
    small = Image.new("RGB", (20, 30), "red")
    assert of_picture(small).source.startswith("data:image/png")
    assert opened(of_picture(small).source).size == (20, 30)
    large = Image.fromarray(np.random.default_rng(0).integers(0, 255, (400, 400, 3), dtype=np.uint8))
    assert of_picture(large).source.startswith("data:image/jpeg")


def test_a_piece_of_a_page_has_the_picture_in_it_and_fits(tmp_path: Path) -> None:
    picture(tmp_path / "wide.png", "red")
    html = html_of_file(tmp_path / "wide.png", "after <1> batch", 10)
    assert 'src="data:image/png;base64,' in html
    assert 'width="10"' in html
    assert "after &lt;1&gt; batch" in html
    assert html_of_file(tmp_path / "absent.png", "") == ""
