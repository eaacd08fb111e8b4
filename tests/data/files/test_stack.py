"""Bands that Pillow has no mode for."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from gan_runner.data.files.decoding import DecodeError, Decoder
from gan_runner.data.files.stack import Stack

SIDES = (8, 12)


def test_a_stack_reads_like_an_image():
    values = np.arange(8 * 12 * 5, dtype=np.uint8).reshape(8, 12, 5)
    stack = Stack.of(values)
    assert (stack.size, stack.width, stack.height, len(stack.bands)) == ((12, 8), 12, 8, 5)
    assert (np.stack([np.asarray(band) for band in stack.crop((0, 0, 6, 8)).bands], -1) == values[:, :6]).all()
    joined = Stack.joined([stack, Image.new("RGB", (12, 8))])
    assert len(joined.bands) == 8
    joined.load()
    with pytest.raises(ValueError, match="several sizes"):
        Stack.joined([stack, Image.new("L", (3, 3))])


@pytest.mark.parametrize("bands", [2, 5, 6, 16])
@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_bands_of_a_tiff_are_all_read_and_fitted(tmp_path, bands, planes, dtype):
    levels = 10 * np.arange(1, bands + 1)
    values = np.ones((*SIDES, bands)) * levels
    stored = values if planes == "contig" else np.moveaxis(values, -1, 0)
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, stored.astype(dtype), photometric="minisblack", planarconfig=planes)
    for fit in ("crop", "stretch", "pad"):
        found = Decoder((12, 12), bands, fit, value_range=(0, 255))(path)
        assert found.shape == (bands, 12, 12)
        assert found[:, 6, 6].tolist() == levels.tolist()
        assert (found[:, 0, 0] == (255 if fit == "pad" else levels)).all()


def test_bands_are_turned_as_the_file_says(tmp_path):
    values = np.zeros((*SIDES, 5), np.uint8)
    values[0, 0] = 255
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="minisblack", planarconfig="contig",
                     extratags=[(274, "H", 1, 3, True)])  # fmt: skip
    found = Decoder(SIDES, 5, "stretch")(tmp_path / "x.tif")
    assert found[:, -1, -1].tolist() == [255] * 5
    assert found[:, 0, 0].tolist() == [0] * 5


@pytest.mark.parametrize(
    ("bands", "channels", "told"),
    [
        (5, 3, r"x\.tif: it has 5 bands, and data\.channels=3: set data\.channels=5"),
        (2, 1, r"it has 2 bands, and data\.channels=1: set data\.channels=2"),
        (5, 6, r"data\.channels=6: set data\.channels=5"),
        (17, 16, r"it has 17 bands, and images of at most 16 are read"),
    ],
)
def test_other_bands_are_told_with_the_key(tmp_path, bands, channels, told):
    tifffile.imwrite(
        tmp_path / "x.tif", np.zeros((*SIDES, bands), np.uint8), photometric="minisblack", planarconfig="contig"
    )
    with pytest.raises(DecodeError, match=told):
        Decoder(SIDES, channels, "crop")(tmp_path / "x.tif")


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_plain_images_are_no_two_or_five_bands(tmp_path, mode):
    Image.new(mode, SIDES).save(tmp_path / "x.png")
    for channels in (2, 5):
        with pytest.raises(DecodeError, match=rf"band.*, and data\.channels={channels}"):
            Decoder(SIDES, channels, "crop")(tmp_path / "x.png")
