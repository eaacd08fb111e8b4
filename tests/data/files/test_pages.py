"""Pages of files as images of a set: which are taken, what they are called, where each stands."""

import pickle

import numpy as np
import pytest
import tifffile
from PIL import Image

from fixtures.medical import dicom, nifti
from gan_runner.data.containers.inside import Page
from gan_runner.data.files.cache import fingerprint
from gan_runner.data.files.decoding import DecodeError, Decoder
from gan_runner.data.files.pages import apart, images_of, pages_in, whole_pages
from gan_runner.data.files.reading import Reading

SIDES = (8, 12)


def stack(path, count, dtype=np.uint8, first=10, **saving):
    """A TIFF whose pages have the values 10, 20, 30, …"""
    with tifffile.TiffWriter(path) as file:
        for number in range(count):
            file.write(
                np.full(SIDES, first * (number + 1), dtype), photometric="minisblack", contiguous=False, **saving
            )
    return path


def taken(paths, pages, **settings):
    images, parts = images_of(paths, Reading(pages, **settings))
    return [image.name for image in images], parts


def test_a_page_is_called_by_its_file_and_number(tmp_path):
    path = stack(tmp_path / "a.b.tif", 3)
    page = Page(path, 2)
    assert (str(page), page.name, page.suffix, page.parent) == (f"{path}#3", "a.b.tif#3", ".tif", tmp_path)
    assert page.relative_to(tmp_path.parent).parts == page.parts[-2:] == (tmp_path.name, "a.b.tif#3")
    assert (page.exists(), page.is_file(), page.stat()) == (True, True, path.stat())
    assert apart(page) == (path, 2)
    assert apart(path) == (path, None)
    assert pickle.loads(pickle.dumps(page)) == page
    with page.open() as file:
        assert file.read(2) in (b"II", b"MM")


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        (None, ["1.png", "a.tif", "b.gif"]),
        ("bands", ["1.png", "a.tif", "b.gif"]),
        ("first", ["1.png", "a.tif#1", "b.gif#1"]),
        ("middle", ["1.png", "a.tif#2", "b.gif#3"]),
        ("all", ["1.png", "a.tif#1", "a.tif#2", "a.tif#3", "b.gif#1", "b.gif#2", "b.gif#3", "b.gif#4"]),
        ((2, 3), ["1.png#2", "a.tif#2", "a.tif#3", "b.gif#2", "b.gif#3"]),
    ],
)
def test_what_is_asked_for_is_taken(tmp_path, pages, expected):
    frames = [Image.new("L", SIDES, 60 * number) for number in range(4)]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "1.png")
    paths = [tmp_path / "1.png", stack(tmp_path / "a.tif", 3), tmp_path / "b.gif"]
    names, parts = taken(paths, pages)
    assert names == expected
    if parts is not None:
        assert [paths[part].name for part in parts] == [name.partition("#")[0] for name in expected]
    assert (parts is None) == (pages in (None, "bands", "first", "middle"))


@pytest.mark.parametrize("count", [1, 3, 20])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_each_page_of_a_tiff_is_its_own(tmp_path, count, dtype):
    path = stack(tmp_path / "x.tif", count, dtype)
    images, _ = images_of([path], Reading("all"))
    decoder = Decoder(SIDES, 1, "stretch", value_range=(0, 255))
    assert [decoder(image).max() for image in images] == [10 * (number + 1) for number in range(count)]
    assert len({fingerprint(tmp_path, [image], decoder) for image in images}) == count


def test_frames_of_an_animation_are_whole(tmp_path):
    frames = [Image.new("RGB", (12, 8), (40 * number, 0, 200)) for number in range(5)]
    frames[0].save(tmp_path / "x.gif", save_all=True, append_images=frames[1:])
    found = [
        Decoder(SIDES, 3, "stretch")(page)[:, 0, 0].tolist()
        for page in images_of([tmp_path / "x.gif"], Reading("all"))[0]
    ]
    assert np.abs(np.array(found) - [[40 * number, 0, 200] for number in range(5)]).max() <= 3


def test_small_copies_are_no_pages(tmp_path):
    with tifffile.TiffWriter(tmp_path / "x.tif") as file:
        for level, kind in ((10, 0), (11, 1), (20, 2), (21, 1), (30, 0)):
            page = np.full(SIDES, level, np.uint8)
            file.write(page, photometric="minisblack", subfiletype=kind, contiguous=False, metadata=None)
    path = tmp_path / "x.tif"
    assert whole_pages(path) == [0, 2, 4]
    images, _ = images_of([path], Reading("all"))
    assert [Decoder(SIDES, 1, "stretch")(image).max() for image in images] == [10, 20, 30]


def test_slices_and_frames_are_pages(tmp_path):
    volume = nifti(tmp_path / "v.nii.gz", np.zeros((4, 5, 6), np.float32))
    film = dicom(tmp_path / "f.dcm", np.zeros((3, *SIDES), np.uint8))
    assert (pages_in(volume, Reading()), pages_in(volume, Reading(axis="sagittal")), pages_in(film, Reading())) == (
        6,
        4,
        3,
    )
    assert taken([film, volume], "middle", axis="coronal") == (["f.dcm#2", "v.nii.gz#3"], None)
    assert taken([film, volume], (3, 9))[0] == ["f.dcm#3", "v.nii.gz#3", "v.nii.gz#4", "v.nii.gz#5", "v.nii.gz#6"]


def test_pages_that_a_file_lacks_are_told_by_name(tmp_path):
    images, _ = images_of([stack(tmp_path / "x.tif", 3)], Reading((7, 9)))
    with pytest.raises(DecodeError, match=r"x\.tif: it has 3 pages, and data\.pages=\[7,9\] begins behind them"):
        Decoder(SIDES, 1, "stretch")(images[0])
    (tmp_path / "bad.tif").write_bytes(b"II*\0no TIFF")
    images, _ = images_of([tmp_path / "bad.tif"], Reading("all"))
    assert images == [tmp_path / "bad.tif"]


def test_a_stack_that_imagej_keeps_in_one_page_is_told(tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "x.tif", np.zeros((7, *SIDES), np.uint16), imagej=True)
    assert whole_pages(tmp_path / "x.tif") == [*range(7)]
    monkeypatch.setattr(tifffile.TiffFile, "imagej_metadata", {"images": 9})
    with pytest.raises(ValueError, match="its 9 images in one page"):
        whole_pages(tmp_path / "x.tif")


# ---- pages as bands -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pages_may_be_the_bands_of_one_image(tmp_path, dtype):
    path = stack(tmp_path / "x.tif", 5, dtype)
    decoder = Decoder((4, 6), 5, "crop", value_range=(0, 255), reading=Reading("bands"))
    found = decoder(path)
    assert found.shape == (5, 4, 6)
    assert found[:, 0, 0].tolist() == [10, 20, 30, 40, 50]
    with pytest.raises(DecodeError, match=r"it has 5 bands, and data\.channels=3: set data\.channels=5"):
        Decoder(SIDES, 3, "crop", reading=Reading("bands"))(path)
    with pytest.raises(
        DecodeError, match=r"it has 1 band, and data\.channels=5: .* or data\.pages=bands if its 5 pages"
    ):
        Decoder(SIDES, 5, "crop", value_range=(0, 255))(path) if dtype == np.uint16 else Decoder(SIDES, 5, "crop")(path)
    stack(tmp_path / "y.tif", 1, dtype)
    assert Decoder(SIDES, 3, "crop", value_range=(0, 255), reading=Reading("bands"))(tmp_path / "y.tif").max() == 10


def test_pages_of_several_sizes_are_no_bands(tmp_path):
    with tifffile.TiffWriter(tmp_path / "x.tif") as file:
        for side in (8, 9):
            file.write(np.zeros((side, 8), np.uint8), photometric="minisblack", contiguous=False)
    with pytest.raises(DecodeError, match="several sizes"):
        Decoder(SIDES, 2, "crop", reading=Reading("bands"))(tmp_path / "x.tif")
