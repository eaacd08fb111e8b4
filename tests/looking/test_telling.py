"""What is said of a set: a line for each thing, numbers with units, and the same as plain values."""

import json
import warnings
import zipfile

import pytest
from PIL import Image

from fixtures.containers import as_zip
from fixtures.looked_at import flock, looked_at, messy
from gan_runner.files import to_json
from gan_runner.looking.telling import WIDTH, in_bytes, lines, plain, rows


@pytest.fixture
def found(tmp_path):
    return looked_at(messy(tmp_path / "photos"), tmp_path)


def test_every_line_tells_of_one_thing(found, tmp_path):
    told = dict(rows(found))
    assert told["images"].startswith(f"25 in {tmp_path / 'photos'}: PNG 23, BMP 1, WEBP 1, ")
    assert told["sizes"].startswith("32 × 32 to 40 × 30 pixels (width × height), median 40 × 30; 4% are square")
    assert "training sees 32 × 32 (data.fit=crop), which cuts 24% of the pixels away" in told["sizes"]
    assert told["pixels"] == "colour 23, colour with transparency 1, grey 1"
    assert told["classes"] == (
        "2 classes, images to train on: cat 16, dog 4; the largest has 4.0 times the images of the smallest"
    )
    assert told["splits"].startswith("20 to train on, 5 held out: splits train/ and test/ are taken")
    assert told["copies"].startswith("3 images are copies of another at 32 × 32, 2 of them byte for byte: ")
    assert "1 in two classes at once: train/cat/1.png = train/dog/copy.png" in told["copies"]
    assert "1 both trained on and held out, which flatters what is measured: train/cat/0.png" in told["copies"]
    assert told["near copies"].startswith("1 pair looks alike, colour and brightness aside: train/cat/3.png ≈ ")
    assert told["brightness"].endswith("1 image is of one colour: train/cat/white.png")
    assert "1 HEIC (Pillow does not read it" in told["left out"]
    assert told["unreadable"].startswith("2 skipped: train/cat/cut.png: ")
    assert "beware" not in told


def test_lines_fit_and_end_in_the_command(found):
    told = list(lines(found))
    command = next(line for line in told if "gan-train" in line)
    assert "model=cgan" in command
    assert all(len(part) <= WIDTH for line in told if line is not command for part in line.splitlines())
    assert any(line.startswith("  data.labels=true ") and line.endswith("the folders are 2 classes") for line in told)


def test_a_plain_set_has_little_to_say(tmp_path):
    told = dict(rows(looked_at(flock(tmp_path / "photos", 20, size=(64, 64)), tmp_path)))
    assert told["sizes"] == "all 64 × 64 pixels (width × height)"
    assert told["pixels"] == "colour"
    assert told["classes"].startswith("none")
    assert told["splits"] == "18 to train on, 2 held out (data.holdout=0.1, drawn by chance)"
    assert told["copies"].startswith("none")
    assert (told["near copies"], told["left out"], told["unreadable"]) == ("none", "nothing", "nothing")


def test_a_container_counts_as_the_file_it_is(tmp_path):
    root = flock(tmp_path / "photos", 5)
    packed = as_zip(root, tmp_path)
    told = dict(rows(looked_at(packed, tmp_path)))
    assert told["images"] == f"5 in {packed}: PNG, {in_bytes(packed.stat().st_size)}"


def test_trouble_is_told(tmp_path):
    told = dict(rows(looked_at(flock(tmp_path / "photos", 3), tmp_path, image_size=30)))
    assert "data.holdout" in told["beware"]
    assert "take no 30 × 30" in told["beware"]


def test_grey_images_kept_in_colour_are_told(tmp_path):
    root = flock(tmp_path / "photos", 3, bands=1)
    for path in root.iterdir():
        Image.open(path).convert("RGB").save(path)
    assert dict(rows(looked_at(root, tmp_path)))["pixels"] == "colour; all of them show grey alone"


def test_programs_get_the_same(found):
    told = json.loads(to_json(plain(found)))
    assert (told["images"], told["train"], told["test"]) == (25, 20, 5)
    assert told["classes"]["cat"] == {"train": 16, "test": 3}
    assert told["copies_across"] == [["train/cat/0.png", "test/cat/leak.png"]]
    assert told["suggested"]["command"].startswith("gan-train model=cgan ")
    assert sum(one["images"] for one in told["sizes"]) == 25


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2_340_000, "2.34 MB"), (5e12, "5000 GB")]
)
def test_sizes_on_the_disk(count, told):
    assert in_bytes(count) == told


def test_what_an_archive_has_to_say_is_told(tmp_path):
    flock(tmp_path / "photos" / "cat", 3), flock(tmp_path / "photos" / "dog", 3, 10)
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        warnings.simplefilter("ignore")
        for path in sorted((tmp_path / "photos").rglob("*.png")):
            archive.write(path, path.relative_to(tmp_path))
        archive.write(path, "photos/cat/0.png")
    told = dict(rows(looked_at(tmp_path / "set.zip", tmp_path)))["beware"]
    assert f"root={tmp_path}/set.zip/photos takes the folders in it as classes or splits" in told
    assert "names more than once (the first is photos/cat/0.png)" in told
