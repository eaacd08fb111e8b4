"""A packed set is what the trainer saw, in the layout that StyleGAN's tools write."""

import io
import json
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from fixtures.looked_at import flock, looked_at, messy
from gan_runner.config.errors import ConfigError
from gan_runner.data.decks import Memory
from gan_runner.data.folder import Folder
from gan_runner.looking.packing import pack, write


def all_of(folder, split="train"):
    deck = folder.deck(split)
    return deck[torch.arange(len(deck))]


def test_the_layout_is_that_of_stylegan(tmp_path):
    found = looked_at(messy(tmp_path / "photos"), tmp_path)
    output = tmp_path / "set.zip"
    assert pack(found, output) == {output: 20, tmp_path / "set-test.zip": 5}
    with zipfile.ZipFile(output) as archive:
        names = [f"00000/img{number:08d}.png" for number in range(20)]
        assert archive.namelist() == [*names, "dataset.json"]
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}
        told = json.loads(archive.read("dataset.json"))
        images = [Image.open(io.BytesIO(archive.read(name))) for name in names]
    expected = all_of(found.folder)
    assert told["labels"] == [[name, label] for name, label in zip(names, expected.label.tolist(), strict=True)]
    assert told["class_names"] == ["cat", "dog"]
    assert {(image.size, image.mode) for image in images} == {((32, 32), "RGB")}
    stacked = torch.from_numpy(np.stack([np.asarray(image) for image in images])).permute(0, 3, 1, 2)
    assert torch.equal(stacked, expected.real)


@pytest.mark.parametrize("settings", [{}, {"channels": 4}, {"channels": 1}, {"image_size": [24, 16], "fit": "pad"}])
def test_a_zip_is_read_as_the_folder_was(tmp_path, settings):
    """The bytes of both splits, the share that is held out included."""
    root = messy(tmp_path / "messy") / "train"
    found = looked_at(root, tmp_path, labels=False, holdout=0.25, splits="none", **settings)
    output = tmp_path / "set.zip"
    assert pack(found, output) == {output: 20}
    size = settings.get("image_size", found.chosen.get("image_size"))
    channels = settings.get("channels", 3)
    again = Folder(root=str(output), image_size=size, channels=channels, holdout=0.25, cache=None)
    for split in ("train", "test"):
        assert torch.equal(all_of(again, split).real, all_of(found.folder, split).real)


def test_without_labels_they_are_null(tmp_path):
    pack(looked_at(flock(tmp_path / "photos", 3), tmp_path, holdout=0), tmp_path / "set.zip")
    with zipfile.ZipFile(tmp_path / "set.zip") as archive:
        assert json.loads(archive.read("dataset.json")) == {"labels": None}


def test_numbers_for_labels_are_lists(tmp_path):
    deck = Memory(torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.tensor([[0.5, 1.0], [2.0, -1.0]]))
    assert write(tmp_path / "set.zip", deck, torch.tensor([1, 0]), ()) == 2
    with zipfile.ZipFile(tmp_path / "set.zip") as archive:
        told = json.loads(archive.read("dataset.json"))
    assert told == {"labels": [["00000/img00000000.png", [2.0, -1.0]], ["00000/img00000001.png", [0.5, 1.0]]]}


def test_equal_sets_are_equal_files(tmp_path):
    found = looked_at(flock(tmp_path / "photos", 3), tmp_path, holdout=0)
    for name in ("one.zip", "two.zip"):
        pack(found, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_fourth_band_is_refused(tmp_path):
    root = tmp_path / "photos"
    root.mkdir()
    tifffile = pytest.importorskip("tifffile")
    for number in range(2):
        bands = np.random.default_rng(number).integers(0, 255, (16, 16, 4), dtype=np.uint8)
        tifffile.imwrite(root / f"{number}.tif", bands, photometric="rgb", extrasamples=["unspecified"])
    found = looked_at(root, tmp_path, channels=4, holdout=0)
    with pytest.raises(ConfigError, match="channels=3"):
        pack(found, tmp_path / "set.zip")
    assert not list(tmp_path.glob("*.zip"))


def test_bands_that_a_png_cannot_hold_are_told(tmp_path):
    root = tmp_path / "bands"
    root.mkdir()
    tifffile = pytest.importorskip("tifffile")
    for number in range(3):
        bands = np.random.default_rng(number).integers(0, 255, (16, 16, 6), dtype=np.uint8)
        tifffile.imwrite(root / f"{number}.tif", bands, photometric="minisblack", planarconfig="contig")
    found = looked_at(root, tmp_path, channels=6, holdout=0)
    with pytest.raises(ConfigError, match=r"and these images have 6 bands: leave output out"):
        pack(found, tmp_path / "set.zip")


def test_classes_come_back_by_their_names(tmp_path):
    for name, shade in (("cat", 10), ("ant", 20), ("10", 30), ("9", 40)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(5):
            Image.new("RGB", (8, 8), (shade + number,) * 3).save(tmp_path / "photos" / name / f"{number}.png")
    before = Folder(root=str(tmp_path / "photos"), image_size=8, labels=True, holdout=0.0)
    deck = before.deck("train")
    write(tmp_path / "set.zip", deck, torch.arange(20), before.class_names)
    after = Folder(root=str(tmp_path / "set.zip"), image_size=8, labels=True, holdout=0.0)
    assert after.class_names == before.class_names == ("9", "10", "ant", "cat")
    pairs = [sorted(zip(one.real[:, 0, 0, 0].tolist(), one.label.tolist(), strict=True))
             for one in (data.deck("train")[torch.arange(20)] for data in (before, after))]  # fmt: skip
    assert pairs[0] == pairs[1]


def test_numbers_are_packed_as_they_were_with_their_names(tmp_path):
    flock(tmp_path / "photos", 6)
    lines = [
        f"{path.name},{20 + place},{place % 2}" for place, path in enumerate(sorted((tmp_path / "photos").iterdir()))
    ]
    (tmp_path / "labels.csv").write_text("\n".join(["file,age,Smiling", *lines]))
    found = looked_at(
        tmp_path / "photos", tmp_path, labels=str(tmp_path / "labels.csv"), label_column=["age", "Smiling"]
    )
    pack(found, tmp_path / "set.zip")
    with zipfile.ZipFile(tmp_path / "set.zip") as archive:
        told = json.loads(archive.read("dataset.json"))
    assert [values for _, values in told["labels"]] == [[20.0 + place, place % 2] for place in range(6)]
    after = Folder(root=str(tmp_path / "set.zip"), image_size=8, labels=True, holdout=0.0)
    assert after.conditions.names == ("age", "Smiling")


def test_small_and_large_numbers_for_labels_are_packed_as_they_were(tmp_path):
    flock(tmp_path / "photos", 6)
    expected = [[float(f"{place + 1}e-6"), 1e7 + place, 20.25 + place] for place in range(6)]
    lines = [
        ",".join([path.name, *map(repr, numbers)])
        for path, numbers in zip(sorted((tmp_path / "photos").iterdir()), expected, strict=True)
    ]
    (tmp_path / "labels.csv").write_text("\n".join(["file,tiny,huge,age", *lines]))
    columns = ["tiny", "huge", "age"]
    found = looked_at(tmp_path / "photos", tmp_path, labels=str(tmp_path / "labels.csv"), label_column=columns)
    pack(found, tmp_path / "set.zip")
    with zipfile.ZipFile(tmp_path / "set.zip") as archive:
        told = json.loads(archive.read("dataset.json"))
    assert [values for _, values in told["labels"]] == expected


@pytest.mark.parametrize("names", [("cat/dog", ".hidden", "Ünï"), ("train", "val", "test")])
def test_classes_that_are_called_like_folders_are_classes_still(tmp_path, names):
    deck = Memory(torch.arange(12, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 8, 8), torch.arange(12) % 3)
    write(tmp_path / "set.zip", deck, torch.arange(12), names)
    after = Folder(
        root=str(tmp_path / "set.zip"), image_size=8, channels=1, labels=True, holdout=0.0, splits="auto", cache=None
    )
    assert after.class_names == tuple("_hidden" if name[0] == "." else name.replace("/", "_") for name in names)
    dealt = all_of(after)
    assert dealt.label.tolist() == [value % 3 for value in dealt.real[:, 0, 0, 0].tolist()]
    assert len(dealt.real) == 12


def test_pages_of_a_file_stay_on_one_side_of_the_hold_out(tmp_path):
    root = tmp_path / "scans"
    root.mkdir()
    for number in range(6):
        pages = [Image.new("L", (8, 8), 10 * number + page) for page in range(5)]
        pages[0].save(root / f"{number}.tif", save_all=True, append_images=pages[1:])
    found = looked_at(root, tmp_path, pages="all", channels=1, image_size=8, holdout=0.3)
    pack(found, tmp_path / "set.zip")
    after = Folder(root=str(tmp_path / "set.zip"), image_size=8, channels=1, holdout=0.3, cache=None)
    for split in ("train", "test"):
        assert torch.equal(all_of(after, split).real, all_of(found.folder, split).real)
    pack(looked_at(tmp_path / "set.zip", tmp_path, channels=1, image_size=8, holdout=0.3), tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "set.zip").read_bytes()
