"""DICOM as the standard reads it: each test says by hand what its files show."""

import builtins
import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder, pack_bits
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless

from fixtures.medical import dicom, group
from gan_runner.data.containers.base import Container
from gan_runner.data.containers.inside import InsidePath, Page
from gan_runner.data.files import dicom as reading
from gan_runner.data.files.decoding import DecodeError, Decoder, find_images
from gan_runner.data.files.dicom import in_series, is_dicom, of_dicom, windowed
from gan_runner.data.files.pages import pages_in
from gan_runner.data.files.reading import Reading, range_of_window
from gan_runner.data.files.survey import settled

RAMP = np.arange(-500, 524, 2, dtype=np.int16).reshape(16, 32)
SIDES = (16, 32)


def values(path, number=0, by_window=False):
    return of_dicom(path, number, by_window).read().values[..., 0]


def decode(path, channels=1, **settings):
    return Decoder(SIDES, channels, "stretch", **settings)(path)


def test_values_are_rescaled(tmp_path):
    plain = dicom(tmp_path / "plain.dcm", RAMP)
    rescaled = dicom(tmp_path / "rescaled.dcm", RAMP, RescaleSlope=2, RescaleIntercept=-1024)
    assert (values(plain) == RAMP).all()
    assert of_dicom(plain, 0, False).dtype == values(plain).dtype == np.int16
    assert (values(rescaled) == 2.0 * RAMP - 1024).all()
    assert of_dicom(rescaled, 0, False).dtype == values(rescaled).dtype == np.float32


def test_files_with_and_without_a_rescale_of_whole_numbers_have_one_scale(tmp_path):
    def scale(name):
        return settled(Decoder(SIDES, 1, "stretch"), tmp_path, [tmp_path / "plain.dcm", tmp_path / name], None)

    dicom(tmp_path / "plain.dcm", RAMP)
    dicom(tmp_path / "whole.dcm", RAMP, RescaleSlope=1, RescaleIntercept=-1024)
    dicom(tmp_path / "parts.dcm", RAMP, RescaleSlope=0.3, RescaleIntercept=0)
    assert scale("whole.dcm").value_range == (-1524, 522)
    assert scale("whole.dcm").depth == "float32"
    with pytest.raises(ValueError, match=r"several kinds \(float32, int16\).*set data\.value_range="):
        scale("parts.dcm")


def test_signed_values_in_fewer_bits_keep_their_sign(tmp_path):
    """12 bits of 16, as the standard has them: what lies above is no part of the value."""
    low = np.arange(-2048, 2048, 8, dtype=np.int16).reshape(SIDES)
    path = dicom(tmp_path / "x.dcm", low, bits=12)
    assert (values(path) == low).all()
    file = dcmread(path)
    overlaid = (low.view(np.uint16) & 0x0FFF) | 0xA000  # bits of overlays, as older files keep them
    file.PixelData = overlaid.tobytes()
    file.save_as(path)
    assert (values(path) == low).all()


def test_the_least_value_may_be_white_in_a_window_of_the_file(tmp_path):
    path = dicom(tmp_path / "x.dcm", RAMP, "MONOCHROME1", WindowCenter=12, WindowWidth=200)
    shown = decode(path, value_range=(0, 1), reading=Reading(from_file=True))[0]
    assert (shown[RAMP < -90].min(), shown[RAMP > 114].max()) == (255, 0)


def coded(path, kind, format, syntax):
    """A picture of one colour, compressed by Pillow."""
    picture, packed = Image.new("RGB", SIDES[::-1], (200, 60, 30)), io.BytesIO()
    picture.save(packed, format)
    dicom(path, np.asarray(picture), "RGB")
    file = dcmread(path)
    file.PhotometricInterpretation, file.PixelData = kind, encapsulate([packed.getvalue()])
    file.file_meta.TransferSyntaxUID = syntax
    file.save_as(path)
    return path


@pytest.mark.parametrize(
    ("kind", "format", "syntax"),
    [
        ("YBR_FULL_422", "JPEG", JPEGBaseline8Bit),
        ("YBR_RCT", "JPEG2000", JPEG2000Lossless),
    ],
)
def test_compressed_colours_are_red_green_and_blue_once(tmp_path, kind, format, syntax):
    found = decode(coded(tmp_path / "x.dcm", kind, format, syntax), 3)
    assert np.abs(found[:, 8, 8].astype(int) - [200, 60, 30]).max() <= 2


@pytest.mark.parametrize("whose", ["Shared", "PerFrame"])
def test_values_are_rescaled_by_functional_groups(tmp_path, whose):
    """Enhanced files keep slope and intercept there, for all frames or for each."""
    frames = np.stack([RAMP, RAMP + 10])
    groups = [
        group("PixelValueTransformationSequence", RescaleSlope=slope, RescaleIntercept=-100, RescaleType="HU")
        for slope in (3, 5)[: 1 if whose == "Shared" else 2]
    ]
    path = dicom(tmp_path / "x.dcm", frames, **{f"{whose}FunctionalGroupsSequence": groups})
    assert (values(path, 0) == 3.0 * frames[0] - 100).all()
    assert (values(path, 1) == (3.0 if whose == "Shared" else 5.0) * frames[1] - 100).all()


def standard(x, c, w):
    """PS3.3, C.11.2.1.2.1, word by word, onto 0..1."""
    if x <= c - 0.5 - (w - 1) / 2:
        return 0.0
    if x > c - 0.5 + (w - 1) / 2:
        return 1.0
    return (x - (c - 0.5)) / (w - 1) + 0.5


@pytest.mark.parametrize(("centre", "width"), [(40, 400), (0, 1), (100, 2), (-600, 1500)])
def test_a_window_is_the_standards(centre, width):
    expected = [[standard(x, centre, width) for x in row] for row in RAMP.tolist()]
    assert np.abs(windowed(RAMP, centre, width) - expected).max() < 1e-6


def test_windows_of_other_functions():
    exact = windowed(np.array([-1, 0, 1, 2, 3]), 1, 2, "LINEAR_EXACT")
    assert exact.tolist() == [0, 0, 0.5, 1, 1]
    assert windowed(np.array([0, 10]), 0, 40, "SIGMOID").tolist() == pytest.approx([0.5, 1 / (1 + np.exp(-1))])
    with pytest.raises(ValueError, match=r"function WIDE: set data\.window"):
        windowed(RAMP, 0, 10, "WIDE")
    with pytest.raises(ValueError, match="0 wide"):
        windowed(RAMP, 0, 0)


def test_a_window_of_ones_own_and_that_of_a_file_show_the_same(tmp_path):
    """Of 12 bits in 16 as well: the output is spread over 0..1, not over the bits that are stored."""
    path = dicom(
        tmp_path / "x.dcm", (RAMP + 500).astype(np.uint16), bits=12, RescaleSlope=1, RescaleIntercept=-500,
        WindowCenter=[40, 1], WindowWidth=[400, 2],
    )  # fmt: skip
    own = decode(path, value_range=range_of_window((40, 400), "data.window"))
    by_file = decode(path, value_range="type", reading=Reading(from_file=True))
    expected = [[round(255 * standard(x, 40, 400)) for x in row] for row in RAMP.tolist()]
    assert np.abs(own[0].astype(int) - expected).max() <= 1
    assert np.abs(by_file[0].astype(int) - own[0]).max() <= 1
    assert (own.min(), own.max()) == (0, 255)


def test_a_window_may_be_that_of_a_frame(tmp_path):
    groups = [group("FrameVOILUTSequence", WindowCenter=centre, WindowWidth=11) for centre in (0, 100)]
    path = dicom(tmp_path / "x.dcm", np.stack([RAMP, RAMP]), PerFrameFunctionalGroupsSequence=groups)
    first, second = (values(path, number, by_window=True) for number in (0, 1))
    assert (first[RAMP == 0], second[RAMP == 100]) == (pytest.approx([0.55]), pytest.approx([0.55]))
    assert (second[RAMP <= 90] == 0).all()


def test_without_a_window_the_key_is_named(tmp_path):
    with pytest.raises(DecodeError, match=r"x\.dcm: it has no window: set data\.window="):
        decode(dicom(tmp_path / "x.dcm", RAMP), reading=Reading(from_file=True))


def test_monochrome1_is_inverted(tmp_path):
    bright, dark = (decode(dicom(tmp_path / f"{kind}.dcm", RAMP, kind)) for kind in ("MONOCHROME2", "MONOCHROME1"))
    assert (bright.astype(int) + dark == 255).all()
    assert (bright[0, 0, 0], bright[0, -1, -1]) == (0, 255)


@pytest.mark.parametrize("kind", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_is_black_and_no_value(tmp_path, kind):
    padded = RAMP.copy()
    padded[:, :4], padded[:, 4:8] = -2000, -1999
    path = dicom(tmp_path / "x.dcm", padded, kind, PixelPaddingValue=-2000, PixelPaddingRangeLimit=-1999)
    pixels = of_dicom(path, 0, False).read()
    assert pixels.extremes == (RAMP[:, 8:].min(), RAMP[:, 8:].max())
    found = decode(path)[0]
    assert (found[:, :8] == 0).all()
    assert {int(found[:, 8:].min()), int(found[:, 8:].max())} == {0, 255}


def test_padding_may_be_written_as_if_it_had_no_sign(tmp_path):
    padded = RAMP.copy()
    padded[:, :4] = -2000
    path = dicom(tmp_path / "x.dcm", padded)
    file = dcmread(path)
    file.add_new("PixelPaddingValue", "US", 65536 - 2000)
    file.save_as(path)
    assert of_dicom(path, 0, False).read().extremes[0] == RAMP[:, 4:].min()


def test_marks_are_black_and_white(tmp_path):
    path = dicom(tmp_path / "x.dcm", (RAMP >= 0).astype(np.uint8))
    file = dcmread(path)
    file.BitsAllocated = file.BitsStored = 1
    file.HighBit = 0
    file.PixelData = pack_bits((RAMP >= 0).astype(np.uint8))
    file.save_as(path)
    assert (decode(path)[0] == np.where(RAMP >= 0, 255, 0)).all()


@pytest.mark.parametrize("kind", ["RGB", "YBR_FULL"])
def test_colours_are_red_green_and_blue_once(tmp_path, kind):
    """(200, 60, 30) as it is, and as luma and chroma by the standard's formula."""
    stored = {"RGB": (200, 60, 30), "YBR_FULL": (98, 89, 200)}[kind]
    path = dicom(tmp_path / "x.dcm", np.full((*SIDES, 3), stored, np.uint8), kind)
    assert np.abs(decode(path, 3)[:, 0, 0].astype(int) - (200, 60, 30)).max() <= 2


def test_a_palette_becomes_its_colours(tmp_path):
    tables = {
        f"{colour}PaletteColorLookupTableData": (np.array(levels, np.uint16) * 257).tobytes()
        for colour, levels in {"Red": (0, 200), "Green": (0, 60), "Blue": (0, 30)}.items()
    }
    tables |= {f"{colour}PaletteColorLookupTableDescriptor": [2, 0, 16] for colour in ("Red", "Green", "Blue")}
    path = dicom(tmp_path / "x.dcm", np.ones(SIDES, np.uint8), "PALETTE COLOR", **tables)
    assert decode(path, 3)[:, 0, 0].tolist() == [200, 60, 30]


def test_frames_are_pages(tmp_path):
    frames = np.stack([np.full(SIDES, level, np.uint16) for level in (10, 20, 30)])
    path = dicom(tmp_path / "x.dcm", frames)
    assert pages_in(path, Reading()) == 3
    assert [values(path, number).max() for number in range(3)] == [10, 20, 30]
    assert decode(Page(path, 1), value_range=(0, 40)).max() == 128
    with pytest.raises(ValueError, match="3 frames, and number 4"):
        values(path, 3)


def test_a_file_without_a_suffix_is_known_by_its_mark(tmp_path):
    names = ["IM0001", "1.2.840.113619", "a.dcm", "b.DICOM"]
    paths = [dicom(tmp_path / name, RAMP) for name in names]
    assert all(map(is_dicom, paths))
    dicom(tmp_path / "DICOMDIR", RAMP)
    dicom(tmp_path / "notes.txt", RAMP)
    (tmp_path / "other").write_bytes(bytes(200))
    (tmp_path / "short.1").write_bytes(b"DICM")
    assert [path.name for path in find_images(tmp_path)] == sorted(names)


def test_slices_lie_as_in_the_patient(tmp_path):
    """Two series in one folder, whose names and numbers say another order than their positions."""
    places = list(range(8))
    random.Random(0).shuffle(places)
    for number, place in enumerate(places):
        dicom(
            tmp_path / f"{number:02d}.dcm", RAMP, SeriesInstanceUID=f"1.2.{place % 2}", InstanceNumber=number,
            ImagePositionPatient=[5, 7 + place, 3], ImageOrientationPatient=[0, 0, 1, 1, 0, 0],
        )  # fmt: skip
    (tmp_path / "zz.png").touch()
    paths, parts = in_series(list(find_images(tmp_path)))
    found = [places[int(path.stem)] for path in paths[:-1]]
    first = places[0] % 2
    assert found == [*range(first, 8, 2), *range(1 - first, 8, 2)]  # along x × z: y
    assert parts == [0] * 4 + [1] * 4 + [2]


def test_slices_without_a_place_are_in_the_order_of_their_numbers(tmp_path):
    for number, instance in enumerate([10, 9, 100]):
        dicom(tmp_path / f"{number}.dcm", RAMP, SeriesInstanceUID="1.2", InstanceNumber=instance)
    paths, _ = in_series(list(find_images(tmp_path)))
    assert [path.name for path in paths] == ["1.dcm", "0.dcm", "2.dcm"]


def test_what_has_no_pixels_is_told(tmp_path):
    empty = dicom(tmp_path / "empty.dcm", None)
    listed = dicom(tmp_path / "listed.dcm", None, Rows=16, Columns=32, SamplesPerPixel=1, BitsAllocated=16)
    for path in (empty, listed):
        with pytest.raises(DecodeError, match=rf"{path.name}: it holds no pixels"):
            decode(path)
    (tmp_path / "x.dcm").write_bytes(b"no DICOM")
    with pytest.raises(DecodeError, match=r"x\.dcm: it is no DICOM file"):
        decode(tmp_path / "x.dcm")


def test_a_compression_without_a_plugin_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(get_decoder(JPEGLSLossless), "_available", {})
    path = dicom(tmp_path / "x.dcm", RAMP)
    file = dcmread(path)
    file.file_meta.TransferSyntaxUID = JPEGLSLossless
    file.PixelData = encapsulate([bytes(100)])
    file["PixelData"].VR = "OB"
    file.save_as(path)
    with pytest.raises(DecodeError, match=r"compressed by JPEG-LS Lossless.*pip install pylibjpeg"):
        decode(path)


def test_pixels_may_be_compressed(tmp_path):
    path = dicom(tmp_path / "x.dcm", RAMP, RescaleSlope=1, RescaleIntercept=7)
    file = dcmread(path)
    file.compress(RLELossless)
    file.save_as(path)
    assert (values(path) == RAMP + 7).all()
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(DecodeError, match=r"x\.dcm: "):
        decode(path)


def test_the_missing_package_is_named(tmp_path, monkeypatch):
    whole = builtins.__import__

    def without(name, *rest, **more):
        if name.partition(".")[0] == "pydicom":
            raise ModuleNotFoundError(name)
        return whole(name, *rest, **more)

    reading.library.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match=r"pip install 'gan-runner\[formats\]'"):
        reading.library()
    monkeypatch.undo()
    reading.library()


def test_of_a_header_only_what_says_how_to_read_is_read(tmp_path):
    path = dicom(tmp_path / "x.dcm", RAMP, SeriesInstanceUID="1.2")
    for tags in (reading.PIXELS, reading.PLACE):
        header: Dataset = reading._header(path, tags)
        assert {element.keyword for element in header} <= set(tags)
        assert "QUIJANO" not in str(header)


def test_items_of_a_container_of_images_are_not_looked_through():
    class Keys(Container):
        kind, holds_arrays = "keys", True

        @classmethod
        def recognises(cls, path):
            return True

        def list_names(self):
            return ["0a1b", "0a1c.7"]

        def read(self, index):
            pytest.fail("it was read")

    inside = InsidePath(Keys(Path("set.keys")))
    assert not any(map(is_dicom, inside.files()))
    assert len(list(find_images(inside))) == 2
