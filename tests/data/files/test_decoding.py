import numpy as np
import pytest
from PIL import Image

from gan_runner.data.files import decoding
from gan_runner.data.files.decoding import DecodeError, Decoder, find_images

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def decode(path, size=(8, 8), channels=3, fit="stretch", **settings):
    array = Decoder(size, channels, fit, **settings)(path)
    assert array.dtype == np.uint8
    assert array.shape == (channels, *size)
    return array


def colour(array) -> list[int]:
    return np.round(array.reshape(len(array), -1).mean(1)).astype(int).tolist()


@pytest.mark.parametrize(
    ("name", "image", "expected"),
    [
        ("grey.png", Image.new("L", (8, 8), 90), [90, 90, 90]),
        ("grey.pgm", Image.new("L", (8, 8), 90), [90, 90, 90]),
        ("bilevel.png", Image.new("1", (8, 8), 1), [255, 255, 255]),
        ("rgb.png", Image.new("RGB", (8, 8), (1, 2, 3)), [1, 2, 3]),
        ("rgb.bmp", Image.new("RGB", (8, 8), (1, 2, 3)), [1, 2, 3]),
        ("rgb.tif", Image.new("RGB", (8, 8), (1, 2, 3)), [1, 2, 3]),
        ("transparent.png", Image.new("RGBA", (8, 8), (10, 20, 30, 0)), [255, 255, 255]),
        ("half.png", Image.new("RGBA", (8, 8), (0, 0, 200, 128)), [127, 127, 227]),
        ("half.tif", Image.new("RGBA", (8, 8), (0, 0, 200, 128)), [127, 127, 227]),
        ("grey_alpha.png", Image.new("LA", (8, 8), (0, 0)), [255, 255, 255]),
        ("palette.png", Image.new("RGB", (8, 8), BLUE).quantize(), [0, 0, 255]),
        ("palette.gif", Image.new("RGB", (8, 8), BLUE).quantize(), [0, 0, 255]),
        ("32bit.tif", Image.fromarray(np.full((8, 8), 0x1234, np.int32)), [18, 18, 18]),
        ("float.tif", Image.fromarray(np.full((8, 8), 0.5, np.float32)), [128, 128, 128]),
        ("16bit.png", Image.fromarray(np.full((8, 8), 0x80FF, np.uint16)), [128, 128, 128]),
        ("16bit.tif", Image.fromarray(np.full((8, 8), 0x80FF, np.uint16)), [128, 128, 128]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_kinds_of_files(tmp_path, name, image, expected):
    image.save(tmp_path / name)
    assert colour(decode(tmp_path / name, value_range="type")) == expected


def test_16_bit_ramp_keeps_its_order(tmp_path):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(1, 256).repeat(4, 0)
    for name in ("ramp.png", "ramp.tif"):
        Image.fromarray(ramp).save(tmp_path / name)
        assert decode(tmp_path / name, (4, 256), 1)[0, 0].tolist() == list(range(256))


def test_palette_with_a_transparent_colour(tmp_path):
    image = Image.new("P", (8, 8), 0)
    image.putpalette([*RED, *GREEN])
    image.save(tmp_path / "x.png", transparency=0)
    assert colour(decode(tmp_path / "x.png")) == [255, 255, 255]
    assert colour(decode(tmp_path / "x.png", channels=4))[3] == 0


def test_cmyk_jpeg(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "x.jpg", quality=95)
    red, green, blue = colour(decode(tmp_path / "x.jpg"))
    assert red > 240
    assert max(green, blue) < 15


def test_exif_orientation_is_applied(tmp_path):
    image = Image.new("RGB", (16, 8), RED)
    image.paste(BLUE, (8, 0, 16, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90° clockwise: the left half becomes the top
    image.save(tmp_path / "x.png", exif=exif)
    turned = decode(tmp_path / "x.png", size=(16, 8))
    assert turned[:, 0, 0].tolist() == list(RED)
    assert turned[:, -1, 0].tolist() == list(BLUE)


def test_animation_shows_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (8, 8), shade) for shade in (GREEN, RED)]
    frames[0].save(tmp_path / "x.gif", save_all=True, append_images=frames[1:])
    assert colour(decode(tmp_path / "x.gif")) == list(GREEN)


def test_channels(tmp_path):
    Image.new("RGBA", (8, 8), (255, 255, 255, 0)).save(tmp_path / "x.png")
    assert colour(decode(tmp_path / "x.png", channels=1)) == [255]
    assert colour(decode(tmp_path / "x.png", channels=4)) == [255, 255, 255, 0]
    Image.new("L", (8, 8), 5).save(tmp_path / "y.png")
    assert colour(decode(tmp_path / "y.png", channels=4)) == [5, 5, 5, 255]


def test_fit(tmp_path):
    image = Image.new("RGB", (32, 8), RED)  # a green square between two red bars
    image.paste(GREEN, (12, 0, 20, 8))
    image.save(tmp_path / "x.png")
    assert colour(decode(tmp_path / "x.png", fit="crop")) == list(GREEN)
    stretched = decode(tmp_path / "x.png", fit="stretch")
    assert stretched[:, 4, 0].tolist() == list(RED)
    assert stretched[1, 4, 3:5].min() > 200
    padded = decode(tmp_path / "x.png", fit="pad")
    assert padded[:, 0, 0].tolist() == [255, 255, 255]
    assert padded[:, 4, 0].tolist() == list(RED)
    assert decode(tmp_path / "x.png", size=(4, 12), fit="crop").shape == (3, 4, 12)


def test_large_jpeg_is_close_to_its_full_resolution(tmp_path):
    ramp = np.linspace(0, 255, 512).astype(np.uint8)
    Image.fromarray(np.stack([np.tile(ramp, (512, 1))] * 3, -1)).save(tmp_path / "x.jpg", quality=95)
    with Image.open(tmp_path / "x.jpg") as image:
        reference = np.asarray(image.resize((16, 16), Image.Resampling.BICUBIC), np.int16)
    ours = decode(tmp_path / "x.jpg", (16, 16)).transpose(1, 2, 0).astype(np.int16)
    assert np.abs(ours - reference).max() <= 3


def test_what_cannot_be_decoded_is_named(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no image")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)).save(tmp_path / "whole.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:1500])
    Image.fromarray(np.full((8, 8), 5.0, np.float32)).save(tmp_path / "float.tif")
    Image.fromarray(np.full((8, 8), 70000, np.int32)).save(tmp_path / "deep.tif")
    (tmp_path / "broken.png").symlink_to(tmp_path / "nowhere.png")
    for name in ("empty.png", "text.png", "cut.jpg", "float.tif", "deep.tif", "broken.png"):
        with pytest.raises(DecodeError, match=name):
            decode(tmp_path / name, value_range="type")


@pytest.mark.parametrize("guard", [399, 150])  # less than the image's pixels, and less than half of them
def test_a_file_with_too_many_pixels_is_told_with_the_key_that_lets_it_in(tmp_path, monkeypatch, guard):
    Image.new("L", (20, 20)).save(tmp_path / "bomb.png")
    Image.fromarray(np.zeros((20, 20), np.uint16)).save(tmp_path / "bomb.tif")
    monkeypatch.setattr(decoding, "GUARD", guard)
    for name in ("bomb.png", "bomb.tif"):
        with pytest.raises(DecodeError, match=rf"{name}: 0\.0004 megapixels .*: data\.max_megapixels=1 lets it in$"):
            decode(tmp_path / name)
        decode(tmp_path / name, max_megapixels=1)
        with pytest.raises(DecodeError, match=r"more than the 0\.0003 of data\.max_megapixels"):
            decode(tmp_path / name, max_megapixels=0.0003)


def test_a_photograph_of_a_telephone_needs_no_key_for_it_is_decoded_at_a_fraction(tmp_path):
    """182 megapixels: Pillow refuses to open more than 179, and warns of more than 89. Flat, it is a small file."""
    Image.new("L", (14000, 13000), 200).save(tmp_path / "phone.jpg", quality=30)
    assert colour(decode(tmp_path / "phone.jpg")) == [199, 199, 199]  # quality 30
    with pytest.raises(DecodeError, match=r"megapixels=182 lets it in"):
        Decoder((8, 8), 1, "stretch").picture(tmp_path / "phone.jpg")  # at full size
    with pytest.raises(DecodeError, match=r"2\.844 megapixels are more than the 2 of data\.max_megapixels"):
        decode(tmp_path / "phone.jpg", max_megapixels=2)


def test_a_packed_scan_of_twice_the_guard_is_let_in_by_the_key(tmp_path):
    """Pillow asks its guard when it opens a file, and of packed TIFFs again when it reads the pixels."""
    Image.new("1", (14000, 13000), 1).save(tmp_path / "scan.tif", compression="group4")
    with pytest.raises(DecodeError, match=r"scan\.tif: 182 megapixels .*: data\.max_megapixels=182 lets it in$"):
        decode(tmp_path / "scan.tif", channels=1)
    assert colour(decode(tmp_path / "scan.tif", channels=1, max_megapixels=182)) == [255]


def test_a_progressive_file_is_kept_whole_while_it_is_decoded(tmp_path, monkeypatch):
    Image.new("L", (640, 640), 200).save(tmp_path / "plain.jpg")
    Image.new("L", (640, 640), 200).save(tmp_path / "progressive.jpg", progressive=True)
    monkeypatch.setattr(decoding, "GUARD", 10_000)
    assert colour(decode(tmp_path / "plain.jpg")) == [200, 200, 200]
    with pytest.raises(DecodeError, match=r"progressive\.jpg.*data\.max_megapixels=1 lets it in"):
        decode(tmp_path / "progressive.jpg")


CUT = {
    **{
        name: {}
        for name in ("x.png", "x.jpg", "x.webp", "x.gif", "x.bmp", "x.tif", "x.ppm", "x.tga", "x.jp2", "x.avif")
    },
    "progressive.jpg": {"progressive": True},
    "lzw.tif": {"compression": "tiff_lzw"},
}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("name", CUT)
def test_a_file_that_was_cut_off_is_damaged_and_never_read_in_part(tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / f"whole_{name}", **CUT[name])
    whole = (tmp_path / f"whole_{name}").read_bytes()
    decode(tmp_path / f"whole_{name}")
    for share in (0.3, 0.6, 0.95):
        (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(DecodeError, match=name):
            decode(tmp_path / name)


def test_find_images(tmp_path):
    root = tmp_path / "root"
    for name in ("b/2.png", "b/1.JPG", "a.png", "notes.txt", ".hidden.png", ".hidden/x.png", "c/.x.png"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (root / "b" / "loop").symlink_to(root, target_is_directory=True)
    (root / "b" / "self").symlink_to(root / "b", target_is_directory=True)
    (root / "d").symlink_to(root / "b", target_is_directory=True)
    (root / "circle.png").symlink_to(root / "circle.png")  # left to those who open it
    (root / "nowhere").symlink_to(root / "gone")
    names = [path.relative_to(root).as_posix() for path in find_images(root)]
    assert names == ["a.png", "b/1.JPG", "b/2.png", "circle.png", "d/1.JPG", "d/2.png"]
