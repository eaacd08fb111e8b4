"""Sets of files that hold several images, of bands, and of medical files."""

import logging
import shutil

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from fixtures.medical import dicom, nifti
from gan_runner.data.decks import TooFewError
from gan_runner.data.files.decoding import find_images
from gan_runner.data.folder import Folder
from gan_runner.data.paired import Paired
from gan_runner.data.unpaired import Unpaired

WAYS = {"memory": {}, "mapped": {"memory_limit_mb": 0}, "stream": {"stream": True}}
SIDES = (8, 8)


def stack(path, levels, dtype=np.uint8):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tifffile.TiffWriter(path) as file:
        for level in levels:
            file.write(np.full(SIDES, level, dtype), photometric="minisblack", contiguous=False)


@pytest.fixture
def root(tmp_path):
    """Two classes of files with 1 to 5 pages; the level of a page is 10 times its file's number and its own."""
    for number in range(10):
        name = "even" if number % 2 == 0 else "odd"
        stack(tmp_path / "set" / name / f"{number}.tif", [10 * number + page for page in range(1 + number % 5)])
    return tmp_path / "set"


def folder(root, tmp_path, **settings) -> Folder:
    return Folder(root=str(root), cache=str(tmp_path / "cache"), **{"image_size": 8, "channels": 1, **settings})


def levels(deck) -> list[int]:
    return deck[torch.arange(len(deck))].real.amax((1, 2, 3)).tolist()


@pytest.mark.parametrize("way", WAYS)
def test_every_way_deals_all_pages_with_the_labels_of_their_files(root, tmp_path, way):
    for _ in range(2):  # decoded, then known from the cache
        data = folder(root, tmp_path, labels=True, holdout=0, pages="all", **WAYS[way])
        deck = data.deck("train")
        found = deck[torch.arange(len(deck))]
        level = found.real.amax((1, 2, 3))
        assert len(deck) == 30
        assert sorted(level.tolist()) == [10 * n + page for n in range(10) for page in range(1 + n % 5)]
        assert torch.equal(found.label, level // 10 % 2)


def test_without_the_key_the_first_page_is_taken_and_said(root, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        assert levels(folder(root, tmp_path, holdout=0).deck("train")) == [0, 20, 40, 60, 80, 10, 30, 50, 70, 90]
        assert "the first of 5 pages or frames is taken of 8 files" in caplog.text
        caplog.clear()
        assert len(folder(root, tmp_path, holdout=0, pages="all").deck("train")) == 30
        assert "is taken of" not in caplog.text


@pytest.mark.parametrize("share", [0.1, 0.3, 0.9])
@pytest.mark.parametrize("way", WAYS)
def test_no_file_lies_on_both_sides_of_what_is_held_out(root, tmp_path, caplog, way, share):
    if way != "stream":  # which puts the next file in its place
        (root / "odd" / "1.tif").write_bytes(b"II*\0 damaged")
    with caplog.at_level(logging.INFO):
        data = folder(root, tmp_path, holdout=share, pages="all", **WAYS[way])
        train, test = levels(data.deck("train")), levels(data.deck("test"))
    assert not {level // 10 for level in train} & {level // 10 for level in test}
    whole = 30 if way == "stream" else 28
    assert abs(len(test) - share * whole) <= 4
    assert f"data.holdout={share:g} holds out whole files, volumes or series" in caplog.text
    again = folder(root, tmp_path, holdout=share, pages="all", seed=5, **WAYS[way])
    assert levels(again.deck("test")) == test


def test_pages_of_one_file_alone_cannot_be_held_out(tmp_path):
    stack(tmp_path / "set" / "x.tif", range(9))
    with pytest.raises(TooFewError, match=r"all 9 samples are of one: set data\.holdout=0, or add more"):
        folder(tmp_path / "set", tmp_path, pages="all").deck("train")
    assert len(folder(tmp_path / "set", tmp_path, pages="all", holdout=0).deck("train")) == 9


def test_what_the_data_is_does_not_hang_on_which_pages_are_taken(root, tmp_path):
    one, other = (folder(root, tmp_path, pages=pages).fingerprint() for pages in ("all", (1, 2)))
    assert one == other
    assert one["files"] == 10


def test_pages_of_files_in_a_zip(root, tmp_path):
    shutil.make_archive(str(tmp_path / "packed"), "zip", root)
    data = folder(tmp_path / "packed.zip", tmp_path, labels=True, holdout=0.2, pages="all")
    train, test = levels(data.deck("train")), levels(data.deck("test"))
    assert len(train) + len(test) == 30
    assert not {level // 10 for level in train} & {level // 10 for level in test}


# ---- bands ----------------------------------------------------------------------------------------------------------


def bands(path, count, dtype=np.uint16):
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.broadcast_to(np.arange(1, count + 1) * 100, (*SIDES, count)).astype(dtype)
    shown = values[..., 0] if count == 1 else values
    tifffile.imwrite(path, shown, photometric="minisblack", planarconfig=None if count == 1 else "contig")


@pytest.mark.parametrize("count", [1, 2, 5, 6, 16])
def test_images_have_as_many_bands_as_are_asked_for(tmp_path, count):
    for number in range(4):
        bands(tmp_path / "set" / f"{number}.tif", count)
    data = folder(tmp_path / "set", tmp_path, channels=count, holdout=0)
    assert data.shape == (count, 8, 8)
    found = data.deck("train")[torch.arange(4)].real
    assert found[0, :, 0, 0].tolist() == [round(255 * band / count) for band in range(1, count + 1)]
    assert (data.scales, data.depth) == ({"real": [0, 100 * count]}, "uint16")


@pytest.mark.parametrize(("channels", "made"), [(3, 5), (5, 6), (2, 5)])
def test_a_set_of_other_bands_is_refused_with_the_key(tmp_path, channels, made):
    for number in range(20):
        bands(tmp_path / "set" / f"{number}.tif", made)
    with pytest.raises(
        ValueError, match=rf"it has {made} bands, and data\.channels={channels}: set data\.channels={made}"
    ):
        folder(tmp_path / "set", tmp_path, channels=channels).deck("train")


def test_single_files_of_other_bands_are_skipped_by_name(tmp_path, caplog):
    for number in range(4):
        bands(tmp_path / "set" / f"{number}.tif", 5)
    bands(tmp_path / "set" / "other.tif", 6)
    Image.new("RGB", SIDES).save(tmp_path / "set" / "photo.png")
    assert len(folder(tmp_path / "set", tmp_path, channels=5, holdout=0).deck("train")) == 4
    assert "other.tif: it has 6 bands, and data.channels=5" in caplog.text
    assert "photo.png: it has 3 bands, and data.channels=5" in caplog.text


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pages_may_be_bands(tmp_path, dtype):
    for number in range(3):
        stack(tmp_path / "set" / f"{number}.tif", [20, 40, 60, 200], dtype)
    data = folder(tmp_path / "set", tmp_path, channels=4, pages="bands", holdout=0)
    found = data.deck("train")[torch.arange(3)].real[0, :, 0, 0].tolist()
    assert found == (
        [20, 40, 60, 200] if dtype == np.uint8 else [round(255 * level / 200) for level in (20, 40, 60, 200)]
    )
    assert data.fourth_is_band


@pytest.mark.parametrize("count", [2, 6])
def test_two_and_six_bands_play_with_augmentation_and_are_measured(tmp_path, played, caplog, count):
    chance = np.random.default_rng(0)
    (tmp_path / "set").mkdir()
    for number in range(24):
        values = chance.integers(0, 4096, (16, 16, count)).astype(np.uint16)
        tifffile.imwrite(
            tmp_path / "set" / f"{number}.tif", values, photometric="minisblack", planarconfig="contig"
        )  # fmt: skip
    with caplog.at_level(logging.INFO):
        experiment = played(
            "data=folder", f"data.root={tmp_path / 'set'}", f"data.channels={count}", "data.image_size=16",
            "data.batch_size=4", "data.holdout=0.34", "data.cache=null", "model=dcgan", "network.width=4",
            "tricks=[ada,diff_augment]", "data.augment.hflip=true", "metrics=images", "evaluation.num_samples=8",
            "trainer.max_steps=2", "trainer.accelerator=cpu", "logger=none", folder=tmp_path / "run",
        )  # fmt: skip
    assert experiment.trainer.global_step == 2
    shown = "bands 1 and 2 as red and green" if count == 2 else "bands 1, 2 and 3 of 6 as red, green, blue"
    assert f"pictures show {shown}" in caplog.text
    assert "evaluation after 2 batches: Fréchet" in caplog.text


# ---- medical --------------------------------------------------------------------------------------------------------


@pytest.fixture
def scans(tmp_path):
    """Five series of four slices, in values of Hounsfield, in files whose names say nothing of their order."""
    for series in range(5):
        for place in range(4):
            values = np.full(SIDES, 24 + 100 * series + place, np.int16)
            dicom(
                tmp_path / "scans" / f"IM{(7 * place + series) % 28:03}{series}", values,
                SeriesInstanceUID=f"1.2.{series}",
                ImagePositionPatient=[0, 0, place], ImageOrientationPatient=[1, 0, 0, 0, 1, 0], RescaleSlope=1,
                RescaleIntercept=-24,
            )  # fmt: skip
    return tmp_path / "scans"


def test_a_series_is_held_out_whole_and_its_slices_are_in_order(scans, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        data = folder(scans, tmp_path, holdout=0.2, value_range=(0, 510))
        train, test = levels(data.deck("train")), levels(data.deck("test"))
    assert (len(train), len(test)) == (16, 4)
    series = [[round((100 * one + place) / 2) for place in range(4)] for one in range(5)]
    assert test in series
    assert all(train[start : start + 4] in series for start in range(0, 16, 4))
    assert "data.holdout=0.2 holds out whole files, volumes or series: 1 of 5, which are 4 of 20 images" in caplog.text


def test_a_window_is_the_scale_of_the_set(scans, tmp_path):
    data = folder(scans, tmp_path, holdout=0, window=(200.5, 256))
    deck = levels(data.deck("train"))
    assert data.scales == {"real": [72.5, 327.5]}
    assert data.depth == "float32"
    values = sorted(100 * one + place for one in range(5) for place in range(4))
    assert sorted(deck) == [round(min(255, max(0, value - 72.5))) for value in values]
    with pytest.raises(ValueError, match=r"data\.window and data\.value_range both say"):
        folder(scans, tmp_path, window=(40, 400), value_range=(0, 1))


def test_the_window_of_each_file_is_its_own(tmp_path):
    for number in range(3):
        dicom(
            tmp_path / "set" / f"{number}.dcm", np.full(SIDES, 100 * number, np.int16), WindowCenter=100 * number,
            WindowWidth=50,
        )  # fmt: skip
    data = folder(tmp_path / "set", tmp_path, holdout=0, window="file")
    assert levels(data.deck("train")) == [130, 130, 130]
    assert data.scales == {"real": [0, 1]}


def test_volumes_are_the_slices_in_their_middle_or_all_of_them(tmp_path, caplog):
    for number in range(3):
        volume = np.broadcast_to(10.0 * np.arange(number, number + 6), (8, 8, 6)).astype(np.float32)
        nifti(tmp_path / "set" / f"{number}.nii.gz", volume)
    with caplog.at_level(logging.INFO):
        middle = folder(tmp_path / "set", tmp_path, holdout=0, value_range=(0, 255))
        assert levels(middle.deck("train")) == [30, 40, 50]
    assert "the middle of 6 axial slices is taken of 3 files" in caplog.text
    every = folder(tmp_path / "set", tmp_path, holdout=0.34, pages="all", value_range=(0, 255))
    assert (len(every.deck("train")), len(every.deck("test"))) == (12, 6)
    some = folder(tmp_path / "set", tmp_path, holdout=0, pages=(2, 3), value_range=(0, 255))
    assert levels(some.deck("train")) == [10, 20, 20, 30, 30, 40]
    across = folder(tmp_path / "set", tmp_path, holdout=0, pages="all", axis="sagittal", value_range=(0, 255))
    assert len(across.deck("train")) == 24
    assert len(list(find_images(tmp_path / "set"))) == 3


# ---- two domains ----------------------------------------------------------------------------------------------------


@pytest.fixture
def volumes(tmp_path):
    """Of three patients two volumes each, of other values, whose slices belong together."""
    for number in range(3):
        slices = np.broadcast_to(np.arange(4.0), (8, 8, 4)) + 10 * number
        nifti(tmp_path / "both" / "trainA" / f"p{number}.nii.gz", slices.astype(np.float32))
        nifti(tmp_path / "both" / "trainB" / f"p{number}.nii", (100 + slices).astype(np.float32))
    return {
        "root": str(tmp_path / "both"), "image_size": 8, "load_size": 8, "channels": 1, "source_channels": 1,
        "value_range": (0, 255), "source_value_range": (0, 255), "pages": "all", "holdout": 0.34,
        "cache": str(tmp_path / "cache"),
    }  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_slices_of_two_volumes_are_pairs_and_patients_are_held_out_whole(volumes, way):
    data = Paired(**volumes, **WAYS[way])
    found = {split: data.deck(split)[torch.arange(len(data.deck(split)))] for split in ("train", "test")}
    assert (len(found["train"].real), len(found["test"].real)) == (8, 4)
    patients = {split: set((batch.source.amax((1, 2, 3)) // 10).tolist()) for split, batch in found.items()}
    assert not patients["train"] & patients["test"]
    for batch in found.values():
        assert torch.equal(batch.real, batch.source + 100)


def test_slices_of_two_domains_without_pairs(volumes):
    data = Unpaired(**volumes)
    assert len(data.dealt().source) == len(data.dealt().real) == 8
    middle = Unpaired(**{**volumes, "pages": None})
    assert sorted(middle.dealt().real[torch.arange(2)].real.amax((1, 2, 3)).tolist())[0] in (102, 112)


@pytest.mark.parametrize("form", ["npz", "npy", "h5"])
def test_slices_of_one_volume_of_an_array_lie_on_one_side(tmp_path, caplog, form):
    caplog.set_level("INFO")
    volumes = np.repeat(np.arange(10, dtype=np.uint8), 6 * 8 * 8).reshape(10, 6, 8, 8) * 20
    path = tmp_path / f"set.{form}"
    if form == "npz":
        np.savez(path, images=volumes)
    elif form == "npy":
        np.save(path, volumes)
    else:
        with pytest.importorskip("h5py").File(path, "w") as file:
            file["images"] = volumes
    data = Folder(root=str(path), image_size=8, channels=1, holdout=0.3, array=":ndhw")
    greys = [
        set(data.deck(split)[torch.arange(len(data.deck(split)))].real.flatten().tolist())
        for split in ("train", "test")
    ]
    assert not greys[0] & greys[1]
    assert [len(data.deck(split)) for split in ("train", "test")] == [42, 18]
    assert "holds out whole files, volumes or series: 3 of 10, which are 18 of 60 images" in caplog.text
