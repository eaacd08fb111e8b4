"""What files say before they are decoded."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from fixtures.medical import dicom, nifti
from gan_runner.data.containers.inside import Page
from gan_runner.data.files.decoding import DecodeError, Decoder
from gan_runner.data.files.headers import Header, header, headers, tried


def saved(path, image, **saving):
    image.save(path, **saving)
    return path


@pytest.mark.parametrize(
    ("mode", "suffix", "kind", "form"),
    [
        ("L", ".png", "grey", "PNG"),
        ("RGB", ".jpg", "colour", "JPEG"),
        ("RGBA", ".png", "colour with transparency", "PNG"),
        ("RGB", ".webp", "colour", "WEBP"),
        ("P", ".gif", "palette", "GIF"),
        ("CMYK", ".tif", "CMYK", "TIFF"),
        ("1", ".png", "black and white", "PNG"),
    ],
)
def test_kinds_of_pixels_in_words(tmp_path, mode, suffix, kind, form):
    pixels = Image.effect_noise((12, 7), 50).convert(mode)
    assert header(saved(tmp_path / f"x{suffix}", pixels)) == ((7, 12), kind, form)


def test_deep_pixels_are_named_by_their_type(tmp_path):
    deep = Image.fromarray(np.arange(12, dtype=np.uint16).reshape(3, 4))
    assert header(saved(tmp_path / "x.png", deep)) == ((3, 4), "grey of uint16", "PNG")
    tifffile.imwrite(tmp_path / "y.tif", np.zeros((5, 6, 3), np.float32), photometric="rgb")
    assert header(tmp_path / "y.tif").kind == "colour of float32"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_sides_are_those_of_the_image_upright(tmp_path, suffix):
    turned = Image.Exif()
    turned[0x0112] = 6
    path = saved(tmp_path / f"x{suffix}", Image.effect_noise((12, 7), 50), exif=turned)
    assert header(path).sides == (12, 7)
    assert Decoder((4, 4), 1, "crop").picture(path).size == (7, 12)


def test_what_cannot_be_read_is_none(tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    good = saved(tmp_path / "b.png", Image.new("L", (3, 2)))
    assert [one and one.sides for one in headers([tmp_path / "a.png", good])] == [None, (2, 3)]
    assert tried(tmp_path / "c.png") is None
    with pytest.raises(DecodeError, match=r"a\.png"):
        header(tmp_path / "a.png")


def test_medical_files_are_called_by_their_formats(tmp_path):
    values = np.zeros((6, 5), np.int16)
    assert header(dicom(tmp_path / "IM0001", values)) == Header((6, 5), "grey of int16", "DICOM")
    volume = nifti(tmp_path / "x.nii.gz", np.zeros((4, 5, 6), np.float32))
    assert header(volume) == header(Page(volume, 1)) == Header((5, 4), "grey of float32", "NIfTI")
