import io

import pytest
from PIL import Image, features

from gan_runner.data.containers.sniffing import HEAD, suffix_of

KINDS = {".jpg": "JPEG", ".png": "PNG", ".gif": "GIF", ".tif": "TIFF", ".webp": "WEBP", ".bmp": "BMP", ".avif": "AVIF"}


@pytest.mark.parametrize("suffix", KINDS)
def test_files_are_known_by_how_they_begin(suffix):
    if suffix == ".avif" and not features.check("avif"):
        pytest.skip("this Pillow writes no AVIF")
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, KINDS[suffix])
    assert suffix_of(buffer.getvalue()[:HEAD]) == suffix


@pytest.mark.parametrize(
    "head", [b"", b"25000", b"RIFF....WAVE", b"BM, or Berlin Mitte", b"\x89PN", b"\0\0\0\x1cftypmp42"]
)
def test_others_are_no_images(head):
    assert suffix_of(head[:HEAD]) == ""
