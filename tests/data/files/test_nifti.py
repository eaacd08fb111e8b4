"""Slices of volumes: (x, y, z) of a volume in RAS axes has the value 100 z + 10 y + x."""

import gzip
import tracemalloc
from itertools import permutations

import nibabel
import numpy as np
import pytest

from fixtures.medical import nifti
from gan_runner.data.containers.inside import Page
from gan_runner.data.files.decoding import DecodeError, Decoder, find_images
from gan_runner.data.files.nifti import _image, _unpacked, of_nifti, volume_of
from gan_runner.data.files.pages import pages_in
from gan_runner.data.files.reading import Reading

X, Y, Z = np.meshgrid(np.arange(4), np.arange(5), np.arange(6), indexing="ij")
VOLUME = (100 * Z + 10 * Y + X).astype(np.float32)


def values(path, axis="axial", number=None):
    return of_nifti(path, axis, number).read().values[..., 0]


def test_rows_run_down_and_backwards_columns_to_the_right_and_forwards(tmp_path):
    path = nifti(tmp_path / "x.nii", VOLUME)
    axial, coronal, sagittal = (values(path, axis, 1) for axis in ("axial", "coronal", "sagittal"))
    assert axial[:, 0].tolist() == [140, 130, 120, 110, 100]
    assert axial[0].tolist() == [140, 141, 142, 143]
    assert coronal[:, 0].tolist() == [510, 410, 310, 210, 110, 10]
    assert coronal[0].tolist() == [510, 511, 512, 513]
    assert sagittal[:, 0].tolist() == [501, 401, 301, 201, 101, 1]
    assert sagittal[0].tolist() == [501, 511, 521, 531, 541]
    for axis, sides, count in (("axial", (5, 4), 6), ("coronal", (6, 4), 5), ("sagittal", (6, 5), 4)):
        assert of_nifti(path, axis, 0).sides == sides
        assert pages_in(path, Reading(axis=axis)) == count


def test_without_an_affine_rows_run_to_the_left(tmp_path):
    """nibabel writes a header without one so, and the standard reads it so: x runs to the patient's left."""
    image = nibabel.Nifti1Image(VOLUME, None)
    image.to_filename(tmp_path / "x.nii")
    assert nibabel.aff2axcodes(nibabel.load(tmp_path / "x.nii").affine) == ("L", "A", "S")
    straight = nifti(tmp_path / "straight.nii", VOLUME)
    for axis in ("axial", "coronal"):
        assert (values(tmp_path / "x.nii", axis, 1) == values(straight, axis, 1)[:, ::-1]).all()
    assert (values(tmp_path / "x.nii", "sagittal", 1) == values(straight, "sagittal", 4 - 2)).all()


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (1, -1, -1), (-1, -1, -1)])
def test_however_a_file_keeps_its_axes_the_slices_are_the_same(tmp_path, order, flips):
    """The same volume, stored along other axes, with an affine that says so."""
    whole = nibabel.Nifti1Image(VOLUME, np.diag([1.0, 1.0, 1.0, 1.0]))
    turned = whole.as_reoriented(np.array([[*pair] for pair in zip(order, flips, strict=True)]))
    path = nifti(tmp_path / "x.nii", np.asarray(turned.dataobj), turned.affine)
    straight = nifti(tmp_path / "straight.nii", VOLUME)
    for axis in ("axial", "coronal", "sagittal"):
        for number in (0, 2):
            assert (values(path, axis, number) == values(straight, axis, number)).all()


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".NII.GZ"])
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32])
def test_values_come_through_the_slope(tmp_path, suffix, kind):
    """Of unsigned integers the slope is negative where the largest value is below the least one's size."""
    path = nifti(tmp_path / f"x{suffix}", VOLUME - 900, kind=kind)
    slope = _image(path).dataobj.slope
    assert (kind == np.uint8) == (slope < 0)
    found = np.stack([values(path, "axial", number) for number in range(6)])
    expected = np.stack([(VOLUME[:, :, number] - 900).T[::-1] for number in range(6)])
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() <= abs(slope) / 2 + 1e-3
    assert [path.name for path in find_images(tmp_path)] == [path.name]


def test_by_itself_a_file_is_the_slice_in_its_middle(tmp_path):
    path = nifti(tmp_path / "x.nii", VOLUME)
    assert (values(path) == values(path, "axial", 3)).all()
    decoder = Decoder((6, 4), 1, "stretch", value_range=(0, 599), reading=Reading(axis="coronal"))
    assert (decoder(path) == decoder(Page(path, 2))).all()


def test_a_volume_is_counted_by_its_header_and_unpacked_once(tmp_path, monkeypatch):
    path = nifti(tmp_path / "x.nii.gz", VOLUME)
    _unpacked.cache_clear()
    assert (volume_of(path).count("axial"), _unpacked.cache_info().misses) == (6, 0)
    for number in range(6):
        values(path, "axial", number)
    assert _unpacked.cache_info().misses == 1
    monkeypatch.setattr("gan_runner.data.files.nifti.MOST", 400)
    _unpacked.cache_clear()
    fails(path, r"it unpacks to .* GB, and 4e-07 are read")


def test_of_a_packed_file_no_more_is_unpacked_than_its_header_says(tmp_path):
    whole = nifti(tmp_path / "x.nii", VOLUME).read_bytes()
    with gzip.open(tmp_path / "bomb.nii.gz", "wb", 1) as file:
        file.write(whole)
        for _ in range(50):
            file.write(bytes(1_000_000))
    tracemalloc.start()
    assert (values(tmp_path / "bomb.nii.gz", "axial", 2) == values(tmp_path / "x.nii", "axial", 2)).all()
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_volume_has_no_window(tmp_path):
    with pytest.raises(DecodeError, match=r"x\.nii: NIfTI has no window: set data\.window="):
        Decoder((4, 4), 1, "stretch", reading=Reading(from_file=True))(nifti(tmp_path / "x.nii", VOLUME))


def test_nifti_2_and_a_flat_fourth_axis_are_read(tmp_path):
    nibabel.Nifti2Image(VOLUME[..., None], np.eye(4)).to_filename(tmp_path / "x.nii.gz")
    assert (values(tmp_path / "x.nii.gz", "axial", 0) == VOLUME[:, :, 0].T[::-1]).all()


def fails(path, told):
    """The name, and what is told."""
    with pytest.raises(DecodeError, match=told):
        Decoder((4, 4), 1, "stretch")(path)


def test_what_is_no_volume_of_greys_is_told(tmp_path):
    for name, values, told in (
        ("four", np.zeros((4, 5, 6, 7), np.float32), r"it has 4 axes \(4 × 5 × 6 × 7\)"),
        ("two", np.zeros((4, 5), np.float32), "it has 2 axes"),
        ("rgb", np.zeros((4, 5, 6), [(one, "u1") for one in "RGB"]), "it holds colours"),
        ("complex", np.zeros((4, 5, 6), np.complex64), "it holds values of the type complex64"),
    ):
        fails(nifti(tmp_path / f"{name}.nii", values), rf"{name}\.nii: {told}")
    holes = VOLUME.copy()
    holes[0] = np.nan
    fails(nifti(tmp_path / "nan.nii", holes), r"nan\.nii: pixels that are NaN")
    whole = nifti(tmp_path / "affine.nii", VOLUME)
    content = bytearray(whole.read_bytes())
    content[280:328] = bytes(48)  # srow_x, srow_y, srow_z
    whole.write_bytes(content)
    fails(whole, r"affine\.nii: its affine")


def test_a_damaged_file_is_told(tmp_path):
    whole = nifti(tmp_path / "x.nii", VOLUME).read_bytes()
    for name, content in {
        "cut.nii": whole[:600],
        "head.nii": whole[:200],
        "text.nii": b"no volume" * 50,
        "text.nii.gz": b"no volume",
        "cut.nii.gz": gzip.compress(whole)[:300],
        "inner.nii.gz": gzip.compress(b"no volume" * 50),
    }.items():
        (tmp_path / name).write_bytes(content)
        fails(tmp_path / name, name.replace(".", r"\."))
