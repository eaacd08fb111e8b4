"""Pixels that are no bytes: ramps, whose first pixel is black and whose last is white, of all kinds that are read."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from gan_runner.data.files.decoding import WHOLE, DecodeError, Decoder
from gan_runner.data.files.deep import checked_range, natural_range

SIDES = (24, 32)
RAMP = np.linspace(0, 1, 24 * 32).reshape(SIDES)


def decode(path: Path, channels: int = 1, **settings) -> np.ndarray:
    return Decoder(SIDES, channels, "stretch", **settings)(path)


def scaled(low: float, high: float, dtype: type) -> np.ndarray:
    return (low + RAMP * (high - low)).round().astype(dtype) if np.issubdtype(dtype, np.integer) else (
        low + RAMP * (high - low)
    ).astype(dtype)  # fmt: skip


def three(ramp: np.ndarray) -> np.ndarray:
    """(H, W, 3), its bands in a known order: the second runs from white to black."""
    return np.stack([ramp, ramp[::-1, ::-1], ramp], axis=-1)


def png16(values: np.ndarray, kind: int) -> bytes:
    """uint16 (H, W, bands) by the specification of PNG; kind: 2 colours, 4 grey and opacity, 6 colours and opacity."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


GREYS = {
    "12 bits in 16": (0, 4095, np.uint16),
    "16 bits": (0, 65535, np.uint16),
    "8 bits, signed": (-100, 100, np.int8),
    "16 bits, signed": (-1000, 3080, np.int16),
    "32 bits, signed": (0, 255, np.int32),
    "32 bits": (0, 4_000_000_000, np.uint32),
    "half floats": (0, 1, np.float16),
    "floats": (0, 1, np.float32),
    "floats around 0": (-1, 1, np.float32),
    "floats of bytes": (0, 255, np.float32),
    "double floats": (-5, 5, np.float64),
}


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("name", GREYS)
def test_a_ramp_of_greys_becomes_one_of_bytes(tmp_path, name, byteorder):
    low, high, dtype = GREYS[name]
    tifffile.imwrite(tmp_path / "x.tif", scaled(low, high, dtype), photometric="minisblack", byteorder=byteorder)
    found = decode(tmp_path / "x.tif")[0].astype(int)
    assert np.abs(found - RAMP * 255).max() <= 1.5  # a signed byte has 201 levels here
    assert (found[0, 0], found[-1, -1]) == (0, 255)
    assert (decode(tmp_path / "x.tif", 3) == found).all()


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("name", ["8 bits", *GREYS])
def test_white_may_be_zero(tmp_path, name, compression):
    low, high, dtype = (GREYS | {"8 bits": (0, 255, np.uint8)})[name]
    values = scaled(low, high, dtype)[::-1, ::-1]
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="miniswhite", compression=compression)
    found = decode(tmp_path / "x.tif")[0].astype(int)
    assert np.abs(found - RAMP * 255).max() <= 1.5
    assert (found[0, 0], found[-1, -1]) == (0, 255)


def test_white_may_be_zero_where_there_is_nothing_else(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", RAMP < 0.5, photometric="miniswhite")
    assert (decode(tmp_path / "x.tif")[0] == np.where(RAMP < 0.5, 0, 255)).all()


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize(
    ("high", "dtype"), [(4095, np.uint16), (1, np.float16), (1, np.float32), (1, np.float64), (255, np.uint8)]
)
def test_colours_of_more_than_8_bits_and_in_planes(tmp_path, high, dtype, planes, compression):
    values = three(scaled(0, high, dtype))
    stored = values if planes == "contig" else np.moveaxis(values, -1, 0)
    tifffile.imwrite(tmp_path / "x.tif", stored, photometric="rgb", planarconfig=planes, compression=compression)
    found = decode(tmp_path / "x.tif", 3)
    assert (found[:, 0, 0].tolist(), found[:, -1, -1].tolist()) == ([0, 255, 0], [255, 0, 255])
    assert np.abs(found[0].astype(int) - RAMP * 255).max() <= 1


@pytest.mark.parametrize(("kind", "bands"), [(2, 3), (4, 2), (6, 4)])
def test_a_png_of_16_bits_keeps_them_until_they_are_scaled(tmp_path, kind, bands):
    """12 bits in 16, which Pillow cuts to four; opacity keeps the range of its type."""
    ramp = scaled(0, 4095, np.uint16)
    opaque = np.full(SIDES, 65535, np.uint16)
    parts = {3: [ramp] * 3, 2: [ramp, opaque], 4: [ramp, ramp, ramp, opaque]}[bands]
    (tmp_path / "x.png").write_bytes(png16(np.stack(parts, -1), kind))
    found = decode(tmp_path / "x.png", 4)
    assert np.abs(found[:3].astype(int) - RAMP * 255).max() <= 1
    assert (found[3] == 255).all()
    opaque[0, 0] = 0
    (tmp_path / "x.png").write_bytes(png16(np.stack(parts, -1), kind))
    assert decode(tmp_path / "x.png", 3)[:, 0, 0].tolist() == ([0] * 3 if bands == 3 else [255] * 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_near_infrared_is_a_band_and_no_opacity(tmp_path, dtype):
    ramp = scaled(0, np.iinfo(dtype).max, dtype)
    values = np.stack([ramp, ramp, ramp, ramp[::-1, ::-1]], -1)
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="rgb", extrasamples=["unspecified"])
    found = decode(tmp_path / "x.tif", 4)
    assert (found[:, 0, 0].tolist(), found[:, -1, -1].tolist()) == ([0, 0, 0, 255], [255, 255, 255, 0])
    assert (found[0][::-1, ::-1] == found[3]).all()
    assert (decode(tmp_path / "x.tif", 3) == found[:3]).all()
    padded = Decoder((24, 64), 4, "pad")(tmp_path / "x.tif")
    assert padded[:, 0, 0].tolist() == [255] * 4
    smaller = Decoder((6, 8), 4, "crop")(tmp_path / "x.tif").astype(int)
    assert np.abs(smaller[0] + smaller[3] - 255).max() <= 1  # colours are not weighed by the fourth


def test_opacity_is_one_where_the_file_says_so(tmp_path):
    ramp = scaled(0, 4095, np.uint16)
    values = np.stack([ramp, ramp, ramp, np.zeros_like(ramp)], -1)
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="rgb", extrasamples=["unassalpha"])
    assert (decode(tmp_path / "x.tif", 3) == 255).all()
    assert (decode(tmp_path / "x.tif", 4)[3] == 0).all()


@pytest.mark.parametrize("orientation", [1, 3])
@pytest.mark.parametrize("bands", [1, 3])
def test_a_deep_file_is_turned_as_it_says(tmp_path, orientation, bands):
    values = scaled(0, 4095, np.uint16)
    values = values if bands == 1 else np.stack([values] * 3, -1)
    tag = (274, "H", 1, orientation, True)
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="rgb" if bands == 3 else "minisblack", extratags=[tag])
    found = decode(tmp_path / "x.tif")[0]
    assert found[0, 0] == (0 if orientation == 1 else 255)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
@pytest.mark.parametrize(("kind", "packed"), [(np.uint8, None), (np.uint8, "tiff_lzw"), (np.uint16, None)])
def test_a_grey_tiff_on_its_side_is_turned_once(tmp_path, orientation, kind, packed):
    stored = np.linspace(0, np.iinfo(kind).max, 54).astype(kind).reshape(9, 6)
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(stored).save(tmp_path / "x.tif", exif=exif, compression=packed)
    shown = {5: stored.T, 6: np.rot90(stored, -1), 7: np.rot90(stored, -1)[::-1], 8: np.rot90(stored)}[orientation]
    picture = Decoder((8, 8), 1, "crop", value_range="type").picture(tmp_path / "x.tif")
    expected = shown if kind == np.uint8 else shown / 257
    assert picture.size == picture.info[WHOLE] == (9, 6)
    assert np.abs(np.asarray(picture.convert("L")) - expected.astype(float)).max() <= 1


@pytest.mark.parametrize("mode", ["P", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("orientation", [1, 5, 6, 7, 8])
def test_a_tiff_on_its_side_is_what_it_is_when_packed(tmp_path, orientation, mode):
    stored = Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 6, 3), dtype=np.uint8)).convert(mode)
    exif = Image.Exif()
    exif[274] = orientation
    stored.save(tmp_path / "bare.tif", exif=exif)
    stored.save(tmp_path / "packed.tif", exif=exif, compression="tiff_lzw")
    for channels in (1, 3, 4):
        decoder = Decoder((8, 8), channels, "crop")
        bare, packed = (decoder.picture(tmp_path / f"{name}.tif") for name in ("bare", "packed"))
        assert bare.size == packed.size == ((6, 9) if orientation == 1 else (9, 6)) == bare.info[WHOLE]
        assert np.array_equal(np.asarray(bare.convert("RGB")), np.asarray(packed.convert("RGB")))


def test_one_scale_serves_many_files(tmp_path):
    """Of a file of half the light half the grey; what lies beyond is cut."""
    tifffile.imwrite(tmp_path / "x.tif", scaled(0, 2000, np.uint16))
    assert decode(tmp_path / "x.tif", value_range=(0, 4000)).max() in (127, 128)
    assert decode(tmp_path / "x.tif", value_range=(0, 1000))[0, -1, -1] == 255
    assert (decode(tmp_path / "x.tif", value_range=(0, 1000))[0, 12:] == 255).all()
    assert decode(tmp_path / "x.tif", value_range="type").max() == 2000 >> 8


@pytest.mark.parametrize(
    ("values", "settings", "said"),
    [
        (np.zeros((24, 32, 10), np.uint8), {}, "10 bands"),
        (np.zeros((24, 32, 2), np.uint8), {}, "2 bands"),
        (np.full(SIDES, np.nan, np.float32), {}, "NaN or infinite"),
        (np.full(SIDES, np.inf, np.float32), {}, "NaN or infinite"),
        (np.zeros(SIDES, np.complex64), {}, "complex64"),
        (np.full(SIDES, -5, np.int16), {"value_range": "type"}, r"expected 0\.\.65535: data\.value_range=\[-5,-5\]"),
        (np.full(SIDES, 5.0, np.float32), {"value_range": "type"}, r"expected \[0, 1\]: data\.value_range="),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_what_is_not_read_is_refused_by_name(tmp_path, values, settings, said):
    tifffile.imwrite(
        tmp_path / "x.tif", values, photometric="minisblack", planarconfig=(values.ndim == 3 and "contig") or None
    )
    with pytest.raises(DecodeError, match=rf"x\.tif: .*{said}"):
        decode(tmp_path / "x.tif", **settings)


def test_colours_for_print_of_16_bits_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", np.zeros((24, 32, 4), np.uint16), photometric="separated")
    with pytest.raises(DecodeError, match="colours of the kind SEPARATED are not read"):
        decode(tmp_path / "x.tif")


CUT = {
    "planes.tif": {"planarconfig": "separate", "rowsperstrip": 8},
    "packed.tif": {"compression": "zlib", "rowsperstrip": 8},
    "tiled.tif": {"tile": (16, 16)},
}


@pytest.mark.parametrize("name", [*CUT, "colours.png"])
def test_a_deep_file_that_was_cut_off_is_damaged(tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 65536, (48, 48, 3), np.uint16)
    if name == "colours.png":
        (tmp_path / name).write_bytes(png16(noise, 2))
    else:
        stored = np.moveaxis(noise, -1, 0) if "planes" in name else noise
        tifffile.imwrite(tmp_path / name, stored, photometric="rgb", **CUT[name])
    whole = (tmp_path / name).read_bytes()
    decode(tmp_path / name)
    for share in (0.05, 0.5, 0.95):
        (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(DecodeError, match=name):
            decode(tmp_path / name)


def test_what_is_packed_by_lzw_is_read_where_pillow_reads_it_as_it_is(tmp_path):
    Image.fromarray(scaled(0, 4095, np.uint16)).save(tmp_path / "x.tif", compression="tiff_lzw")
    assert np.abs(decode(tmp_path / "x.tif")[0].astype(int) - RAMP * 255).max() <= 1


def test_colours_of_16_bits_may_be_packed_by_lzw(tmp_path):
    pytest.importorskip("imagecodecs", reason="by it tifffile unpacks, and this test packs")
    tifffile.imwrite(tmp_path / "x.tif", three(scaled(0, 4095, np.uint16)), photometric="rgb", compression="lzw")
    found = decode(tmp_path / "x.tif", 3)
    assert (found[:, 0, 0].tolist(), found[:, -1, -1].tolist()) == ([0, 255, 0], [255, 0, 255])
    assert np.abs(found[0].astype(int) - RAMP * 255).max() <= 1


def test_colours_that_pillow_alone_converts_may_have_a_spare_band(tmp_path):
    """Of bytes: those for print, and a palette."""
    spare = {"extrasamples": ["unspecified"], "planarconfig": "contig"}
    inks = np.full((*SIDES, 5), (0, 255, 255, 0, 99), np.uint8)
    tifffile.imwrite(tmp_path / "print.tif", inks, photometric="separated", **spare)
    with Image.open(tmp_path / "print.tif") as image:
        assert image.mode == "CMYK"
        assert (decode(tmp_path / "print.tif", 3)[:, 0, 0] == image.convert("RGB").getpixel((0, 0))).all()
    colours = np.zeros((3, 256), np.uint16)
    colours[0, 7] = 65535
    places = np.full((*SIDES, 2), (7, 99), np.uint8)
    palette = (320, "H", colours.size, tuple(colours.ravel().tolist()), True)
    tifffile.imwrite(tmp_path / "x.tif", places, photometric="minisblack", extratags=[palette], **spare)
    whole = bytearray((tmp_path / "x.tif").read_bytes())
    at = whole.index(np.array([262, 3, 1, 0, 1, 0], "<u2").tobytes())  # PHOTOMETRIC, a short, one of them, 1
    whole[at + 8] = 3  # a palette, which tifffile does not write with a second band
    (tmp_path / "x.tif").write_bytes(whole)
    assert decode(tmp_path / "x.tif", 3)[:, 0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("low", "high", "floats", "expected"),
    [
        (5, 4095, False, (0, 4095)),
        (-1000, 3080, False, (-1000, 3080)),
        (0, 0, False, (0, 1)),
        (-7, -7, False, (-7, -6)),
        (0.2, 0.8, True, (0, 1)),
        (-0.3, 0.8, True, (-1, 1)),
        (3.0, 255.0, True, (0, 255)),
        (-4.0, 3.5, True, (-4, 3.5)),
    ],
)
def test_what_becomes_black_and_white(low, high, floats, expected):
    assert natural_range(low, high, floats) == expected


def test_a_range_that_ends_before_it_begins_names_its_key():
    assert checked_range(None, "k") is None
    assert checked_range("type", "k") == "type"
    assert checked_range((0, 4095), "k") == (0.0, 4095.0)
    with pytest.raises(ValueError, match=r"data\.value_range=\[5,5\] has no values"):
        checked_range((5, 5), "data.value_range")
