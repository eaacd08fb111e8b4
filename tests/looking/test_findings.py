"""What is found in a set is what training is dealt."""

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from fixtures.containers import as_zip
from fixtures.looked_at import blobs, flock, looked_at, messy
from gan_runner.data.folder import Folder, Mapped
from gan_runner.looking.findings import unwrapped


@pytest.fixture
def found(tmp_path):
    return looked_at(messy(tmp_path / "photos"), tmp_path)


def pairs(found, groups):
    return {tuple(sorted(map(found.name, group))) for group in groups}


def test_copies_are_found_within_splits_and_across_them(found):
    leak = ("test/cat/leak.png", "train/cat/0.png")
    other, twin = ("train/cat/1.png", "train/dog/copy.png"), ("train/cat/2.bmp", "train/cat/2.png")
    assert pairs(found, found.copies) == {leak, other, twin}
    assert pairs(found, found.same_bytes) == {leak, other}
    assert pairs(found, found.crossing(found.copies)) == {leak}
    assert pairs(found, found.near.pairs) == {("train/cat/3.png", "train/cat/3.webp")}


def test_what_is_left_out_is_told_with_its_reason(found):
    assert all(kind in found.left_out for kind in ("1 HEIC", "1 hidden", "1 raw (CR2", "1 without a suffix", "1 TXT"))
    assert sorted(one.partition(": ")[0].rpartition("/")[2] for one in found.skipped) == ["cut.png", "words.png"]


def test_classes_sides_and_splits_are_what_training_sees(found, tmp_path):
    assert found.chosen == {"labels": True, "image_size": 32}
    assert found.class_names == ("cat", "dog")
    assert (found.class_counts("train"), found.class_counts("test")) == ([16, 4], [3, 2])
    trained = Folder(root=str(tmp_path / "photos"), splits="auto", cache=None, labels=True, image_size=32)
    for split in ("train", "test"):
        count = len(trained.deck(split))
        assert len(found.rows[split]) == count
        deck, positions = unwrapped(found.folder.deck(split))
        assert torch.equal(deck[positions].real, trained.deck(split)[torch.arange(count)].real)
    assert found.name(int(found.rows["test"][0])) == "test/cat/200.png"
    assert [one.sides for one in found.headers[:1]] == [(30, 40)]


def test_a_zip_gives_the_same_findings(found, tmp_path):
    packed = looked_at(as_zip(tmp_path / "photos", tmp_path), tmp_path)
    assert pairs(packed, packed.copies) == pairs(found, found.copies)
    assert pairs(packed, packed.same_bytes) == pairs(found, found.same_bytes)
    assert (packed.left_out, packed.chosen) == (found.left_out, found.chosen)
    assert (packed.traits.pixels == found.traits.pixels).all()


def test_the_share_that_is_held_out_is_that_of_training(tmp_path):
    root = flock(tmp_path / "photos", 10)
    blobs(0).save(root / "again.png")
    found = looked_at(root, tmp_path, holdout=0.5, image_size=16)
    deck, positions = unwrapped(Folder(root=str(root), holdout=0.5, image_size=16, cache=None).deck("test"))
    assert found.rows["test"].tolist() == positions.tolist()
    assert (found.splits.count("test"), found.splits.count("train")) == (len(positions), 11 - len(positions))
    assert found.labels is None
    assert len(found.files) == len(deck) == 11


def test_classes_that_are_left_out_are_in_no_split(tmp_path):
    found = looked_at(messy(tmp_path / "photos"), tmp_path, leave_out=["cat"])
    assert (found.class_counts("train"), found.class_counts("test")) == ([0, 4], [0, 2])
    assert len(found.files) == 25
    assert found.splits.count(None) == 19
    assert found.crossing(found.copies) == []


def test_grey_images_are_seen_in_one_channel(tmp_path):
    root = flock(tmp_path / "photos", 4, bands=1)
    blobs(9, bands=1).convert("RGB").save(root / "rgb.png")
    found = looked_at(root, tmp_path)
    assert found.chosen["channels"] == 1
    assert found.folder.deck("train")[torch.tensor([0])].real.shape == (1, 1, 32, 32)
    assert "channels" not in looked_at(root, tmp_path, channels=3).chosen


def test_deep_pixels_are_noted(tmp_path):
    root = flock(tmp_path / "photos", 3)
    Image.fromarray(np.arange(400, dtype=np.uint16).reshape(20, 20)).save(root / "deep.png")
    found = looked_at(root, tmp_path)
    assert any("1 file of uint16, from 0 to 399" in note for note in found.notes)
    assert [one.kind for one in found.headers] == ["colour"] * 3 + ["grey of uint16"]


def test_a_set_beyond_memory_is_mapped_from_a_scratch_folder(tmp_path):
    root, scratch = flock(tmp_path / "photos", 6), tmp_path / "scratch"
    found = looked_at(root, scratch, memory_limit_mb=0)
    assert isinstance(unwrapped(found.folder.deck("train"))[0], Mapped)
    assert any(scratch.iterdir())
    assert (found.traits.pixels == looked_at(root, tmp_path).traits.pixels).all()


def test_too_few_to_hold_out_is_trouble_and_no_image_is_an_error(tmp_path):
    found = looked_at(flock(tmp_path / "photos", 3), tmp_path)
    assert "data.holdout" in found.trouble
    assert len(found.rows["train"]) == 3
    (tmp_path / "none").mkdir()
    with pytest.raises(ValueError, match="holds no images"):
        looked_at(tmp_path / "none", tmp_path)


def test_folders_that_cannot_be_classes_are_none(tmp_path):
    root = flock(tmp_path / "photos" / "one", 3).parent
    assert "labels" not in looked_at(root, tmp_path).chosen
    flock(root / "two", 2, 10)
    assert looked_at(root, tmp_path).chosen["labels"] is True
    assert looked_at(root, tmp_path, labels=False).labels is None
    blobs(50).save(root / "beside.png")
    assert "labels" not in looked_at(root, tmp_path).chosen


def test_what_lies_in_one_file_is_looked_at_with_none_held_out(tmp_path):
    with tifffile.TiffWriter(tmp_path / "stack.tif") as file:
        for shade in range(6):
            file.write(np.full((32, 32), 40 * shade, np.uint8), photometric="minisblack", contiguous=False)
    (tmp_path / "photos").mkdir()
    (tmp_path / "stack.tif").rename(tmp_path / "photos" / "stack.tif")
    found = looked_at(tmp_path / "photos", tmp_path, pages="all")
    assert found.chosen["holdout"] == 0
    assert "all 6 samples are of one" in found.trouble
    assert (len(found.rows["train"]), len(found.rows["test"])) == (6, 0)
    with pytest.raises(ValueError, match=r"samples are of one: set data\.holdout=0"):
        looked_at(tmp_path / "photos", tmp_path, pages="all", holdout=0.1)


def test_labels_that_cannot_be_trained_on_are_not_chosen_and_the_reason_is_told(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (30, 32, 32, 3), dtype=np.uint8)
    for name, labels, told in (
        ("alone", np.arange(30), "is left to train on"),
        ("short", np.arange(29), "there is not a label for each image, so make them as many"),
    ):
        np.savez(tmp_path / f"{name}.npz", images=images, labels=labels)
        found = looked_at(tmp_path / f"{name}.npz", tmp_path)
        assert "labels" not in found.chosen
        assert found.labels is None
        assert told in found.unlabelled
