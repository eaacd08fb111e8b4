"""One scale for a whole set, known again from the cache; pages and bands that are not taken are said."""

import logging

import numpy as np
import pytest
import tifffile
from PIL import Image

from fixtures.animations import animation
from fixtures.medical import nifti as nifti_file
from gan_runner.data.files import nifti, survey
from gan_runner.data.files.decoding import Decoder, find_images
from gan_runner.data.files.pages import images_of
from gan_runner.data.files.reading import Reading
from gan_runner.data.files.survey import settled, surveyed


def write(folder, name: str, *values: float, dtype: type = np.uint16) -> None:
    tifffile.imwrite(folder / f"{name}.tif", np.resize(np.array(values, dtype), (8, 8)), photometric="minisblack")


def settle(root, cache=None, channels=1, **settings):
    return settled(Decoder((8, 8), channels, "crop", **settings), root, list(find_images(root)), cache).value_range


def test_the_largest_value_of_all_files_is_white(tmp_path, caplog):
    write(tmp_path, "a", 5, 700)
    write(tmp_path, "b", 9, 4000)
    Image.new("L", (8, 8), 255).save(tmp_path / "bytes.png")
    with caplog.at_level(logging.INFO):
        assert settle(tmp_path) == (0, 4000)
    assert "2 files of uint16, from 5 to 4000; 0 becomes black and 4000 white in all of them" in caplog.text
    write(tmp_path, "c", -1000, 20, dtype=np.int16)
    assert settle(tmp_path) == (-1000, 4000)


def test_a_scale_that_is_given_stands(tmp_path):
    write(tmp_path, "a", 5, 700)
    assert settle(tmp_path, value_range=(0, 65535)) == (0, 65535)
    assert settle(tmp_path, value_range="type") == "type"


def test_bytes_need_no_scale(tmp_path, caplog):
    Image.new("L", (8, 8), 9).save(tmp_path / "a.png")
    (tmp_path / "damaged.tif").write_bytes(b"II*\0")
    with caplog.at_level(logging.INFO):
        assert settle(tmp_path) == "type"
    assert not caplog.records


def test_floats_that_are_whole_numbers_have_the_scale_of_integers(tmp_path):
    write(tmp_path, "a", 0, 4095)
    write(tmp_path, "b", -1000, 3000, dtype=np.float32)
    write(tmp_path, "c", 0, 1, dtype=np.float32)
    assert settle(tmp_path) == (-1000, 4095)
    write(tmp_path, "d", 0, 1.5, dtype=np.float32)
    with pytest.raises(ValueError, match=r"several kinds \(float32, uint16\)"):
        settle(tmp_path)


@pytest.mark.parametrize("cached", [False, True])
def test_frames_that_may_be_several_images_are_said_where_all_are_taken(tmp_path, caplog, cached):
    root = tmp_path / "root"
    root.mkdir()
    for name in ("a.gif", "b.webp", "c.png"):
        animation(root / name, duration=80)
    animation(root / "d.gif", [0, 80, 160], duration=80)
    for pages in (None, "first", "middle", "all", (1, 2), "bands"):
        for _ in range(1 + cached):
            caplog.clear()
            images, _ = images_of(list(find_images(root)), Reading(pages))
            settled(Decoder((8, 8), 4 if pages == "bands" else 1, "crop", reading=Reading(pages)), root, images,
                    tmp_path / "cache" if cached else None)  # fmt: skip
            told = "the 12 frames of 3 files may be 24 images, by how long they are shown"
            assert (told in caplog.text) == (pages not in (None, "first"))


@pytest.mark.filterwarnings("ignore:.*photometric.*:DeprecationWarning")
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("pages", [None, "all"])
def test_colours_that_may_be_slices_are_said(tmp_path, caplog, dtype, pages):
    tifffile.imwrite(tmp_path / "a.tif", np.full((3, 8, 8), 9, dtype))
    tifffile.imwrite(tmp_path / "b.tif", np.full((8, 8, 3), 9, dtype), photometric="rgb")
    images, _ = images_of([tmp_path / "a.tif", tmp_path / "b.tif"], Reading(pages))
    settled(Decoder((8, 8), 3, "crop", reading=Reading(pages)), tmp_path, images, None)
    told = {
        None: "the colours of 1 file may be slices, since tifffile.imwrite makes planes of colour",
        "all": "the planes of 1 file are taken for slices, data.pages=null takes them for colours",
    }
    assert told[pages] in caplog.text


def test_integers_and_floats_have_no_scale_in_common(tmp_path):
    write(tmp_path, "a", 0, 4095)
    write(tmp_path, "b", 0, 1, dtype=np.float32)
    with pytest.raises(ValueError, match=r"several kinds \(float32, uint16\).*set data\.value_range="):
        settle(tmp_path)
    assert settle(tmp_path, value_range=(0, 1)) == (0, 1)


@pytest.mark.parametrize("pages", [1, 3, 20])
@pytest.mark.parametrize("deep", [False, True])
def test_only_the_first_of_several_pages_is_taken_and_that_is_said(tmp_path, caplog, pages, deep):
    stack = np.zeros((pages, 8, 9), np.uint16 if deep else np.uint8)
    stack[0] = 100
    stack[1:] = 50_000 if deep else 200
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    decoder = settled(Decoder((8, 9), 1, "crop"), tmp_path, [tmp_path / "stack.tif"], None)
    assert ("the first of" in caplog.text) == (pages > 1)
    assert (f"the first of {pages} pages or frames is taken of 1 file" in caplog.text) == (pages > 1)
    assert np.unique(decoder(tmp_path / "stack.tif")).tolist() == ([255] if deep else [100])


def test_the_first_frame_of_an_animation_is_said(tmp_path, caplog):
    frames = [Image.new("L", (8, 8), shade) for shade in (0, 90, 180)]
    for name in ("a.gif", "b.webp"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], duration=100)
    settle(tmp_path)
    assert "the first of 3 pages or frames is taken of 2 files" in caplog.text


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_fourth_band_that_is_left_out_is_said(tmp_path, caplog, dtype):
    values = np.ones((8, 8, 4), dtype)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", extrasamples=["unspecified"])
    settle(tmp_path, channels=4)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    settle(tmp_path, channels=3)
    assert "the first three of 4 bands are taken of 1 file: data.channels=4 takes all" in caplog.text


def test_what_was_looked_at_is_known_again_until_a_file_changes(tmp_path, monkeypatch):
    root, cache = tmp_path / "root", tmp_path / "cache"
    root.mkdir()
    write(root, "a", 0, 700)
    first = surveyed(root, list(find_images(root)), cache)
    with monkeypatch.context() as closed:
        closed.setattr(survey, "survey_of", lambda *_: pytest.fail("looked again"))
        assert surveyed(root, list(find_images(root)), cache) == first
        assert settle(root, cache, channels=3) == (0, 700)
    write(root, "b", 0, 900)
    assert settle(root, cache) == (0, 900)
    for note in cache.iterdir():
        note.write_text("{")
    assert settle(root, cache) == (0, 900)


def test_a_cache_that_cannot_be_written_costs_nothing(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    write(root, "a", 0, 700)
    (tmp_path / "file").touch()
    assert settle(root, tmp_path / "file") == (0, 700)


def test_a_package_that_is_missing_is_told_before_anything_is_read(tmp_path, monkeypatch):
    def missing():
        raise ValueError(nifti.NEEDED)

    nifti_file(tmp_path / "x.nii", np.zeros((4, 5, 6), np.float32))
    monkeypatch.setattr(nifti, "library", missing)
    with pytest.raises(ValueError, match=r"nibabel, which is not installed: pip install 'gan-runner\[formats\]'"):
        settle(tmp_path)


def test_what_is_found_in_volumes_is_kept_beside_pages(tmp_path, caplog):
    for number in range(2):
        nifti_file(tmp_path / "set" / f"{number}.nii", np.full((4, 5, 6 + number), 7 - 100 * number, np.float32))
    for _ in range(2):
        caplog.clear()
        assert settle(tmp_path / "set", tmp_path / "cache", reading=Reading(axis="axial")) == (-93, 7)
        assert "the middle of 7 axial slices is taken of 2 files" in caplog.text
    found = surveyed(tmp_path / "set", list(find_images(tmp_path / "set")), None)
    assert (found.depth, found.volumes, found.deepest, found.many, found.most) == ("float32", 2, 7, 0, 1)


def test_depths_of_whole_numbers_have_one_that_holds_all(tmp_path):
    write(tmp_path, "a", 5, 60000)
    write(tmp_path, "b", -9, 4, dtype=np.int16)
    assert surveyed(tmp_path, list(find_images(tmp_path)), None).depth == "int32"
    assert surveyed(tmp_path / "none", [], None).depth is None
