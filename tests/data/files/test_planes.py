"""Slices that tifffile.imwrite made a colour image of."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from gan_runner.data.files.decoding import DecodeError, Decoder
from gan_runner.data.files.pages import images_of, pages_in
from gan_runner.data.files.planes import plane, planes_of
from gan_runner.data.files.reading import Reading

SIDES = (8, 12)
pytestmark = pytest.mark.filterwarnings("ignore:.*photometric.*:DeprecationWarning")


def slices(path, count=3, dtype=np.uint8, **saving):
    """Greys of 10, 100, 200, … as an array (count, H, W)."""
    levels = np.array([10, 100, 200, 250, 50])[:count]
    tifffile.imwrite(path, np.broadcast_to(levels[:, None, None], (count, *SIDES)).astype(dtype), **saving)
    return path


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_each_slice_is_a_page_however_many_there_are(tmp_path, count, dtype):
    path = slices(tmp_path / "x.tif", count, dtype)
    assert planes_of(path) == (count if count in (3, 4) else 0)
    images, _ = images_of([path], Reading("all"))
    decoder = Decoder(SIDES, 1, "stretch", value_range=(0, 255))
    assert [int(decoder(image).max()) for image in images] == [10, 100, 200, 250, 50][:count]
    assert pages_in(path, Reading("all")) == count


def test_without_pages_it_is_colours(tmp_path):
    path = slices(tmp_path / "x.tif")
    assert Decoder(SIDES, 3, "stretch")(path)[:, 0, 0].tolist() == [10, 100, 200]


@pytest.mark.parametrize("number", [0, 2])
def test_a_plane_is_a_grey_image_of_its_type(tmp_path, number):
    found = plane(slices(tmp_path / "x.tif", dtype=np.uint16), number)
    assert (found.dtype, found.sides, found.bands) == (np.dtype(np.uint16), SIDES, 1)
    assert np.unique(found.read().values).tolist() == [[10, 100, 200][number]]


def test_planes_may_be_bands(tmp_path):
    decoder = Decoder(SIDES, 3, "stretch", reading=Reading("bands"))
    assert decoder(slices(tmp_path / "x.tif"))[:, 0, 0].tolist() == [10, 100, 200]


def test_a_plane_that_is_not_there_is_told_by_name(tmp_path):
    images, _ = images_of([slices(tmp_path / "x.tif")], Reading((7, 9)))
    with pytest.raises(DecodeError, match=r"x\.tif: it has 3 pages, and data\.pages=\[7,9\] begins behind them"):
        Decoder(SIDES, 1, "stretch")(images[0])


def test_what_says_more_is_colours_or_pages(tmp_path):
    assert planes_of(slices(tmp_path / "pages.tif", photometric="minisblack")) == 0
    assert planes_of(slices(tmp_path / "unnoted.tif", photometric="rgb", metadata=None)) == 0
    Image.new("RGB", SIDES[::-1]).save(tmp_path / "pillow.tif")
    assert planes_of(tmp_path / "pillow.tif") == 0
    tifffile.imwrite(tmp_path / "beside.tif", np.zeros((*SIDES, 3), np.uint8), photometric="rgb")
    assert planes_of(tmp_path / "beside.tif") == 0
