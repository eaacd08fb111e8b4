"""Files of samples are whole or not there."""

import numpy as np
import pytest
import torch
from PIL import Image

from gan_runner.images.writing import file_names, write_arrays, write_folder, write_picture, write_walk


def fading(count: int):
    """Batches of (2, 1, 8, 8), the n-th of which fails."""
    for _ in range(count):
        yield torch.zeros(2, 1, 8, 8)
    raise RuntimeError("the device is gone")


def test_arrays_that_cannot_be_drawn_to_the_end_leave_nothing(tmp_path):
    with pytest.raises(RuntimeError, match="device is gone"):
        write_arrays(tmp_path / "x.npz", fading(2), "images", None)
    assert list(tmp_path.iterdir()) == []


def test_points_and_labels(tmp_path):
    points, label = torch.randn(5, 3), torch.arange(5)
    write_arrays(tmp_path / "x.npz", iter([points[:2], points[2:]]), "points", label)
    with np.load(tmp_path / "x.npz") as written:
        np.testing.assert_array_equal(written["points"], points.numpy())
        np.testing.assert_array_equal(written["labels"], label.numpy())


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_a_folder_holds_one_picture_per_sample(channels, mode, tmp_path):
    samples = torch.linspace(-1, 1, 3)[:, None, None, None].expand(3, channels, 8, 8)
    write_folder(tmp_path / "new", iter([samples[:2], samples[2:]]))
    files = sorted((tmp_path / "new").iterdir())
    assert [file.name for file in files] == ["000000.png", "000001.png", "000002.png"]
    assert [Image.open(file).mode for file in files] == [mode] * 3
    assert [np.asarray(Image.open(file)).max() for file in files] == [0, 128, 255]


@pytest.mark.parametrize("channels", [2, 10])
def test_bands_that_no_picture_holds_are_refused_one_by_one_and_kept_in_arrays(channels, tmp_path):
    samples = torch.linspace(-1, 1, channels)[None, :, None, None].expand(2, channels, 8, 8)
    with pytest.raises(ValueError, match=rf"a PNG holds 1, 3, 4 bands, and these images {channels}"):
        write_folder(tmp_path / "new", iter([samples]))
    write_arrays(tmp_path / "x.npz", iter([samples]), "images", None)
    with np.load(tmp_path / "x.npz") as written:
        assert written["images"].shape == (2, 8, 8, channels)


def test_a_picture_of_points_is_a_plot(tmp_path):
    assert write_picture(tmp_path / "x.png", torch.randn(9, 2), "points", None) == [tmp_path / "x.png"]
    assert Image.open(tmp_path / "x.png").size[0] > 64


@pytest.mark.parametrize(("greys", "held"), [([0, 50, 100, 150, 200], 5), ([0, 0, 0, 200, 200], 2), ([90] * 5, 1)])
def test_as_many_frames_as_steps_of_a_walk_or_it_is_said(greys, held, tmp_path, caplog):
    samples = torch.tensor(greys)[:, None, None, None].expand(5, 1, 8, 8) / 127.5 - 1
    write_walk(tmp_path / "walk.png", samples, 5)
    with Image.open(tmp_path / "walk.gif") as animation, Image.open(tmp_path / "walk.png") as strip:
        assert getattr(animation, "n_frames", 1) == held
        assert strip.width == 5 * (64 + 2) + 2
    assert (f"walk.gif has {held} of 5 frames: of neighbours that are equal it has one" in caplog.text) == (held < 5)


@pytest.mark.parametrize(
    ("names", "fit"),
    [
        (["cat", "Ankle boot", "été", "10", "a.b"], ["cat", "Ankle boot", "été", "10", "a.b"]),
        (["T-shirt/top", "a:b?", "x\ty"], ["T-shirt_top", "a_b_", "x_y"]),
        (["Cat", "cat", "cat_1"], ["Cat", "cat_1", "cat_1_2"]),  # one folder each, where case does not count too
        ([".hidden", "..", "", "dot.", "con"], ["_.hidden", "_", "__2", "dot", "_con"]),
        (["../../etc", "C:\\x"], ["_.._.._etc", "C__x"]),
    ],
)
def test_any_name_becomes_the_name_of_a_folder(names, fit):
    assert file_names(names) == fit


def test_long_names_are_cut():
    (name,) = file_names(["é" * 300])
    assert name == "é" * 100


def test_each_class_has_its_folder(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "000007.png").touch()
    (tmp_path / "a" / "mine.png").touch()
    write_folder(tmp_path, iter([torch.zeros(3, 1, 8, 8)]), torch.tensor([1, 0, 1]), ["a", "b/c"])
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png"))
    assert found == ["a/000001.png", "a/mine.png", "b_c/000000.png", "b_c/000002.png"]
